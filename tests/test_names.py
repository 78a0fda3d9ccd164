"""The table of names: each row's relation between divlite and another library, run.

Of a library that is not installed the formula is written down here, as its source or documentation has it.
"""

import math
import pathlib
import re

import numpy as np
import pytest
import scipy.optimize
import scipy.spatial.distance
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F

import divlite as dl
from divlite import names
from divlite.cli import main

RNG = np.random.default_rng(9)
BATCH, LENGTH, CLASSES = 3, 4, 7
P, Q = dl.Mixture((0.3, 0.7), (dl.Normal(-1, 0.7), dl.Normal(2, 1))), dl.Normal(0.5, 1.4)
GRID = dl.Grid.linspace(-6, 7, 400)
FINE = dl.Grid.linspace(-15, 16, 20_001, "integral")


def tensor(a):
    return torch.tensor(np.array(a))


class Data:
    """The names that a row's expressions use, for p and q over one set of outcomes."""

    def __init__(self, p, logits, beta=0.3):
        log_q = dl.log_softmax(logits, -1)
        self.dl, self.sqrt, self.log = dl, np.sqrt, np.log
        self.logits, self.p, self.log_p, self.q, self.log_q = logits, p, np.log(p), np.exp(log_q), log_q
        self.P, self.Q, self.grid = dl.Normal(-1, 0.7), Q, GRID
        self.classes, self.length = CLASSES, logits.shape[1] if logits.ndim == 3 else 1
        self.mass_p, self.mass_q = p.sum(), self.q.sum()
        self.entropy_p = -np.mean(np.sum(p * np.log(p), axis=-1))
        self.T = 2.5
        self.log_q_T, self.p_T = dl.log_softmax(logits / self.T, -1), dl.softmax(self.log_p / self.T, -1)
        self.beta, self.small, self.lam = beta, min(beta, 1 - beta), 0.1
        self.mixed = beta * p + (1 - beta) * self.q
        self.skewed = self.lam * p + (1 - self.lam) * self.q

    def sum_of(self, loss, p=None, q=None):
        p, q = self.p if p is None else p, self.q if q is None else q
        return loss.value(p, np.log(p), q, np.log(q)).sum()

    def d_logits_of(self, loss):
        d = loss.d_log_q(self.p, self.log_p, self.q, self.log_q)
        return d - self.q * d.sum()  # dlog q_i/da_j = [i = j] - q_j

    def on_grid(self, loss):
        return dl.value_and_grad(loss, P, Q, GRID, "numpy")[0]

    def distance(self, loss):
        return dl.value_and_grad(loss, P, Q, FINE, "numpy")[0]

    def evaluate(self, expression, **more):
        """The value of a row's expression."""
        known = {
            name: getattr(self, name)
            for name in (*vars(self), "sum_of", "d_logits_of", "on_grid", "distance")
        }
        return eval(expression, known | more)


def distributions(shape=(CLASSES,), beta=0.3):
    return Data(dl.softmax(RNG.normal(size=shape), -1), RNG.normal(size=shape), beta)


def measures():
    """p and q of other masses than 1."""
    data = distributions()
    data.p, data.q = 1.7 * data.p, 0.6 * data.q
    data.log_p, data.log_q = np.log(data.p), np.log(data.q)
    data.mass_p, data.mass_q = data.p.sum(), data.q.sum()
    return data


BATCHES = distributions((BATCH, CLASSES)), distributions((BATCH, LENGTH, CLASSES))
ONE, OTHER = distributions(), measures()


def kl(p, q):
    return np.sum(p * (np.log(p) - np.log(q)))


def by_tfp(f):
    """E_q f(p/q), f a function of log u, as monte_carlo_variational_loss estimates it."""
    return lambda d: np.sum(d.q * f(d.log_p - d.log_q))


def by_cumulated(d):
    """ot.wasserstein_1d on the points of the grid: quantile functions at all levels of both, p = 1."""
    u, v = (density.prob(FINE.x) * FINE.w for density in (P, Q))
    levels = np.sort(np.concatenate([np.cumsum(u), np.cumsum(v)]))
    at = [FINE.x[np.clip(np.searchsorted(np.cumsum(w), levels), 0, FINE.x.size - 1)] for w in (u, v)]
    return np.sum(np.diff(levels, prepend=0.0) * np.abs(at[0] - at[1]))


