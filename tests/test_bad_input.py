"""Bad input: a ValueError that names the argument, what was expected and what was given.

The same from every backend, as each case here is tried on all of them.
"""

import itertools
import math
import re
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
import torch

import divlite as dl
from conftest import GRID, P

Q = dl.Normal(0, 1)
NAN = math.nan


def grad(backend, loss=dl.MSE(), p=P, q=Q, grid=GRID):
    return dl.value_and_grad(loss, p, q, grid, backend)


def fit(backend, **changes):
    arguments = {"optimizer": dl.adam(), "steps": 5} | changes
    return dl.fit(
        arguments.pop("loss", dl.MSE()), P, arguments.pop("q0", Q), GRID, backend=backend, **arguments
    )


MEMBER = "expected a value such as dl.Normal(0, 1) or dl.Laplace(0, 1)"
CASES = {
    "sigma: expected a finite number > 0, got -1.0": lambda b: grad(b, q=dl.Normal(0, -1.0)),
    "sigma: expected a finite number > 0, got 0": lambda b: grad(b, q=dl.Normal(0, 0)),
    "sigma: expected a finite number > 0, got inf": lambda b: grad(b, q=dl.Normal(0, math.inf)),
    "sigma: expected a finite number > 0, got nan": lambda b: fit(b, q0=dl.Normal(0, NAN)),
    "sigma: expected a finite number > 0, got '1'": lambda b: grad(b, q=dl.Normal(0, "1")),
    "sigma: expected a finite number > 0, got array([1., 2.])": lambda b: grad(
        b, q=(0, np.array([1.0, 2.0]))
    ),
    "mu: expected a finite number, got nan": lambda b: grad(b, q=dl.Normal(NAN, 1)),
    "mu: expected a finite number, got None": lambda b: fit(b, q0=dl.Normal(None, 1)),
    f"q: {MEMBER}, got 3": lambda b: grad(b, q=3),
    f"q0: {MEMBER}, got Mixture(weights=(1, 1), components=(Normal(mu=-5, sigma=1...."
    " The target p stands before the fit q: are they exchanged?": lambda b: fit(b, q0=P),
    f"q0: {MEMBER}, got (1, 2, 3)": lambda b: fit(b, q0=(1, 2, 3)),
    "x: expected at least 2 points, got 0": lambda b: grad(b, grid=dl.Grid([], [])),
    "x: expected at least 2 points, got 1": lambda b: grad(b, grid=dl.Grid([1.0], [1.0])),
    "x: expected finite points, got x[1] = nan": lambda b: grad(b, grid=dl.Grid([0, NAN, 2], [1, 1, 1])),
    "x: expected strictly increasing points, got x[0] = 2, x[1] = 1": (
        lambda b: grad(b, grid=dl.Grid([2, 1], [1, 1]))
    ),
    "x: expected strictly increasing points, got x[1] = 1, x[2] = 1": (
        lambda b: grad(b, grid=dl.Grid([0, 1, 1], [1, 1, 1]))
    ),
    "x: expected a one-dimensional array, got shape (2, 2)": (
        lambda b: grad(b, grid=dl.Grid([[0, 1], [2, 3]], [1, 1]))
    ),
    "x: expected an array of real numbers, got ['a', 'b']": lambda b: grad(
        b, grid=dl.Grid(["a", "b"], [1, 1])
    ),
    "w: expected 2 numbers, one a grid point, got 3": lambda b: grad(b, grid=dl.Grid([0, 1], [1, 1, 1])),
    "w: expected finite weights >= 0, got w[1] = -1": lambda b: grad(b, grid=dl.Grid([0, 1], [1, -1])),
    "w: expected finite weights >= 0, got w[0] = nan": lambda b: grad(b, grid=dl.Grid([0, 1], [NAN, 1])),
    "w: expected a weight above 0, got none": lambda b: grad(b, grid=dl.Grid([0, 1], [0, 0])),
    "grid: expected a Grid(x, w), for example dl.Grid.linspace(-15, 15, 1000), got 1000": (
        lambda b: grad(b, grid=1000)
    ),
    "weights: expected 2 of them, one a component, got 1": lambda b: grad(b, p=dl.Mixture((1,), (Q, Q))),
    "weights: expected finite weights > 0, got weights[0] = 0": lambda b: grad(
        b, p=dl.Mixture((0, 1), (Q, Q))
    ),
    "components: expected a tuple of Normals, got None": lambda b: grad(b, p=dl.Mixture((1,), None)),
    "components: expected at least one Normal, got none": lambda b: grad(b, p=dl.Mixture((), ())),
    "log_p: expected 1000 numbers, one a grid point, got 3": lambda b: grad(b, p=dl.Tabulated([0, 1, 2])),
    "log_p: expected log densities, finite or -inf, got log_p[0] = nan": (
        lambda b: grad(b, p=dl.Tabulated([NAN] * 1000))
    ),
    "p: expected finite densities >= 0, got p[1] = -1": lambda b: dl.Tabulated.from_density([1, -1]),
    "p: expected a value such as dl.Normal(0, 1) or dl.Mixture(...), got 7": lambda b: grad(b, p=7),
    "loss: expected a value such as dl.ForwardKL(), got 'kl'": lambda b: grad(b, loss="kl"),
    "loss: expected a value such as dl.ForwardKL(), got the class MSE: write MSE(...)": (
        lambda b: grad(b, loss=dl.MSE)
    ),
    "epsilon: expected a finite number > 0, got 0": lambda b: grad(b, loss=dl.Smoothed(dl.MSE(), 0)),
    "scale: expected a finite number > 0, got -2": lambda b: fit(b, coordinates=dl.Variance(-2)),
    "coordinates: expected a value such as dl.Sigma(), got 'sigma'": lambda b: fit(b, coordinates="sigma"),
    "optimizer: expected a value such as dl.adam(lr=1e-3), got 'adam'": lambda b: fit(b, optimizer="adam"),
    "steps: expected a whole number >= 0, got -1": lambda b: fit(b, steps=-1),
    "steps: expected a whole number >= 0, got 1.5": lambda b: fit(b, steps=1.5),
    "steps: expected a whole number >= 0, got True": lambda b: fit(b, steps=True),
    "lr: expected a finite number > 0, got 0": lambda b: dl.sgd(0),
    "momentum: expected a number in [0, 1), got 1": lambda b: dl.sgd(1, momentum=1),
    "betas: expected a number in [0, 1), got 1.5": lambda b: dl.adam(betas=(0.9, 1.5)),
    "betas: expected two numbers in [0, 1), got 0.9": lambda b: dl.adam(betas=0.9),
    "eps: expected a number >= 0, got -1": lambda b: dl.adam(eps=-1),
    "num: expected a whole number >= 2, got 1": lambda b: dl.Grid.linspace(0, 1, 1),
    "stop: expected a number above start = 1, got 0": lambda b: dl.Grid.linspace(1, 0, 5),
    "weights: expected one of mean, sum, integral, got 'max'": lambda b: dl.Grid.linspace(0, 1, 5, "max"),
    "u: expected probabilities in [0, 1], got 1.5": lambda b: Q.quantile([0.5, 1.5]),
    "x: expected an array of real numbers, got 'a'": lambda b: Q.log_prob("a"),
    "log_q: expected 2 numbers, one a grid point, got 3": (
        lambda b: dl.d_log_q(dl.MSE(), [0, 0], [0, 0, 0], [1, 1], b)
    ),
    "log_q: expected log densities, finite or -inf, got log_q[0] = inf": (
        lambda b: dl.d_log_q(dl.MSE(), [0, 0], [math.inf, 0], [1, 1], b)
    ),
    "reduction: expected one of mean, sum, batchmean, none, got 'max'": lambda b: dl.kl_div([0], [1], "max"),
    "target: expected a shape that broadcasts with input's (2,), got (3,)": lambda b: dl.kl_div(
        [0] * 2, [1] * 3
    ),
    "axis: expected an axis of an array of shape (2,), got 1": lambda b: dl.softmax([0, 1], axis=1),
    "axis: expected a whole number >= -1, got -2": lambda b: dl.log_softmax([0, 1], axis=-2),
    "axis: expected an axis of an array of shape (1,), got 1": lambda b: dl.softmax(3.0, axis=1),
    "input: expected an array with at least one entry and one axis, got shape ()": (
        lambda b: dl.mean_kl(0.0, 1.0, axis=0)
    ),
}


