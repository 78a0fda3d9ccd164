"""torch as the oracle of dl.functional: the same call to both, values and every gradient compared."""

import inspect
import math
import warnings
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F

import divlite as dl

# The arguments that torch differentiates by, and so the fields of what d_<name> returns.
DIFFERENTIABLE = {
    "kl_div": ("input", "target"),
    "mse_loss": ("input", "target", "weight"),
    "l1_loss": ("input", "target", "weight"),
    "smooth_l1_loss": ("input", "target"),
    "huber_loss": ("input", "target", "weight"),
    "gaussian_nll_loss": ("input", "target", "var"),
    "cosine_similarity": ("x1", "x2"),
    "cross_entropy": ("input", "target", "weight"),
    "softmax": ("input",),
    "log_softmax": ("input",),
}
DTYPES = {np.dtype(np.float32): torch.float32, np.dtype(np.float64): torch.float64}


@cache
def signature(name):
    return inspect.signature(getattr(dl.functional, name))


def bound(name, args, kwargs):
    """All arguments by name, as dl.functional names and orders them."""
    return dict(signature(name).bind(*args, **kwargs).arguments)


def as_tensor(value, differentiate=True):
    if not isinstance(value, np.ndarray | np.generic):
        return value
    tensor = torch.from_numpy(np.array(value))  # a copy: what comes in may be read-only
    return tensor.requires_grad_() if tensor.is_floating_point() and differentiate else tensor


def called(name, arguments, function=None):
    """The value, and a function of grad_output: the gradient by each argument, None where it has none."""
    # The weight of class indices has no derivative in torch, which says so only by an error.
    plain = name == "cross_entropy" and np.shape(arguments["input"]) != np.shape(arguments["target"])
    tensors = {
        key: as_tensor(value, differentiate=not (plain and key == "weight"))
        for key, value in arguments.items()
    }
    if isinstance(tensors.get("dtype"), type | np.dtype):
        tensors["dtype"] = DTYPES[np.dtype(tensors["dtype"])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of kl_div's "mean", of shapes that differ, of no dim
        value = (function or getattr(F, name))(**tensors)
    wanted = {
        key: tensors[key]
        for key in DIFFERENTIABLE[name]
        if isinstance(tensors.get(key), torch.Tensor) and tensors[key].requires_grad
    }

    def gradients(grad_output):
        g = torch.as_tensor(np.broadcast_to(grad_output, tuple(value.shape)).copy()).to(value.dtype)
        found = torch.autograd.grad(value, [*wanted.values()], g, retain_graph=True, allow_unused=True)
        return dict.fromkeys(DIFFERENTIABLE[name]) | {
            key: None if d is None else d.numpy() for key, d in zip(wanted, found, strict=True)
        }

    return value.detach().numpy(), gradients


def by_torch(name, arguments, grad_output, function=None):
    """The value, and the gradient by each argument (None where torch gives none)."""
    value, gradients = called(name, arguments, function)
    return value, gradients(grad_output)


def assert_close(got, expected, size, what, eps=0.0):
    """The same type and shape; the same NaN, inf and zeros by sign; and within some eps of the size.

    what: shown where it fails, a text or a tuple: arrays are not to be printed before.
    """
    assert isinstance(got, np.ndarray), what
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape), what
    finite = np.isfinite(expected)
    if not finite.all():
        np.testing.assert_array_equal(got[~finite], expected[~finite], what)
    assert np.isfinite(got[finite]).all(), what
    eps = max(eps, np.finfo(expected.dtype).eps)
    largest = max(size, float(np.max(np.abs(expected[finite]), initial=0.0)))
    bound = 32 * eps * largest + 32 * np.finfo(expected.dtype).smallest_subnormal
    off = np.abs(np.where(finite, got, 0) - np.where(finite, expected, 0))
    assert off.max(initial=0.0) <= bound, f"{what}: {got} is off by {off.max()} from {expected}"


def assert_torchs(name, *args, size=0.0, **kwargs):
    """Value and gradients are torch's, with grad_output 1 and a random one. size: that of a sum's terms.

    Of two types, torch takes some steps in the narrower one, and rounds there.
    """
    arguments = bound(name, args, kwargs)
    for value in arguments.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    value = getattr(dl.functional, name)(**arguments)
    expected, by_torch = called(name, arguments)
    given = [x for x in arguments.values() if isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f"]
    eps = max(np.finfo(x.dtype).eps for x in given)
    assert_close(value, expected, size, (name, arguments), eps)
    random = np.random.default_rng(5).normal(0, 1, expected.shape).astype(expected.dtype)
    for grad_output in (1.0, random):
        gradient = getattr(dl.functional, "d_" + name)(**arguments, grad_output=grad_output)
        assert gradient._fields == DIFFERENTIABLE[name]
        right = by_torch(grad_output)
        for field, d in gradient._asdict().items():
            what = f"d_{name} by {field}", arguments, grad_output
            if right[field] is None:
                assert d is None, what
            else:
                assert_close(d, right[field], size, what, eps)
    return math.prod(expected.shape)