def gkd(d):
    m = d.beta * d.p + (1 - d.beta) * d.q
    return d.beta * kl(d.p, m) + (1 - d.beta) * kl(d.q, m)


def bits(p):
    return -np.sum(p * np.log2(p))


def expected(of_q, estimate):
    """The mean of an estimate, a function of two log-probabilities, over samples: exact, by all outcomes."""
    return lambda d: np.sum((d.q if of_q else d.p) * estimate(tensor(d.log_q), tensor(d.log_p)).numpy())


def gradient(estimate):
    """The mean gradient by the logits of q: each sample's own, by autograd, with the sample held fixed."""

    def mean(d):
        logits = tensor(d.logits).requires_grad_()
        terms = estimate(torch.log_softmax(logits, -1), tensor(d.log_p))
        (total,) = torch.autograd.grad(terms, logits, grad_outputs=tensor(d.q))
        return total.numpy()

    return mean


def k1(log_q, log_ref):
    return log_q - log_ref


def k2(log_q, log_ref):
    return 0.5 * (log_q - log_ref).square()


def k3(log_q, log_ref):
    d = log_ref - log_q
    return torch.exp(d) - d - 1


def k3_plus(log_q, log_ref):
    back = k2(log_q, log_ref)
    return back - back.detach() + k3(log_q, log_ref).detach()


def dense(density):
    return tensor(density.prob(GRID.x))


def weighted(function):
    return function(FINE.x, FINE.x, P.prob(FINE.x) * FINE.w, Q.prob(FINE.x) * FINE.w)


def kl_div(reduction):
    return lambda d: F.kl_div(tensor(d.log_q), tensor(d.p), reduction=reduction).item()


def transposed(d):
    """cross_entropy takes the classes along axis 1."""
    logits, p = (torch.movedim(tensor(a), -1, 1) if a.ndim > 1 else tensor(a) for a in (d.logits, d.p))
    return F.cross_entropy(logits, p).item()