class Endless:
    """A sequence that says it has five numbers and never ends."""

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return 1.0


class Raising:
    """Someone else's value, whatever is asked of it."""

    def __repr__(self):
        raise KeyError("repr")

    __float__ = __index__ = __array__ = __len__ = __iter__ = __repr__


def generator():
    return (i for i in range(3))


class Hostile:
    """Whoever asks for anything of it gets an error that is not an AttributeError."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        return "<Hostile>"


GRADIENT = torch.tensor([0.5, 0.5], requires_grad=True)
REAL = "expected an array of real numbers, got"
ODD = {
    # Endless, or read only once.
    f"x: {REAL} count(0)": lambda b: dl.Grid.from_points(itertools.count()),
    f"x: {REAL} <generator": lambda b: dl.Grid.from_points(generator()),
    f"x: {REAL} range(0, 10": lambda b: dl.Grid.from_points(range(10**12)),
    "x: expected strictly increasing points, got x[0] = 1": lambda b: dl.Grid.from_points(Endless()),
    "components: expected a tuple of Normals, got count(0)": (
        lambda b: grad(b, p=dl.Mixture((1, 1), itertools.count()))
    ),
    "components: expected a tuple of Normals, got <generator": (
        lambda b: grad(b, p=dl.Mixture((1,), (Q for _ in range(1))))
    ),
    f"q: {MEMBER}, got count(0)": lambda b: grad(b, q=itertools.count()),
    "weights: expected an array of real numbers, got <itertools.cycle": (
        lambda b: grad(b, p=dl.Mixture(itertools.cycle("a"), (Q,)))
    ),
    # Other kinds of numbers, and of nothing.
    "sigma: expected a finite number > 0, got (1+0j)": lambda b: grad(b, q=dl.Normal(0, np.complex128(1))),
    "sigma: expected a finite number > 0, got array(1.+0.j)": lambda b: grad(
        b, q=dl.Normal(0, np.array(1 + 0j))
    ),
    "sigma: expected a number >= 2.23e-308, whose reciprocal is finite, got 1e-310": (
        lambda b: fit(b, q0=dl.Normal(0, 1e-310))
    ),
    "mu: expected a finite number, got a Raising": lambda b: grad(b, q=dl.Normal(Raising(), 1)),
    f"x: {REAL} a Raising": lambda b: Q.log_prob(Raising()),
    f"x: {REAL} masked entries: fill them, or leave them out": (
        lambda b: Q.log_prob(np.ma.array([1.0, 2.0], mask=[False, True]))
    ),
    "stop: expected a finite distance from start = -1e+308, got 1e+308": (
        lambda b: dl.Grid.linspace(-1e308, 1e308, 5)
    ),
    "steps: expected a whole number <= 1000000000, got 1000": lambda b: fit(b, steps=10**30),
    "num: expected a whole number <= 100000000, got 1000": lambda b: dl.Grid.linspace(0, 1, 10**30),
    "steps: expected a whole number >= 0, got a Raising": lambda b: fit(b, steps=Raising()),
    "log_target: expected True or False, got array([ True, False])": (
        lambda b: dl.kl_div([0, 0], [1, 1], log_target=np.array([True, False]))
    ),
    "log_target: expected True or False, got 'False'": lambda b: dl.mean_kl([0.0], [1.0], 0, "False"),
    "epsilon_hat: expected True or False, got array([1., 1.])": lambda b: dl.adam(epsilon_hat=np.ones(2)),
    "progress: expected a function, or None, got 1": lambda b: fit(b, progress=1),
    # Tensors that NumPy cannot read.
    "mu: expected a finite number, got tensor(1., requires_grad=True) (a tensor: write .detach())": (
        lambda b: grad(b, q=dl.Normal(torch.tensor(1.0, requires_grad=True), 1))
    ),
    f"input: {REAL} tensor([0.5000, 0.5000], requires_grad=True) (a tensor: write .detach())": (
        lambda b: dl.kl_div(GRADIENT, [1, 1])
    ),
    f"a: {REAL} [tensor([0.5000, 0.5000], requires_grad=True)] (of tensors: write .detach())": (
        lambda b: dl.softmax([GRADIENT])
    ),
    "lr: expected a finite number > 0, got <Hostile>": lambda b: dl.sgd(Hostile()),
    f"a: {REAL} <Hostile>": lambda b: dl.softmax(Hostile()),
    f"a: {REAL} tensor([1., 1.], dtype=torch.bfloat16) (a tensor: write .double())": (
        lambda b: dl.softmax(torch.ones(2, dtype=torch.bfloat16))
    ),
    f"a: {REAL} tensor(..., device='meta', size=(2,)) (a tensor: write .cpu())": (
        lambda b: dl.softmax(torch.ones(2, device="meta"))
    ),
    # One thing in the place of another.
    f"q: {MEMBER}, got Laplace(loc: 0.0, scale: 1.0). The target p stands before": (
        lambda b: grad(b, p=Q, q=torch.distributions.Laplace(0.0, 1.0))
    ),
    f"q: {MEMBER}, got SGD(lr=1.0, momentum=0.5)": lambda b: grad(b, q=dl.sgd(1, 0.5)),
    f"q: {MEMBER}, got the class Normal: write Normal(...)": (lambda b: grad(b, q=dl.Normal)),
    f"q: {MEMBER}, got {{'mu': 0, 'sigma': 1}}": lambda b: grad(b, q={"mu": 0, "sigma": 1}),
    "grid: expected a Grid(x, w), for example dl.Grid.linspace(-15, 15, 1000), got Normal(mu=0, sigma=1)": (
        lambda b: grad(b, grid=Q)
    ),
    f"components: {MEMBER}, got Mixture(": lambda b: grad(b, p=dl.Mixture((1,), (P,))),
    "components: expected a tuple of Normals, got Normal(": lambda b: grad(b, p=dl.Mixture((1,), Q)),
    "lr: expected a finite number > 0, got 'a'": lambda b: fit(b, optimizer=dl.optimizers.SGD("a", 0.0)),
    "loss: expected a value such as dl.ForwardKL(), got None": lambda b: grad(b, loss=dl.Smoothed(None, 1)),
    "backend: expected functions, got no evaluate": (
        lambda b: grad(dl.Backend("mine", None, None, None))  # pyright: ignore
    ),
}


@pytest.mark.parametrize("message", ODD)
def test_odd_values_are_refused_at_once_and_by_name(message, backend):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        ODD[message](backend)


def test_only_a_class_of_the_kind_is_told_to_be_called(backend):
    """With parentheses torch's optimiser would be none either."""
    for argument, example in {"loss": "dl.ForwardKL()", "optimizer": "dl.adam(lr=1e-3)"}.items():
        words = rf"^{argument}: expected a value such as {re.escape(example)}, got the class Adam$"
        with pytest.raises(ValueError, match=words):
            fit(backend, **{argument: torch.optim.Adam})


