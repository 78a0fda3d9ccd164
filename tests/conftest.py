"""What the tests share: the articles' experiment, and every loss there is."""

import gc
import math
import os
import pickle
import re
import signal
import zlib
from functools import lru_cache, partial

import numpy as np
import pytest
import torch

import divlite as dl
from divlite import setting
from divlite.cli import main
from divlite.evidence import complete
from divlite.language import catalogue
from divlite.losses import protocol
from divlite.numpy_backend import total
from divlite.rounding import EXACT, sizes
from divlite.subjects import autograd, subject

# These tensors are too small to share out, and waiting for a second thread costs ms a step.
torch.set_num_threads(1)
# What is made from here to the end of the collection stays to the end: there is no garbage to look for in it.
gc.disable()

P = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
GRID = dl.Grid.linspace(-15, 15, 1000)
# The combinator round losses of one sum and one of several.
SMOOTHED = (
    dl.Smoothed(dl.ForwardKL(), 1e-12),
    dl.Smoothed(dl.ReverseKL(), 1e-6),
    dl.Smoothed(dl.Cosine(), 1e-3),
)
LOSSES = (*dl.LOSSES, *SMOOTHED)
DENSITY_LOSSES = tuple(loss for loss in LOSSES if hasattr(loss, "d_log_q"))  # those that see densities


# A second or so each; tests of one process share them. Typed, because two
# NamedTuples without fields, such as losses that tests write, are equal.
once = lru_cache(None, typed=True)


def derive(what, wrt=None, coordinates=None):
    """The derivation of a loss, or of the subject of that name."""
    return _derived(what, wrt, None if coordinates == dl.Sigma() else coordinates)


@once
def _derived(what, wrt, coordinates):
    return subject(what, wrt, coordinates).derivation()


@once
def explained(what):
    """The page of a loss, or of the subject of that name, with all witnesses, as `dl.explain` makes it."""
    found = subject(what)
    page = complete.page(derive(what), found, partial(autograd, found))
    return dl.Explanation(page._replace(parts=tuple(page.parts)))


def remembered(function):
    """The function, called once for each set of arguments; but for what cannot be pickled, every time."""
    known = {}

    def call(*arguments, **options):
        try:
            asked = pickle.dumps((arguments, options))
        except (pickle.PicklingError, AttributeError):  # a class that lives in a test, say
            return function(*arguments, **options)
        if asked not in known:
            known[asked] = function(*arguments, **options)
        return known[asked]

    return call


def spelled(text: str, letter: str = "\N{HIRAGANA LETTER A}", each: int = 1) -> str:
    """The text in a made-up language: this letter for each one, or so many, of those outside its objects."""
    pattern = re.compile(f"({catalogue.OBJECT.pattern})|[A-Za-z]{{1,{each}}}", re.DOTALL)
    return pattern.sub(lambda found: found[1] or letter, text)


def run(capsys, *argv):
    """(exit code, stdout, stderr)."""
    try:
        code = main(argv)
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


def label(loss: object) -> str:
    return repr(loss)


def rng_of(subject: object) -> np.random.Generator:
    """Random numbers that are this subject's own: another subject more, or fewer, does not change them."""
    return np.random.default_rng(zlib.crc32(repr(subject).encode()))


def assert_same(loss, p, q, grid, got, expected):
    """Two values and gradients, within some units of eps times the size of the terms, whatever the loss.

    An infinite loss is so in both; its gradient may be NaN.
    """
    (value, gradient), (right, right_gradient) = got, expected
    if math.isinf(right):
        assert value == right
        return
    size, size_of_gradient = sizes(setting.checked(loss, p, grid, q), q.mu, q.sigma)
    assert 0.0 < size < math.inf
    assert 0.0 < size_of_gradient < math.inf
    assert abs(value - right) <= EXACT * size
    assert math.dist(gradient, right_gradient) <= EXACT * size_of_gradient


def largest_term(loss, log_p, log_q, w) -> float:
    """The largest |term| of the sensitivities dL/dlog q_i: one is a sum over the sums of its loss."""
    with np.errstate(all="ignore"):
        at = np.exp(log_p), log_p, np.exp(log_q), log_q
        slopes = protocol.d_finish(loss, total(protocol.scale(protocol.value(loss, *at), w)))
        terms = protocol.scale(protocol.d_log_q(loss, *at), w)
        return np.max(protocol.dot(protocol.each(abs, slopes), protocol.each(abs, terms)))


ON_PAGES = ("derivations", "evidence", "explain", "pages", "printers", "readme", "theorems")


def pytest_collection_modifyitems(items):
    """Those that share derivations and pages come first, together: so one process makes most of them."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in ON_PAGES)


def pytest_collection_finish():
    """From here on garbage is collected, but none among the libraries and thousands of tests.

    SymPy and Numba make many small things that live on: Python's thresholds would look at them all, again
    and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _interruptible():
    """A shell's background job ignores Ctrl-C, and so would every command that is started from it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def _bytecode():
    """The commands that tests start keep divlite's bytecode, as anybody's do, also where this process was
    told to write none: each of them would compile a hundred and fifty modules before its first line."""
    before = os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    yield
    if before is not None:
        os.environ["PYTHONDONTWRITEBYTECODE"] = before


@pytest.fixture(params=LOSSES, ids=label)
def loss(request: pytest.FixtureRequest):
    return request.param


@pytest.fixture(params=dl.BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=DENSITY_LOSSES, ids=label)
def density_loss(request: pytest.FixtureRequest):
    return request.param