THEIRS = {
    "F.kl_div(log_q, p, reduction='sum')": kl_div("sum"),
    "F.kl_div(log_q, p, reduction='mean')": kl_div("mean"),
    "F.kl_div(log_q, p, reduction='batchmean')": kl_div("batchmean"),
    "F.cross_entropy(logits, p)": transposed,
    "torch.distributions.kl_divergence(P, Q)": lambda d: torch.distributions.kl_divergence(
        *(torch.distributions.Normal(*map(tensor, map(float, n))) for n in (d.P, d.Q))
    ).item(),
    "F.cosine_similarity(p, q, dim=0)": lambda d: F.cosine_similarity(dense(P), dense(Q), dim=0).item(),
    "F.mse_loss(q, p)": lambda d: F.mse_loss(dense(Q), dense(P)).item(),
    "F.l1_loss(q, p)": lambda d: F.l1_loss(dense(Q), dense(P)).item(),
    "scipy.stats.entropy(p, q)": lambda d: scipy.stats.entropy(d.p, d.q),
    "scipy.special.rel_entr(p, q).sum()": lambda d: scipy.special.rel_entr(d.p, d.q).sum(),
    "scipy.special.kl_div(p, q).sum()": lambda d: scipy.special.kl_div(d.p, d.q).sum(),
    "scipy.spatial.distance.jensenshannon(p, q)": lambda d: scipy.spatial.distance.jensenshannon(d.p, d.q),
    "scipy.spatial.distance.cosine(p, q)": lambda d: scipy.spatial.distance.cosine(dense(P), dense(Q)),
    "scipy.stats.energy_distance(x, x, p, q)": lambda d: weighted(scipy.stats.energy_distance),
    "scipy.stats.wasserstein_distance(x, x, p, q)": lambda d: weighted(scipy.stats.wasserstein_distance),
    "tfp.vi.kl_forward": by_tfp(lambda v: np.exp(v) * v),
    "tfp.vi.kl_reverse": by_tfp(lambda v: -v),
    "tfp.vi.jensen_shannon(self_normalized=True)": by_tfp(
        lambda v: np.exp(v) * v - (1 + np.exp(v)) * (np.logaddexp(0, v) - math.log(2))
    ),
    "tfp.vi.jensen_shannon": by_tfp(lambda v: np.exp(v) * v - (1 + np.exp(v)) * np.logaddexp(0, v)),
    "tfp.vi.jeffreys": by_tfp(lambda v: 0.5 * np.expm1(v) * v),
    "tfp.vi.squared_hellinger": by_tfp(lambda v: np.expm1(0.5 * v) ** 2),
    "tfp.vi.total_variation": by_tfp(lambda v: 0.5 * np.abs(np.expm1(v))),
    "tfp.vi.triangular": by_tfp(lambda v: np.expm1(v) ** 2 / (1 + np.exp(v))),
    "dit.divergences.kullback_leibler_divergence": lambda d: -np.sum(d.p * np.log2(d.q)) - bits(d.p),
    "dit.divergences.jensen_shannon_divergence": lambda d: (
        bits(0.5 * (d.p + d.q)) - 0.5 * (bits(d.p) + bits(d.q))
    ),
    "dit.divergences.hellinger_distance": lambda d: np.sqrt(1 - np.sqrt(d.p * d.q).sum()),
    "dit.divergences.variational_distance": lambda d: abs(d.p - d.q).sum() / 2,
    "dit.divergences.earth_movers_distance": lambda d: transport(d.p, d.q, 1 - np.eye(CLASSES)),
    "ot.backend: kl_div(p, q)": lambda d: np.sum(d.p * np.log(d.p / d.q + 1e-16)),
    "ot.backend: kl_div(p, q, mass=True)": lambda d: np.sum(d.p * np.log(d.p / d.q + 1e-16) + d.q - d.p),
    "ot.wasserstein_1d(x, x, p, q)": by_cumulated,
    "T*T * F.kl_div(log_softmax(q/T), softmax(p/T), 'batchmean')": lambda d: (
        d.T**2
        * F.kl_div(
            torch.log_softmax(tensor(d.logits) / d.T, -1),
            torch.softmax(tensor(d.log_p) / d.T, -1),
            reduction="batchmean",
        ).item()
    ),
    "forward_kl": lambda d: -np.sum(d.p * d.log_q),
    "reverse_kl": lambda d: -np.sum(d.q * d.log_p - d.q * d.log_q),
    "skewed_forward_kl(lam)": lambda d: -np.sum(d.p * np.log(d.lam * d.p + (1 - d.lam) * d.q)),
    "GKD, 0 < beta < 1": gkd,
    "GKD, beta = 0": lambda d: kl(d.p, d.q),
    "GKD, beta = 1": lambda d: kl(d.q, d.p),
    "GKD, beta near 0": gkd,
    "GKD, beta near 1": gkd,
    "k1, 'kl'": expected(True, k1),
    "k1, 'kl': its gradient": gradient(k1),
    "k2, 'mse': its gradient": gradient(k2),
    "k3, 'low_var_kl'": expected(True, k3),
    "k3, 'low_var_kl': its gradient": gradient(k3),
    "k3+: its gradient": gradient(k3_plus),
    "approx_kl": expected(False, lambda new, old: torch.exp(new - old) - 1 - (new - old)),
}
# The data that a row is run on, if not on two distributions; and where it holds less exactly, how exactly.
ON = {
    "F.kl_div(log_q, p, reduction='sum')": (ONE, *BATCHES, OTHER),
    "F.kl_div(log_q, p, reduction='mean')": BATCHES,
    "F.kl_div(log_q, p, reduction='batchmean')": BATCHES,
    "F.cross_entropy(logits, p)": BATCHES,
    "scipy.stats.entropy(p, q)": (ONE, OTHER),
    "scipy.special.rel_entr(p, q).sum()": (ONE, OTHER),
    "scipy.special.kl_div(p, q).sum()": (ONE, OTHER),
    "ot.backend: kl_div(p, q, mass=True)": (ONE, OTHER),
    "T*T * F.kl_div(log_softmax(q/T), softmax(p/T), 'batchmean')": BATCHES[:1],
    "GKD, beta near 0": (distributions(beta=1e-7),),
    "GKD, beta near 1": (distributions(beta=1 - 1e-7),),
}
FINELY = 1e-3  # a sum over a grid against the steps of two discrete distributions
NEARLY = 1e-5  # beta = 1e-7, of which 1 part in 1e7 is the next order, and rounding 1e-16/1e-7
WITHIN = {
    "scipy.stats.energy_distance(x, x, p, q)": FINELY,
    "scipy.stats.wasserstein_distance(x, x, p, q)": FINELY,
    "ot.wasserstein_1d(x, x, p, q)": FINELY,
    "GKD, beta near 0": NEARLY,
    "GKD, beta near 1": NEARLY,
}