PLAIN = dl.value_and_grad(dl.Smoothed(dl.MSE(), 0.25), P, Q, GRID, "numpy")


KINDS = (np.array, torch.tensor, Fraction, np.float32, np.longdouble)


@pytest.mark.parametrize("make", KINDS, ids=lambda kind: kind.__name__)
def test_a_number_of_any_kind_is_that_number(make, backend):
    """Read at the door, so that no backend meets a type that it does not know."""
    p = dl.Mixture(
        (make(1.0), make(1.0)), tuple(dl.Normal(make(float(c.mu)), make(1.0)) for c in P.components)
    )
    if make is Fraction:
        p = p._replace(weights=(1, 1))
    value, d = dl.value_and_grad(
        dl.Smoothed(dl.MSE(), make(0.25)), p, dl.Normal(make(0.0), make(1.0)), GRID, backend
    )
    assert (value, *d) == pytest.approx((PLAIN[0], *PLAIN[1]), rel=1e-12)
    arguments = {"optimizer": dl.optimizers.SGD(make(0.5), make(0.0)), "coordinates": dl.Variance(make(2.0))}
    assert fit(backend, **arguments).q == fit(backend, optimizer=dl.sgd(0.5), coordinates=dl.Variance(2.0)).q


def test_a_loss_with_half_a_finish_is_refused(backend):
    """The default d_finish, 1, is the derivative of no finish but the default."""

    class Half(NamedTuple):
        def value(self, p, log_p, q, log_q):
            return p * q

        def d_log_q(self, p, log_p, q, log_q):
            return p * q

        def finish(self, sums):
            return -sums

    with pytest.raises(ValueError, match=r"^loss: expected finish and d_finish, or neither, got a Half"):
        grad(backend, loss=Half())


