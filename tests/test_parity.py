"""numpy, numba and torch give the same numbers: values, gradients, sensitivities, whole paths.

The torch backend shares no formula with the others. Tolerances are stated once, here:

    values, gradients   rounding.EXACT times the size of the terms (`rounding`), whatever the loss
    d_log_q             rounding.EXACT times the largest |term|
    paths               all steps: 1e-10, and with a kink 1e-3, a step of the optimiser (`rounding.jumps`)
"""

import importlib
import math

import numpy as np
import pytest

import divlite as dl
from conftest import GRID, LOSSES, SMOOTHED, P, assert_same, label, largest_term, rng_of
from divlite.rounding import EXACT, jumps

PATH, PATH_AT_KINKS = 1e-10, 1e-3

OTHERS = ("numba", "torch")


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("weights", dl.grid.WEIGHTS)
def test_values_and_gradients(loss, other, weights):
    rng = rng_of(loss)
    grid = dl.Grid.from_points(np.sort(rng.uniform(-15, 15, 700)), weights)
    finite = 0
    for _ in range(25):
        q = dl.Normal(rng.uniform(-12, 12), math.exp(rng.uniform(-1, 2)))
        got, expected = (dl.value_and_grad(loss, P, q, grid, backend) for backend in (other, "numpy"))
        assert_same(loss, P, q, grid, got, expected)
        finite += math.isfinite(expected[0])
    assert finite > 5


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(
    "p",
    [dl.Normal(3, 2), dl.Mixture((0.2, 5, 1), (dl.Normal(-9, 1), dl.Normal(0, 3), dl.Normal(8, 0.2))), None],
    ids=["normal", "mixture", "tabulated"],
)
def test_every_kind_of_target(loss, other, p):
    p = dl.Tabulated.from_density(np.maximum(0, np.sin(GRID.x)) + 0.1) if p is None else p
    q = dl.Normal(1.0, 2.0)
    got, expected = (dl.value_and_grad(loss, p, q, GRID, backend) for backend in (other, "numpy"))
    assert_same(loss, p, q, GRID, got, expected)


@pytest.mark.parametrize("other", OTHERS)
def test_sensitivities(density_loss, other):
    rng = rng_of(density_loss)
    for size in (2, 7, 64, 501):
        at = rng.normal(-3, 2, size), rng.normal(-3, 2, size), rng.uniform(0, 1, size)
        got, expected = (dl.d_log_q(density_loss, *at, backend) for backend in (other, "numpy"))
        np.testing.assert_allclose(got, expected, rtol=0, atol=EXACT * largest_term(density_loss, *at))


# Of a loss that reaches both modes, and of one with logs of sums: no error grows over 10,000 steps.
LONG = (dl.ForwardKL(), dl.JensenShannon())


@pytest.mark.parametrize("loss", [*dl.LOSSES, SMOOTHED[0]], ids=label)
def test_whole_paths(loss):
    """Every step of mu, sigma and the loss, from where the articles start.

    10,000 steps for two losses, and for the others 4,000 that are longer. torch takes some 0.5 ms a step,
    and goes all the way for forward KL, and half of it for the others.
    """
    steps, lr = (10_000, 1e-3) if loss in LONG else (4_000, 2.5e-3)
    half = steps if loss == dl.ForwardKL() else steps // 2

    def path(backend, steps):
        return dl.fit(loss, P, dl.Normal(0, 1), GRID, optimizer=dl.adam(lr), steps=steps, backend=backend)

    reference = path("numpy", steps)
    tolerance = PATH_AT_KINKS if jumps(loss) else PATH
    for got in (path("numba", steps), path("torch", half)):
        end = got.mu.size
        assert end in (steps + 1, half + 1)
        for name in ("mu", "sigma", "loss"):
            expected = getattr(reference, name)[:end]
            np.testing.assert_allclose(getattr(got, name), expected, rtol=tolerance, atol=tolerance)
        assert got.q == (got.mu[-1], got.sigma[-1])


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(
    "coordinates", [dl.Sigma(), dl.Variance(), dl.Variance(math.pi), dl.LogSigma()], ids=repr
)
@pytest.mark.parametrize(
    "optimizer",
    [dl.sgd(0.05), dl.sgd(0.02, 0.9), dl.adam(0.05), dl.adam(0.05, (0.8, 0.99), 1e-3, epsilon_hat=True)],
    ids=repr,
)
def test_optimizers_and_coordinates(other, coordinates, optimizer):
    """torch's own optimisers, through every coordinate; epsilon-hat among them."""
    arguments = {"optimizer": optimizer, "steps": 200, "coordinates": coordinates}
    reference = dl.fit(dl.ForwardKL(), P, dl.Normal(1, 2), GRID, backend="numpy", **arguments)
    got = dl.fit(dl.ForwardKL(), P, dl.Normal(1, 2), GRID, backend=other, **arguments)
    for name in ("mu", "sigma", "loss"):
        np.testing.assert_allclose(getattr(got, name), getattr(reference, name), rtol=PATH, atol=PATH)


