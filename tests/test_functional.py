"""dl.functional against torch: values and gradients over shapes, types, reductions, broadcasts and edges."""

import inspect
import itertools
import math
import re
import zlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from functional_oracle import DIFFERENTIABLE, assert_close, assert_torchs, by_torch

import divlite as dl

INF, NAN = math.inf, math.nan
FLOATS = (np.float64, np.float32)
REDUCTIONS = ("none", "mean", "sum")
DIFFERENCES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
SHAPES = [
    ((5,), (5,)),
    ((4, 3), (4, 3)),
    ((2, 3, 4), (2, 3, 4)),
    ((), ()),
    ((1, 1), (1, 1)),
    ((3, 1, 2), (4, 1, 5, 1)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 1), (1, 3)),
    ((), (4,)),
    ((4,), ()),
    ((0,), (0,)),
    ((1,), (0,)),
    ((2, 1), (2, 0)),
    ((0, 1), (1, 3)),
    ((), (0, 3)),
]


@pytest.fixture
def rng(request):
    return np.random.default_rng(zlib.crc32(request.node.name.encode()))


def normal(rng, shape, dtype=np.float64):
    return np.asarray(rng.normal(0, 2, shape), dtype)


def positive(rng, shape, dtype=np.float64):
    return np.asarray(rng.uniform(0.01, 1, shape), dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("log_target", [False, True])
def test_kl_div(rng, shapes, dtype, log_target):
    for reduction in (*REDUCTIONS, "batchmean"):
        target = positive(rng, shapes[1], dtype)
        target = np.log(target) if log_target else target
        assert_torchs("kl_div", normal(rng, shapes[0], dtype), target, reduction, log_target, size=20.0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences(rng, name, shapes, dtype):
    for reduction in REDUCTIONS:
        arguments = normal(rng, shapes[0], dtype), normal(rng, shapes[1], dtype), reduction
        assert_torchs(name, *arguments)
        if name != "smooth_l1_loss":
            assert_torchs(name, *arguments, weight=positive(rng, shapes[0], dtype))
        if name in ("smooth_l1_loss", "huber_loss"):
            width = "beta" if name == "smooth_l1_loss" else "delta"
            for size in (0.3, 4.0):
                assert_torchs(name, *arguments, **{width: size})


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3), (4, 3), (4, 3)),
        ((4, 3), (4, 3), (4, 1)),
        ((4, 3), (4, 3), (4,)),
        ((4, 1), (1, 3), (4, 1)),
        ((3,), (2, 3), (3,)),
        ((2, 5, 3), (2, 5, 3), (2, 1, 3)),
        ((3,), (3,), ()),
        ((3,), (3,), (1,)),
        ((), (), ()),
        ((), (3,), ()),
        ((1, 1), (1, 1), (1, 1)),
        ((0, 3), (0, 3), (0, 3)),
        ((0, 3), (0, 3), (0,)),
        ((2, 0), (2, 0), (2, 1)),
    ],
    ids=str,
)
def test_gaussian_nll_loss(rng, shapes, dtype):
    for reduction, full in itertools.product(REDUCTIONS, (False, True)):
        mean, target = normal(rng, shapes[0], dtype), normal(rng, shapes[1], dtype)
        var = positive(rng, shapes[2], dtype)
        assert_torchs("gaussian_nll_loss", mean, target, var, full, reduction=reduction, size=100.0)
        assert_torchs("gaussian_nll_loss", mean, target, 0.7, full, reduction=reduction, size=100.0)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "shapes",
    [
        ((4, 3), (4, 3)),
        ((4, 3), (3,)),
        ((4, 1), (1, 3)),
        ((3,), (3,)),
        ((), ()),
        ((), (3,)),
        ((2, 5, 3), (5, 1)),
        ((0, 3), (0, 3)),
        ((3, 0), (3, 0)),
        ((4, 1), (4, 1)),
    ],
    ids=str,
)
def test_cosine_similarity(rng, shapes, dtype):
    axes = max(len(np.broadcast_shapes(*shapes)), 1)
    for dim, eps in itertools.product(range(-axes, axes), (1e-8, 3.0)):
        vectors = normal(rng, shapes[0], dtype), normal(rng, shapes[1], dtype)
        # Each gradient is a difference, of about |x2| / (|x1| |x2|) and as much.
        assert_torchs("cosine_similarity", *vectors, dim, eps, size=1 / min(map(least, vectors)))


def least(x):
    return min(1.0, np.min(np.abs(x), initial=1.0))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize(
    "shape", [(), (1,), (5,), (4, 3), (2, 3, 4), (2, 3, 4, 2), (0,), (0, 3), (3, 0)], ids=str
)
def test_softmaxes(rng, name, shape, dtype):
    for dim in [None, *range(-max(len(shape), 1), max(len(shape), 1))]:
        if dim is None and len(shape) == 2 and 0 in shape:
            continue
        assert_torchs(name, normal(rng, shape, dtype), dim, size=10.0)
        for other in FLOATS:
            assert_torchs(name, normal(rng, shape, np.float32), dim, other, size=10.0)
    assert_torchs(name, 100 * normal(rng, shape, dtype), -1, size=1000.0)