@pytest.mark.parametrize("message", CASES)
def test_message(message, backend):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        CASES[message](backend)


def test_unknown_backend_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"^backend: expected one of numba, numpy, torch, got 'jax'$"):
        grad("jax")


@pytest.mark.parametrize("coordinates", [dl.Sigma(), dl.Variance()], ids=repr)
def test_sigma_driven_out_says_where_and_what_to_do(coordinates, backend):
    """A step too long carries sigma to 0 or below: the step is named, and a remedy."""
    with pytest.raises(ValueError, match=r"^sigma: expected to stay finite and > 0 during the fit") as caught:
        fit(backend, loss=dl.ReverseKL(), q0=dl.Normal(8, 3), optimizer=dl.sgd(2e3), coordinates=coordinates)
    assert re.search(
        r"got (-\S+|nan) at step 1; try a smaller lr, or coordinates=dl.LogSigma\(\)$", str(caught.value)
    )


def test_a_start_that_the_coordinates_take_to_0_is_out(backend):
    """sigma^2 underflows: sigma comes back as 0, which is no Normal's."""
    with pytest.raises(ValueError, match=r"^sigma: expected to stay finite and > 0 .*, got 0 at step 0; try"):
        fit(backend, q0=dl.Normal(0, 1e-200), coordinates=dl.Variance())


