"""What the tests share: the articles' experiment, and every loss there is."""

import signal

import pytest
import torch

import divlite as dl

P = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
GRID = dl.Grid.linspace(-15, 15, 1000)
# Every loss, and the combinator round a loss of one sum and a loss of several.
LOSSES = (
    *dl.LOSSES,
    dl.Smoothed(dl.ForwardKL(), 1e-12),
    dl.Smoothed(dl.ReverseKL(), 1e-6),
    dl.Smoothed(dl.Cosine(), 1e-3),
)


def label(loss: object) -> str:
    return repr(loss)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """These tensors are too small to share out, and waiting for a second thread costs ms a step."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def _interruptible():
    """A shell's background job ignores Ctrl-C, and so would every command that is started from it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(params=LOSSES, ids=label)
def loss(request: pytest.FixtureRequest):
    return request.param


@pytest.fixture(params=dl.BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param