def samples(rng, shape, dtype=np.float64):
    """Logits, class indices of which some are 2, and probabilities."""
    axis = 0 if len(shape) == 1 else 1
    logits = normal(rng, shape, dtype)
    index = rng.integers(0, shape[axis], (*shape[:axis], *shape[axis + 1 :]))
    return logits, np.asarray(index), dl.functional.softmax(normal(rng, shape, dtype), axis)


CLASSES = [(3,), (4, 3), (1, 3), (6, 1), (2, 3, 4), (2, 3, 2, 2), (0, 3)]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", CLASSES, ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_cross_entropy(rng, shape, dtype, smoothing):
    for reduction in REDUCTIONS:
        logits, index, p = samples(rng, shape, dtype)
        how = {"reduction": reduction, "label_smoothing": smoothing, "size": 100.0}
        weight = positive(rng, shape[0 if len(shape) == 1 else 1], dtype)
        for target, w in itertools.product((index, p), (None, weight)):
            assert_torchs("cross_entropy", logits, target, w, **how)
        for ignored in (0, 2, -100):
            assert_torchs("cross_entropy", logits, index, weight, ignore_index=ignored, **how)
        assert_torchs("cross_entropy", logits, np.full_like(index, 1), ignore_index=1, **how)


@pytest.mark.parametrize("types", [(np.float64, np.float32), (np.float32, np.float64)])
def test_two_types_give_torchs_type(rng, types):
    """huber_loss is not among them: torch has no gradient for it."""
    for shapes in (((4, 3), (4, 3)), ((4,), ()), ((), (4,)), ((), ())):
        a, b = normal(rng, shapes[0], types[0]), positive(rng, shapes[1], types[1])
        assert_torchs("kl_div", a, b, "sum", size=50.0)
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss"):
            assert_torchs(name, a, b, "none")
        assert_torchs("cosine_similarity", a, b, 0, size=1 / min(least(a), least(b)))
        assert_torchs("gaussian_nll_loss", a, b, positive(rng, shapes[0], types[1]), size=100.0)
    logits, _, p = samples(rng, (4, 3))
    assert_torchs("cross_entropy", logits.astype(types[0]), p.astype(types[1]), size=50.0)
    assert_torchs("mse_loss", a, b, weight=positive(rng, (), types[1]), size=100.0)


# Every number at which something changes, for both arguments of a loss.
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, INF, -INF, NAN, 1e-30)
PAIRS = np.array(list(itertools.product(EDGES, EDGES))).T


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_edges_of_two_arguments(dtype, reduction):
    """Each pair in an array of its own too: torch computes long arrays and short ones by different code."""
    a, b = PAIRS.astype(dtype)
    singles = [(a[i : i + 1], b[i : i + 1]) for i in range(a.size) if reduction == "mean"]
    for one, two in [(a, b), *singles]:
        for log_target in (False, True):
            assert_torchs("kl_div", one, two, reduction, log_target)
        for name in DIFFERENCES:
            assert_torchs(name, one, two, reduction)
        assert_torchs("smooth_l1_loss", one, two, reduction, 0.0)
        assert_torchs("mse_loss", one, two, reduction, np.abs(two) + 1)
        assert_torchs("l1_loss", one, two, reduction, np.abs(one))
        assert_torchs("huber_loss", one, two, reduction, 0.5, np.abs(one))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div"])
def test_a_grad_output_of_zero_inf_and_nan_goes_through_as_in_torch(name, dtype):
    a, b = PAIRS.astype(dtype)
    for grad_output in (0.0, INF, NAN, -2.0):
        gradient = getattr(dl.functional, "d_" + name)(a, b, "none", grad_output=grad_output)
        _, right = by_torch(name, {"input": a, "target": b, "reduction": "none"}, grad_output)
        for field in ("input", "target"):
            what = f"d_{name} by {field}", a, b, grad_output
            assert_close(getattr(gradient, field), right[field], 0.0, what)


@pytest.mark.parametrize("dtype", FLOATS)
def test_edges_of_gaussian_nll_loss(dtype):
    variances = np.array([0.0, 1e-7, 1e-6, 2e-6, 1.0, INF, NAN, 1e30], dtype)
    for mean, eps in itertools.product((0.0, 1.0, INF, NAN), (1e-6, 0.0, 0.5)):
        means, targets = np.full_like(variances, mean), np.ones_like(variances)
        for reduction in REDUCTIONS:
            assert_torchs("gaussian_nll_loss", means, targets, variances, eps=eps, reduction=reduction)
    for var in (0.0, INF, NAN, 1e-9):
        assert_torchs("gaussian_nll_loss", variances, np.ones_like(variances), var)