def test_sigma_driven_to_infinity_is_out_too(backend):
    """And the coordinates that are in use already are no remedy."""
    with pytest.raises(ValueError, match=r"^sigma: .* got inf at step 1; try a smaller lr$"):
        fit(backend, loss=dl.ForwardKL(), optimizer=dl.sgd(1e3), coordinates=dl.LogSigma())


def test_mu_driven_out_says_so(backend):
    grid = dl.Grid.linspace(-15, 15, 1000, weights="sum")
    with pytest.raises(
        ValueError, match=r"^mu: expected to stay finite during the fit, got inf at step 1; try"
    ):
        dl.fit(dl.ForwardKL(), P, Q, grid, optimizer=dl.sgd(1e308), steps=3, backend=backend)


def test_an_infinite_loss_is_named_as_the_cause(backend):
    p = dl.Tabulated.from_density([0, 0, 1, 1, 1, 0])
    with pytest.raises(
        ValueError, match=r"^loss: .* got inf at step 0; try dl.Smoothed\(loss, epsilon\) if p is 0"
    ):
        dl.fit(
            dl.ReverseKL(), p, Q, dl.Grid.linspace(-1, 1, 6), optimizer=dl.adam(), steps=9, backend=backend
        )


def test_the_message_is_the_same_from_every_backend():
    def message(backend):
        with pytest.raises(ValueError, match="sigma") as caught:
            fit(backend, loss=dl.ReverseKL(), q0=dl.Normal(8, 3), optimizer=dl.sgd(2e3), steps=50)
        return str(caught.value)

    assert message("numba") == message("numpy") == message("torch")
