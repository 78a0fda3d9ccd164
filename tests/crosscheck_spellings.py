"""Right functions, in the many ways in which people spell them in torch.

A function is put together of five choices: what it is given, how it takes logarithms, how it writes the
divergence, how it reduces, and the shape that it is meant for.
"""

import random
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Categorical, kl_divergence

import divlite as dl

SHAPES = {  # the shape and its event axis
    "batch": ((5, 9), -1),
    "batch of 1": ((1, 8), -1),
    "two classes": ((6, 2), -1),
    "tokens": ((2, 4, 7), -1),
    "pixels": ((2, 6, 3, 2), 1),
    "one": ((7,), -1),
}


class Case(NamedTuple):
    """A function with arguments, and what is said of it."""

    name: str
    fn: Callable[..., Tensor]
    arguments: tuple[Tensor, Tensor]
    said: dict


# ---- logarithms of logits -------------------------------------------------------------------------------


def by_hand(s: Tensor, d: int) -> Tensor:
    s = s - s.max(d, keepdim=True).values
    return s - s.exp().sum(d, keepdim=True).log()


def categorical(s: Tensor, d: int) -> Tensor:
    return Categorical(logits=s.movedim(d, -1)).logits.movedim(-1, d)


LOGS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "F.log_softmax": F.log_softmax,
    "log_softmax method": lambda s, d: s.log_softmax(d),
    "nn.LogSoftmax": lambda s, d: torch.nn.LogSoftmax(dim=d)(s),
    "by hand": by_hand,
    "logsumexp": lambda s, d: s - torch.logsumexp(s, d, keepdim=True),
    "softmax.log": lambda s, d: F.softmax(s, d).log(),
    "softmax clamped at tiny": lambda s, d: F.softmax(s, d).clamp(min=torch.finfo(s.dtype).tiny).log(),
    "softmax + 1e-12": lambda s, d: (F.softmax(s, d) + 1e-12).log(),
    "exp over sum": lambda s, d: (s.exp() / s.exp().sum(d, keepdim=True)).log(),
    "Categorical": categorical,
    "nan_to_num": lambda s, d: torch.nan_to_num(F.log_softmax(s, d), nan=0.0, neginf=-1e30),
    "float32": lambda s, d: F.log_softmax(s.float(), d),
    "shifted": lambda s, d: F.log_softmax(s + 3.0, d),
}

# ---- divergences of log q and log p along axis d; each gives a number for every distribution -------------

Sum = Callable[[Tensor, Tensor, int], Tensor]


def over_rows(of: Callable[[Tensor, Tensor], Tensor]) -> Sum:
    """A loop over the distributions."""

    def rows(lq: Tensor, lp: Tensor, d: int) -> Tensor:
        a, b = lq.movedim(d, -1), lp.expand_as(lq).movedim(d, -1)
        n = a.shape[-1]
        found = [of(x, y) for x, y in zip(a.reshape(-1, n), b.reshape(-1, n), strict=True)]
        return torch.stack(found).reshape(a.shape[:-1])

    return rows