@pytest.mark.parametrize("dtype", FLOATS)
def test_edges_of_cosine_similarity(rng, dtype):
    vectors = [[0, 0], [1e-9, 0], [0, 5e-9], [1, 2], [INF, 1], [NAN, 1], [1e-30, 1e-30], [-3, 4]]
    one, two = (np.array(x, dtype) for x in zip(*itertools.product(vectors, vectors), strict=True))
    for eps in (1e-8, 0.0, 0.5):
        for x, y in ((one, two), *zip(one[:, None], two[:, None], strict=True)):
            assert_torchs("cosine_similarity", x, y, 1, eps)
        assert_torchs("cosine_similarity", one[:, :1], two[:, :1], 1, eps)  # an axis of one entry


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "row", [[INF, 0, 1], [-INF, 0, 1], [-INF, -INF, -INF], [NAN, 0, 1], [INF, INF, 0], [1e30, 0, -1e30]]
)
def test_edges_of_softmaxes_and_cross_entropy(dtype, row):
    a = np.array([row, [0.0, 1.0, 2.0]], dtype)
    for name, dim in itertools.product(("softmax", "log_softmax"), (0, 1)):
        assert_torchs(name, a, dim, size=1.0)
    p = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]], dtype)
    weight = np.array([0.0, 1.0, 2.0], dtype)
    for target, smoothing in itertools.product((p, np.array([0, 1]), np.array([2, 0])), (0.0, 0.1)):
        for w, reduction in itertools.product((None, weight), REDUCTIONS):
            assert_torchs("cross_entropy", a, target, w, reduction=reduction, label_smoothing=smoothing)


def test_weights_of_zero_and_below(rng):
    logits, _, p = samples(rng, (4, 3))
    for weight in ([0.0, 0.0, 0.0], [0.0, -1.0, 2.0], [NAN, 1.0, 1.0]):
        for index in ([0, 0, 0, 0], [1, 0, 2, 1]):
            assert_torchs("cross_entropy", logits, np.array(index), np.array(weight), size=50.0)
        assert_torchs("cross_entropy", logits, p, np.array(weight), size=50.0)


def test_subgradients_by_value():
    """What torch chooses where there is no derivative, said once in numbers."""
    d = dl.functional
    assert d.d_l1_loss([1.0], [1.0]).input == 0.0
    assert d.d_smooth_l1_loss([1.0], [1.0], beta=0.0).input == 0.0
    assert d.d_smooth_l1_loss([2.0, -2.0], [0.0, 0.0], "sum", beta=2.0).input.tolist() == [1.0, -1.0]
    assert d.d_huber_loss([2.0, -2.0], [0.0, 0.0], "sum", delta=2.0).input.tolist() == [2.0, -2.0]
    assert d.d_l1_loss([NAN], [0.0]).input == 0.0
    gradient = d.d_kl_div([-1.0, -1.0], [0.0, 0.5], "sum")
    assert gradient.input.tolist() == [0.0, -0.5]
    np.testing.assert_allclose(gradient.target, [NAN, math.log(0.5) + 2.0])
    # Below the clamp the gradient by the variance is that at the clamp: 1/(2 eps) for e = 0.
    assert d.d_gaussian_nll_loss([0.0], [0.0], [0.0], eps=0.25).var == 2.0
    # And by a vector shorter than eps it is that of x/eps less what the direction takes.
    np.testing.assert_allclose(d.d_cosine_similarity([0.0, 0.0], [3.0, 4.0], 0, 0.5).x1, [1.2, 1.6])


def test_the_names_and_defaults_of_the_arguments_are_torchs():
    dropped = {"size_average", "reduce", "_stacklevel"}
    for name in DIFFERENTIABLE:
        ours = inspect.signature(getattr(dl.functional, name)).parameters
        backward = inspect.signature(getattr(dl.functional, "d_" + name)).parameters
        assert [*ours, "grad_output"] == list(backward)
        assert [p.default for p in ours.values()] == [p.default for p in backward.values()][:-1]
        if name == "cosine_similarity":  # built in, with no signature to ask
            assert "cosine_similarity(x1, x2, dim=1, eps=1e-8)" in F.cosine_similarity.__doc__
            assert [(p.name, p.default) for p in ours.values()][2:] == [("dim", 1), ("eps", 1e-8)]
            continue
        theirs = inspect.signature(getattr(F, name)).parameters
        assert list(ours) == [key for key in theirs if key not in dropped]
        assert [p.default for p in ours.values()] == [
            p.default for key, p in theirs.items() if key not in dropped
        ]