def transport(p, q, cost):
    """The least cost of carrying p to q, by linear programming."""
    n = p.size
    rows, columns = np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))
    found = scipy.optimize.linprog(cost.ravel(), A_eq=[*rows, *columns], b_eq=[*p, *q], bounds=(0, None))
    return found.fun


def test_every_row_is_run_and_every_run_is_a_row():
    assert [row.name for row in names.names()] == list(THEIRS)
    assert set(ON) | set(WITHIN) <= set(THEIRS)
    assert {row.check for row in names.names()} == set(names.CHECKS)


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")  # torch's, of its "mean"
@pytest.mark.parametrize("row", names.names(), ids=lambda row: row.name)
def test_the_relation_of_a_row_holds(row):
    for data in ON.get(row.name, (ONE,)):
        ours = data.evaluate(row.here)
        related = np.asarray(data.evaluate(row.theirs, ours=ours))
        got = np.asarray(THEIRS[row.name](data))
        size = np.abs(related).max() or 1.0
        assert np.abs(got - related).max() <= WITHIN.get(row.name, 1e-12) * size
        assert np.isfinite(got).all()
        assert (got.ndim == 1) == ("gradient" in row.name)


def test_the_notes_hold():
    """What a note says besides."""
    assert THEIRS["tfp.vi.jensen_shannon"](ONE) < 0
    assert np.sum(ONE.q * k2(tensor(ONE.log_q), tensor(ONE.log_p)).numpy()) != pytest.approx(
        kl(ONE.q, ONE.p), rel=1e-3
    )
    assert (k3(tensor(ONE.log_q), tensor(ONE.log_p)) >= 0).all()
    np.testing.assert_allclose(
        k3_plus(tensor(ONE.log_q), tensor(ONE.log_p)), k3(tensor(ONE.log_q), tensor(ONE.log_p))
    )
    half = distributions(beta=0.5)
    assert gkd(half) == pytest.approx(half.sum_of(dl.JensenShannon()), rel=1e-12)
    for beta, limit in ((1e-7, lambda d: kl(d.p, d.q)), (1 - 1e-7, lambda d: kl(d.q, d.p))):
        near = distributions(beta=beta)
        assert gkd(near) < 1e-6
        assert gkd(near) / (beta * (1 - beta)) == pytest.approx(limit(near), rel=NEARLY)
    same = Data(np.exp(ONE.log_q), ONE.logits)
    assert THEIRS["forward_kl"](same) > 0.1


def test_the_page_in_docs_is_the_one_that_is_generated():
    page = pathlib.Path(dl.__file__).parent.parent / "docs" / "names.md"
    assert page.read_text(encoding="utf-8") == names.markdown(names.names())


def test_the_command(capsys):
    assert main(["names"]) == 0
    out = capsys.readouterr().out
    assert all(row.name in out for row in names.names())
    assert max(map(len, out.splitlines())) <= names.WIDTH
    assert main(["names", "LOW_VAR_KL"]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"\[(.*?)\]", out) == ["verl: kl_penalty; TRL: GRPO"] * 2
    assert "beta" not in out
    assert main(["names", "k3", "--format", "markdown"]) == 0
    assert "| `k3, 'low_var_kl'` |" in capsys.readouterr().out
    assert main(["names", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "divlite: error: WORD: expected one that a name has, or a library: torch, SciPy, TFP"
    )