@pytest.mark.parametrize("loss", [*dl.LOSSES, dl.Smoothed(dl.MSE(), 1.0)], ids=label)
def test_no_backend_lacks_a_loss(loss):
    """By name: a loss in dl.LOSSES without an oracle, or one that does not compile, is named here."""
    oracles = importlib.import_module("divlite_torch").ORACLES
    assert type(loss) in oracles, f"divlite_torch has no oracle for {type(loss).__name__}"
    for backend in dl.BACKENDS:
        value, _ = dl.value_and_grad(loss, P, dl.Normal(0, 1), GRID, backend)
        assert math.isfinite(value), f"{backend} has no value for {type(loss).__name__}"


def test_small_weights_are_not_clamped():
    """As torch's Categorical does with probabilities below 2e-16."""
    p, q = dl.Mixture((1, 1e-20), (dl.Normal(-9, 1), dl.Normal(9, 1))), dl.Normal(9, 1)
    expected, _ = dl.value_and_grad(dl.ReverseKL(), p, q, GRID, "numpy")
    assert dl.value_and_grad(dl.ReverseKL(), p, q, GRID, "torch")[0] == pytest.approx(expected, rel=EXACT)


def test_torch_under_no_grad():
    import torch

    with torch.no_grad():
        assert dl.value_and_grad(dl.MSE(), P, dl.Normal(0, 1), GRID, "torch")[1].sigma != 0


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_torch_takes_as_many_steps_as_it_is_told(steps, monkeypatch):
    import torch

    taken = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (taken.append(1), step(self)))
    fit = dl.fit(dl.MSE(), P, dl.Normal(0, 1), GRID, optimizer=dl.sgd(0.1), steps=steps, backend="torch")
    assert len(taken) == steps == fit.mu.size - 1


def test_torch_says_what_its_precision_or_machine_lacks():
    import torch

    import divlite_torch

    single = divlite_torch.backend(dtype=torch.float32)
    for q, name in (
        (dl.Normal(1e300, 1), "mu"),
        (dl.Normal(0, 1e-200), "sigma"),
        (dl.Normal(0, 1e200), "sigma"),
    ):
        with pytest.raises(ValueError, match=f"^{name}: expected a number within the range of torch.float32"):
            dl.value_and_grad(dl.MSE(), P, q, GRID, single)
        with pytest.raises(ValueError, match=f"^{name}: expected a number within the range of torch.float32"):
            dl.fit(dl.MSE(), P, q, GRID, optimizer=dl.sgd(0.1), steps=1, backend=single)
    for dtype in (torch.int64, torch.complex64, torch.float8_e4m3fn, "float32"):
        with pytest.raises(
            ValueError, match=r"^dtype: expected one of torch.float64, torch.float32, .*, got"
        ):
            divlite_torch.backend(dtype=dtype)
    with pytest.raises(ValueError, match=r"^device: expected one that torch has, got 'quantum': "):
        divlite_torch.backend(device="quantum")


@pytest.mark.parametrize("q", [dl.Normal(0, 1e-160), dl.Normal(1e160, 1e160), dl.Normal(0, 1e308)], ids=repr)
def test_torch_does_not_square_sigma(q):
    """torch's own Normal does, and has a variance of 0 or inf where the others have numbers."""
    for loss in (dl.MSE(), dl.ForwardKL()):
        expected, _ = dl.value_and_grad(loss, P, q, GRID, "numpy")
        assert dl.value_and_grad(loss, P, q, GRID, "torch")[0] == pytest.approx(expected, rel=EXACT)


def test_torch_float32_is_float32():
    """The precision can be chosen: float32 agrees to float32's digits and no further."""
    import torch

    import divlite_torch

    single = divlite_torch.backend(dtype=torch.float32)
    q = dl.Normal(0.3, 1.5)
    expected, _ = dl.value_and_grad(dl.ForwardKL(), P, q, GRID, "numpy")
    got, _ = dl.value_and_grad(dl.ForwardKL(), P, q, GRID, single)
    assert 1e-12 < abs(got / expected - 1) < 1e-5
    path = dl.fit(dl.MSE(), P, q, GRID, optimizer=dl.adam(), steps=50, backend=single)
    assert np.array_equal(path.mu, path.mu.astype(np.float32))


def test_torch_on_cuda():
    """The device can be chosen: the same numbers come back from a GPU."""
    import torch

    import divlite_torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    gpu = divlite_torch.backend(device="cuda")
    q = dl.Normal(0.3, 1.5)
    for loss in LOSSES:
        got, expected = (dl.value_and_grad(loss, P, q, GRID, backend) for backend in (gpu, "numpy"))
        assert_same(loss, P, q, GRID, got, expected)