def chunked(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    parts = zip(lq.chunk(3, d), lp.chunk(3, d), strict=True)
    return sum((b.exp() * (b - a)).sum(d) for a, b in parts)


def einsum(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    return torch.einsum("...v,...v->...", lp.exp().movedim(d, -1), (lp - lq).movedim(d, -1).to(lp.dtype))


def matrix(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    difference, p = (lp - lq).to(lp.dtype).movedim(d, -1).unsqueeze(-1), lp.exp().movedim(d, -1).unsqueeze(-2)
    return (p @ difference).squeeze(-1).squeeze(-1)


def guarded(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    p = lp.exp()
    safe = torch.where(p > 0, p, torch.ones_like(p))
    return torch.where(p > 0, p * (safe.log() - lq), torch.zeros_like(p)).sum(d)


def by_categorical(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    return kl_divergence(Categorical(logits=lp.movedim(d, -1)), Categorical(logits=lq.movedim(d, -1)))


def vmapped(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    a, b = lq.movedim(d, -1), lp.expand_as(lq).movedim(d, -1)
    n = a.shape[-1]
    return torch.vmap(lambda x, y: (y.exp() * (y - x)).sum())(a.reshape(-1, n), b.reshape(-1, n)).reshape(
        a.shape[:-1]
    )


def by_cross_entropy(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    a, p = lq.movedim(d, -1), lp.expand_as(lq).exp().movedim(d, -1)
    n = a.shape[-1]
    flat = F.cross_entropy(a.reshape(-1, n), p.reshape(-1, n), reduction="none").reshape(a.shape[:-1])
    return flat - torch.special.entr(p).sum(-1)


FORWARD: dict[str, Sum] = {
    "F.kl_div": lambda lq, lp, d: F.kl_div(lq, lp.exp(), reduction="none").sum(d),
    "log_target": lambda lq, lp, d: F.kl_div(lq, lp, reduction="none", log_target=True).sum(d),
    "nn.KLDivLoss": lambda lq, lp, d: torch.nn.KLDivLoss(reduction="none", log_target=True)(lq, lp).sum(d),
    "p (log p - log q)": lambda lq, lp, d: (lp.exp() * (lp - lq)).sum(d),
    "p log(p/q)": lambda lq, lp, d: (lp.exp() * (lp.exp() / lq.exp()).log()).sum(d),
    "-p log(q/p)": lambda lq, lp, d: -(lp.exp() * (lq.exp() / lp.exp()).log()).sum(d),
    "xlogy": lambda lq, lp, d: (torch.xlogy(lp.exp(), lp.exp()) - lp.exp() * lq).sum(d),
    "entr": lambda lq, lp, d: -(torch.special.entr(lp.exp()) + lp.exp() * lq).sum(d),
    "cross-entropy minus entropy": lambda lq, lp, d: -(lp.exp() * lq).sum(d) + (lp.exp() * lp).sum(d),
    "F.cross_entropy minus entropy": by_cross_entropy,
    "einsum": einsum,
    "matrix product": matrix,
    "loop over rows": over_rows(lambda x, y: F.kl_div(x, y, reduction="sum", log_target=True)),
    "loop with dot": over_rows(lambda x, y: torch.inner(y.exp(), (y - x).to(y.dtype))),
    "chunks": chunked,
    "where": guarded,
    "Categorical": by_categorical,
    "vmap": vmapped,
    "generalised": lambda lq, lp, d: (lp.exp() * (lp - lq) - lp.exp() + lq.exp()).sum(d),
    "float32": lambda lq, lp, d: F.kl_div(lq.float(), lp.float(), reduction="none", log_target=True).sum(d),
}


def reversed_of(forward: Sum) -> Sum:
    return lambda lq, lp, d: forward(lp.expand_as(lq), lq, d)


def mixture_of(forward: Sum) -> Sum:
    def rows(lq: Tensor, lp: Tensor, d: int) -> Tensor:
        m = (0.5 * (lq.exp() + lp.exp())).log()
        return 0.5 * forward(m, lp.expand_as(m), d) + 0.5 * forward(m, lq.expand_as(m), d)

    return rows


def by_entropies(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    """H(m) minus the mean of both entropies."""
    p, q = lp.exp(), lq.exp()
    entropy = torch.special.entr
    return entropy(0.5 * (p + q)).sum(d) - 0.5 * (entropy(p) + entropy(q)).sum(d)


def logaddexp(lq: Tensor, lp: Tensor, d: int) -> Tensor:
    m = torch.logaddexp(lq, lp) - torch.log(torch.tensor(2.0, dtype=lq.dtype))
    return 0.5 * (lp.exp() * (lp - m) + lq.exp() * (lq - m)).sum(d)


def sample(forward: dict[str, Sum], *left_out: str) -> dict[str, Sum]:
    return {name: rows for name, rows in forward.items() if name not in left_out}


LOSSES: dict[str, tuple[object, dict[str, Sum]]] = {
    "forward KL": (dl.ForwardKL(), FORWARD),
    "reverse KL": (dl.ReverseKL(), {name: reversed_of(rows) for name, rows in FORWARD.items()}),
    "JS": (
        dl.JensenShannon(),
        {name: mixture_of(rows) for name, rows in sample(FORWARD, "generalised").items()}
        | {"entropies": by_entropies, "logaddexp": logaddexp},
    ),
    "Jeffreys": (
        None,
        {
            "two kl_div": lambda lq, lp, d: FORWARD["F.kl_div"](lq, lp, d) + FORWARD["F.kl_div"](lp, lq, d),
            "difference": lambda lq, lp, d: ((lp.exp() - lq.exp()) * (lp - lq)).sum(d),
        },
    ),
    "MSE": (
        dl.MSE(),
        {
            "square": lambda lq, lp, d: ((lq.exp() - lp.exp()) ** 2).sum(d),
            "F.mse_loss": lambda lq, lp, d: F.mse_loss(lq.exp(), lp.exp(), reduction="none").sum(d),
            "norm": lambda lq, lp, d: torch.linalg.vector_norm(lq.exp() - lp.exp(), dim=d) ** 2,
        },
    ),
    "Hellinger": (
        dl.SquaredHellinger(),
        {
            "roots": lambda lq, lp, d: 0.5 * ((lq.exp().sqrt() - lp.exp().sqrt()) ** 2).sum(d),
            "1 - affinity": lambda lq, lp, d: 1 - (0.5 * (lq + lp)).exp().sum(d),
        },
    ),
}

# ---- reductions of the rows -----------------------------------------------------------------------------

REDUCTIONS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {  # what is said of the mean, and the line
    "mean": ("distribution", lambda rows: rows.mean()),
    "sum over count": ("distribution", lambda rows: rows.sum() / rows.numel()),
    "uniform weights": ("distribution", lambda rows: (rows * torch.ones_like(rows) / rows.numel()).sum()),
    "mean of means": ("distribution", lambda rows: rows.reshape(*rows.shape[:1], -1).mean(-1).mean()),
    "sum": ("sum", lambda rows: rows.sum()),
    "none": ("distribution", lambda rows: rows),
}  # fmt: skip

# ---- what the function is given: log q and log p of its arguments ----------------------------------------

FORMS = {
    "logits": ("logits", "logits"),
    "log q and p": ("log_probabilities", "probabilities"),
    "probabilities": ("probabilities", "probabilities"),
    "logs": ("log_probabilities", "log_probabilities"),
}


def made(form: str, shape: tuple[int, ...], d: int) -> Tensor:
    logits = 1.5 * torch.randn(shape, dtype=torch.float64)
    if form == "logits":
        return logits
    return F.softmax(logits, d) if form == "probabilities" else F.log_softmax(logits, d)


def logs(x: Tensor, form: str, log: Callable[[Tensor, int], Tensor], d: int) -> Tensor:
    return log(x, d) if form == "logits" else x.log() if form == "probabilities" else x


def single(rng: random.Random) -> Case:
    """A function put together at random."""
    shape_name, form_name = rng.choice(list(SHAPES)), rng.choice(list(FORMS))
    loss_name = rng.choice(["forward KL", *LOSSES])
    (shape, d), forms = SHAPES[shape_name], FORMS[form_name]
    expected, spelled = LOSSES[loss_name]
    divergence, reduction = rng.choice(list(spelled)), rng.choice(list(REDUCTIONS))
    log_q, log_p = (rng.choice(list(LOGS)) for _ in "qp")
    mean, reduce = REDUCTIONS[reduction]

    def fn(student: Tensor, teacher: Tensor) -> Tensor:
        lq, lp = (
            logs(x, form, LOGS[log], d)
            for x, form, log in zip((student, teacher), forms, (log_q, log_p), strict=True)
        )
        return reduce(spelled[divergence](lq, lp, d))

    torch.manual_seed(rng.randrange(10**6))
    arguments = tuple(made(form, shape, d) for form in forms)
    said = {"expected": expected, "mean": mean, "axis": d}
    if rng.random() < 0.2:
        arguments = tuple(a.float() for a in arguments)
    if rng.random() < 0.3:
        said.pop("axis")
    if expected is None or rng.random() < 0.2:
        said.pop("expected")
    taken = (log_q, log_p) if form_name == "logits" else ()
    name = ", ".join((loss_name, form_name, *taken, divergence, reduction, shape_name))
    return Case(name, fn, arguments, said)


def singles(count: int, seed: int = 0) -> Iterator[Case]:
    """As many different ones."""
    rng, seen = random.Random(seed), set[str]()
    while len(seen) < count:
        case = single(rng)
        if case.name not in seen:
            seen.add(case.name)
            yield case
