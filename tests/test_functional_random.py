"""dl.functional against torch on random calls: any shapes, reductions and options, and many special numbers.

What is compared first is where NaN and inf stand; test_functional.py compares the numbers more closely.
"""

import math

import numpy as np
import pytest
from functional_oracle import DIFFERENTIABLE, assert_close, assert_torchs, called

import divlite as dl

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, math.inf, -math.inf, math.nan, 1e-7, 1e-12]


class Draw:
    """Random arguments of one type, a share of whose entries is special."""

    def __init__(self, rng):
        self.rng, self.dtype, self.share = (
            rng,
            rng.choice([np.float64, np.float32]),
            rng.choice([0, 0.1, 0.4]),
        )
        axes = rng.integers(0, 4)
        self.shape = tuple(int(n) for n in rng.integers(rng.random(axes) > 0.1, 5))
        self.reduction = str(rng.choice(["none", "mean", "sum"]))

    def array(self, shape, least=-math.inf):
        a = np.where(
            self.rng.random(shape) < self.share, self.rng.choice(SPECIAL, shape), self.rng.normal(0, 2, shape)
        )
        return np.asarray(np.abs(a) if least == 0 else a, self.dtype)

    def maybe(self, shape):
        return self.array(shape) if self.rng.random() < 0.5 else None

    def of(self, *choices):
        return self.rng.choice(choices).item()

    def pair(self):
        """Two shapes that broadcast, often to a third."""
        other = tuple(1 if self.rng.random() < 0.3 else n for n in self.shape)
        other = other[self.rng.integers(0, len(other) + 1) :] if self.rng.random() < 0.5 else self.shape
        shapes = (self.shape, other) if self.rng.random() < 0.5 else (other, self.shape)
        return self.array(shapes[0]), self.array(shapes[1])


def difference(draw, **options):
    a, b = draw.pair()
    return {"input": a, "target": b, "reduction": draw.reduction, **options}


def weighted(draw, **options):
    arguments = difference(draw, **options)
    return {**arguments, "weight": draw.maybe(arguments["input"].shape)}


def kl_div(draw):
    arguments = difference(draw, log_target=draw.of(False, False, True))
    return {**arguments, "reduction": draw.of("none", "mean", "sum", "batchmean")}


def gaussian_nll_loss(draw):
    arguments = difference(draw, full=draw.of(False, True), eps=draw.of(1e-6, 0.5, 0.0))
    shape = arguments["input"].shape
    shapes = [shape, shape[:-1], (*shape[:-1], 1)] if shape else [shape]
    return {**arguments, "var": draw.array(shapes[draw.rng.integers(len(shapes))], least=0)}


def cosine_similarity(draw):
    a, b = draw.pair()
    axes = max(a.ndim, b.ndim, 1)
    return {"x1": a, "x2": b, "dim": int(draw.rng.integers(-axes, axes)), "eps": draw.of(1e-8, 0.5, 1e-3)}


def cross_entropy(draw):
    shape = draw.shape or (3,)
    axis = 0 if len(shape) == 1 else 1
    target = draw.array(shape, least=0)
    options = {"reduction": draw.reduction, "label_smoothing": draw.of(0.0, 0.0, 0.1, 1.0)}
    if shape[axis] and draw.rng.random() < 0.5:
        target = np.asarray(draw.rng.integers(0, shape[axis], (*shape[:axis], *shape[axis + 1 :])))
        options["ignore_index"] = draw.of(-100, 0, 1)
    return {"input": draw.array(shape), "target": target, "weight": draw.maybe((shape[axis],)), **options}


def softmax(draw):
    axes = max(len(draw.shape), 1)
    return {"input": draw.array(draw.shape), "dim": int(draw.rng.integers(-axes, axes))}


ARGUMENTS = {
    "kl_div": kl_div,
    "mse_loss": weighted,
    "l1_loss": weighted,
    "smooth_l1_loss": lambda draw: difference(draw, beta=draw.of(0.0, 0.5, 1.0, 2.0)),
    "huber_loss": lambda draw: weighted(draw, delta=draw.of(0.5, 1.0, 2.0)),
    "gaussian_nll_loss": gaussian_nll_loss,
    "cosine_similarity": cosine_similarity,
    "cross_entropy": cross_entropy,
    "softmax": softmax,
    "log_softmax": softmax,
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_random_calls(name):
    rng = np.random.default_rng(len(name))
    for _ in range(200):
        draw = Draw(rng)
        arguments = ARGUMENTS[name](draw)
        value, by_torch = called(name, arguments)
        grad_output = draw.array(value.shape) if rng.random() < 0.6 else np.asarray(1.0)
        gradients = by_torch(grad_output)
        # Terms that cancel: cubes of the largest numbers, over what the variance or the length is at least.
        small = arguments.get("eps", 1.0) or 1e-12
        largest = max(np.max(np.abs(x), initial=1.0, where=np.isfinite(x)) for x in floats(arguments))
        size = 200.0 * largest**3 / small**2
        assert_close(getattr(dl.functional, name)(**arguments), value, size, (name, arguments))
        got = getattr(dl.functional, "d_" + name)(**arguments, grad_output=grad_output)._asdict()
        assert [field for field in got if got[field] is None] == [f for f in got if gradients[f] is None]
        for field in got:
            if got[field] is not None:
                what = f"d_{name} by {field}", arguments, grad_output
                assert_close(got[field], gradients[field], size, what)


def floats(arguments):
    return [x for x in arguments.values() if isinstance(x, np.ndarray) and x.dtype.kind == "f"]


def test_where_torch_sums_first():
    """What is broadcast over nothing, or cancels, is summed before it meets 0, inf or NaN."""
    assert_torchs("kl_div", np.ones((0, 1)), np.array([math.inf]), "sum")
    nothing = np.ones((1, 0))
    assert_torchs("gaussian_nll_loss", nothing, nothing, np.array([[math.nan]]), reduction="sum")
    # (1 - s) * 0/0 + s * sum/0 is NaN, and (0 + s * sum)/0 would not be.
    weight = np.array([0.0, -1.0])
    assert_torchs("cross_entropy", np.array([0.0, 1.0]), np.array(0), weight, label_smoothing=1.0)
    assert math.isnan(dl.functional.cross_entropy([0.0, 1.0], 0, weight, label_smoothing=1.0))
