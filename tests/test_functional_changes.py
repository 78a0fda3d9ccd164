"""What older torch did, against its sources' formulas written in today's torch and differentiated by it.

The formulas come from the commits that CHANGES names; no old version is run.
"""

import inspect
import itertools
import math

import numpy as np
import pytest
import torch
from functional_oracle import DIFFERENTIABLE, assert_close, by_torch

import divlite as dl

INF, NAN = math.inf, math.nan
EDGES = np.array(list(itertools.product([0.5, 0.0, -1.0, -INF, NAN], [0.0, -0.0, -0.5, 0.25, 1.0, NAN]))).T


def old_kl_div(input, target, reduction="mean", log_target=False):
    """aten/src/ATen/native/Loss.cpp up to 1.12."""
    if log_target:
        entries = torch.exp(target) * (target - input)
    else:
        entries = torch.where(target > 0, target * (torch.log(target) - input), torch.zeros_like(target))
    divisor = {"mean": entries.numel(), "batchmean": len(input)}.get(reduction, 1)
    return entries if reduction == "none" else entries.sum() / divisor


def old_cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """aten/src/ATen/native/Distance.cpp up to 1.11."""
    w12, w1, w2 = (x1 * x2).sum(dim), (x1 * x1).sum(dim), (x2 * x2).sum(dim)
    return w12 / (w1 * w2).clamp_min(eps * eps).sqrt()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum", "batchmean"])
@pytest.mark.parametrize("log_target", [False, True])
def test_old_kl_div(dtype, reduction, log_target):
    """Its gradients were written by hand; where t > 0, they are what the formula gives."""
    rng = np.random.default_rng(2)
    input, t = rng.normal(0, 1, (4, 3)).astype(dtype), rng.uniform(0.1, 1, (4, 3)).astype(dtype)
    arguments = {"input": input, "target": t, "reduction": reduction, "log_target": log_target}
    value, gradients = by_torch("kl_div", arguments, 1.0, old_kl_div)
    assert_close(dl.functional.kl_div_until_1_12(**arguments), value, 20.0, "value")
    gradient = dl.functional.d_kl_div_until_1_12(**arguments)
    for field in gradient._fields:
        assert_close(getattr(gradient, field), gradients[field], 20.0, field)


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_old_kl_div_at_its_edges(reduction):
    input, t = EDGES
    expected = old_kl_div(torch.tensor(input), torch.tensor(t), reduction).numpy()
    np.testing.assert_array_equal(dl.functional.kl_div_until_1_12(input, t, reduction), expected)
    gradient = dl.functional.d_kl_div_until_1_12(input, t, reduction)
    # kl_div_backward_cpu and kl_div_target_backward of 1.12.
    np.testing.assert_array_equal(gradient.input, np.where(t > 0, -t, 0))
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gradient.target, np.where(t == 0, 0, np.log(t) + 1 - input))


def test_old_kl_div_counts_as_zero_what_is_nan_now():
    old, new = dl.functional.kl_div_until_1_12, dl.functional.kl_div
    assert old([-1.0], [-0.5], "sum") == 0.0
    assert math.isnan(new([-1.0], [-0.5], "sum"))
    assert dl.functional.d_kl_div_until_1_12([-1.0], [0.0]).target == 0.0
    assert math.isnan(dl.functional.d_kl_div([-1.0], [0.0]).target[0])
    with pytest.raises(ValueError, match=r"^target: expected the shape of input, \(1,\), got \(2,\)"):
        dl.functional.d_kl_div_until_1_12([-1.0], [0.5, 0.5])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(4, 3), (3,), (), (2, 5, 3), (0, 3)], ids=str)
def test_old_cosine_similarity(shape, dtype):
    rng = np.random.default_rng(3)
    x1, x2 = (np.asarray(rng.uniform(0.5, 2, shape), dtype) for _ in range(2))
    axes = max(len(shape), 1)
    for dim, eps in itertools.product(range(-axes, axes), (1e-8, 5.0)):
        arguments = {"x1": x1, "x2": x2, "dim": dim, "eps": eps}
        of_value = np.delete(shape, dim).astype(int) if shape else ()
        for grad_output in (1.0, rng.normal(0, 1, of_value)):
            value, gradients = by_torch("cosine_similarity", arguments, grad_output, old_cosine_similarity)
            assert_close(dl.functional.cosine_similarity_until_1_11(**arguments), value, 1.0, "value")
            gradient = dl.functional.d_cosine_similarity_until_1_11(**arguments, grad_output=grad_output)
            for field in gradient._fields:
                assert_close(getattr(gradient, field), gradients[field], 4.0, field)


def test_old_cosine_similarity_takes_one_shape():
    with pytest.raises(ValueError, match=r"^x2: expected x1's shape \(2, 1\), got \(2,\)"):
        dl.functional.cosine_similarity_until_1_11([[1.0], [2.0]], [1.0, 2.0])


def test_the_clamps_of_old_and_new_cosine_similarity_differ():
    """A short vector beside a long one: their product is over eps^2, and one length is below eps."""
    short, long = [1e-9, 0.0], [1e3, 0.0]
    assert dl.functional.cosine_similarity_until_1_11(short, long, 0) == pytest.approx(1.0, rel=1e-15)
    assert dl.functional.cosine_similarity(short, long, 0) == pytest.approx(0.1, rel=1e-15)


def test_each_formula_is_in_the_table_with_the_arguments_of_todays():
    old = [change for change in dl.functional.CHANGES if change.formula]
    assert {change.function for change in old} == {"kl_div", "cosine_similarity"}
    for change in old:
        assert change.function in DIFFERENTIABLE
        name = f"{change.function}_until_{change.until.replace('.', '_')}"
        assert change.formula is getattr(dl.functional, name)
        assert change.d_formula is getattr(dl.functional, "d_" + name)
        for prefix in ("", "d_"):
            then, now = (
                inspect.signature(getattr(dl.functional, prefix + of)) for of in (name, change.function)
            )
            assert then.parameters == now.parameters
