"""dl.functional over the inputs that torch tests its own functions with."""

import importlib
import sys
import types
import unittest
import warnings

import numpy as np
import pytest
import torch
from functional_oracle import DIFFERENTIABLE, assert_torchs

import divlite as dl

# torch's table has each function under this name.
NAMES = {name: name if name.endswith("softmax") else "nn.functional." + name for name in DIFFERENTIABLE}


@pytest.fixture(scope="module")
def operators():
    """torch's table of operators, by name.

    Its module needs `expecttest` for the base class of torch's own tests, which are not run here. Where that
    is not installed, Python's own class stands in.
    """
    stand_in = types.ModuleType("expecttest")
    stand_in.TestCase = unittest.TestCase
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = sys.modules.setdefault("expecttest", stand_in)
        module = importlib.import_module("torch.testing._internal.common_methods_invocations")
        if before is stand_in:
            del sys.modules["expecttest"]
    table = {}
    for operator in module.op_db:
        table.setdefault(operator.name, []).append(operator)
    return table


def plain(value):
    """A tensor as the array of its numbers; torch's types as NumPy's."""
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    return {torch.float32: np.float32, torch.float64: np.float64}.get(value, value)


def call(sample):
    args = [plain(value) for value in (sample.input, *sample.args)]
    return args, {key: plain(value) for key, value in sample.kwargs.items()}


def samples(operators, name, dtype):
    torch.manual_seed(3)
    for operator in operators[NAMES[name]]:
        for sample in operator.sample_inputs("cpu", dtype, requires_grad=True):
            yield call(sample)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_torchs_own_samples(operators, name, dtype):
    count = 0
    for args, kwargs in samples(operators, name, dtype):
        arrays = [x for x in [*args, *kwargs.values()] if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        size = max([np.max(np.abs(x), initial=1.0) for x in arrays])
        assert_torchs(name, *args, size=2 * size**2, **kwargs)
        count += 1
    assert count >= 6


def test_what_torch_says_that_it_refuses_is_refused(operators):
    count = 0
    for name in DIFFERENTIABLE:
        for operator in operators[NAMES[name]]:
            for error in operator.error_inputs("cpu") if operator.error_inputs_func else ():
                args, kwargs = call(error.sample_input)
                with pytest.raises(ValueError, match=r"^(target|var|delta|reduction): expected "):
                    getattr(dl.functional, name)(*args, **kwargs)
                count += 1
    assert count >= 8