A, B = np.zeros((2, 3)), np.zeros((2, 3))
T = np.array([0, 1])
MESSAGES = {
    "target: expected a shape that broadcasts with input's (2, 3), got (2,)": lambda f: f.kl_div(
        A, np.zeros(2)
    ),
    "x2: expected a shape that broadcasts with x1's (2, 3), got (2,)": lambda f: f.cosine_similarity(
        A, np.zeros(2)
    ),
    "input: expected an array of float32 or float64, got int64": lambda f: f.mse_loss([1, 2], [0.5, 1.0]),
    "target: expected an array of float32 or float64, got float16": lambda f: f.l1_loss(
        A, A.astype(np.float16)
    ),
    "input: expected an array of float32 or float64, got bool": lambda f: f.softmax([True]),
    "input: expected an array of real numbers, got 'x'": lambda f: f.softmax("x"),
    "input: expected an array of real numbers, got tensor(": lambda f: f.softmax(
        torch.ones(2, requires_grad=True)
    ),
    "input: expected an array of real numbers, got masked entries": lambda f: f.softmax(
        np.ma.masked_array([1.0, 2.0], [True, False])
    ),
    "reduction: expected one of mean, sum, none, got 'batchmean'": lambda f: f.mse_loss(A, B, "batchmean"),
    "reduction: expected one of mean, sum, batchmean, none, got 'max'": lambda f: f.d_kl_div(A, B, "max"),
    "log_target: expected True or False, got 'no'": lambda f: f.kl_div(A, B, log_target="no"),
    "grad_output: expected a number, or an array of the value's shape (), got shape (2, 3)": lambda f: (
        f.d_mse_loss(A, B, grad_output=A)
    ),
    "weight: expected the shape of input, (2, 3), got (3,)": lambda f: f.mse_loss(A, B, weight=np.ones(3)),
    "beta: expected a number >= 0, got -1": lambda f: f.smooth_l1_loss(A, B, beta=-1),
    "delta: expected a finite number > 0, got 0": lambda f: f.huber_loss(A, B, delta=0),
    "var: expected entries >= 0, got -1": lambda f: f.gaussian_nll_loss(A, B, A - 1),
    "var: expected entries >= 0, got -3": lambda f: f.gaussian_nll_loss(A[0], B[0], np.array([NAN, -3, 1])),
    "var: expected entries >= 0, got -2": lambda f: f.gaussian_nll_loss(A[:0], B[:0], -2.0),
    "var: expected input's shape (2, 3), or that without its last axis": lambda f: f.gaussian_nll_loss(
        A, B, np.ones(3)
    ),
    "dim: expected an axis of an array of shape (3,), got 1": lambda f: f.cosine_similarity(A[0], B[0]),
    "dim: expected a whole number >= -2, got -3": lambda f: f.softmax(A, -3),
    "dtype: expected np.float32 or np.float64, got": lambda f: f.softmax(A, 0, np.int64),
    "input: expected an array with an axis of classes": lambda f: f.cross_entropy(0.0, 0.0),
    "input: expected at least one class, got shape (1, 0)": lambda f: f.cross_entropy(
        np.ones((1, 0)), [-100]
    ),
    "target: expected classes from 0 to 2, got 3": lambda f: f.cross_entropy(A, T + 2),
    "target: expected probabilities of shape (2, 3), or whole numbers of shape (2,), got float64": lambda f: (
        f.cross_entropy(A, T * 1.0)
    ),
    "target: expected an array of float32 or float64, got int64": lambda f: f.cross_entropy(A, B.astype(int)),
    "weight: expected one number a class, 3, got shape (2,)": lambda f: f.cross_entropy(A, T, np.ones(2)),
    "weight: expected input's type float64, got float32": lambda f: f.cross_entropy(
        A, T, np.ones(3, np.float32)
    ),
    "ignore_index: expected no index to ignore, with probabilities, got 1": lambda f: f.cross_entropy(
        A, B, ignore_index=1
    ),
    "label_smoothing: expected a number in [0, 1], got 1.5": lambda f: f.cross_entropy(
        A, T, label_smoothing=1.5
    ),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_what_does_not_fit_is_refused(message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        MESSAGES[message](dl.functional)


def test_a_foreign_byte_order_and_a_list_are_fine():
    a = np.array([0.5, 1.5])
    expected = dl.functional.mse_loss(a, [0.0, 0.0])
    assert dl.functional.mse_loss(a.astype(">f8"), np.zeros(2, "<f8")) == expected == 1.25
    foreign = a.astype(a.dtype.newbyteorder())
    assert (
        dl.functional.softmax(foreign, 0).dtype == dl.functional.d_mse_loss(foreign, a).input.dtype == a.dtype
    )


def test_it_is_reached_both_ways():
    import divlite.functional

    assert divlite.functional is dl.functional
    assert "functional" in dir(dl)
