"""The three articles that divlite grew out of: their printed figures, recomputed.

Each module here takes one article's experiments from its figures in published/*.json, runs them on
a backend, and returns a `Report`: tables of printed beside recomputed numbers, and drawings.
"""

import warnings
from collections.abc import Callable
from importlib import import_module

from .._types import Loss
from ..backend import Backend
from ..fitting import FitWarning
from ..losses import L1, MSE, Cosine, ForwardKL, ReverseKL
from .report import Report, Track

ARTICLES = ("understanding-kl", "forward-vs-reverse-kl", "kl-div-reductions")

# The losses that the articles speak of. divlite has more.
FIVE: tuple[Loss, ...] = (ForwardKL(), ReverseKL(), MSE(), L1(), Cosine())


def reproduce(article: str, backend: str | Backend = "numba", track: Track = iter) -> Report:
    """Every figure of the article, recomputed on the backend; `track` wraps the runs, to show progress.

    Raises: ValueError for an article of another name, with the names there are.
    """
    from .. import _check

    name = _check.one_of("article", article, ARTICLES).replace("-", "_")
    run: Callable[[str | Backend, Track], Report] = import_module(f"{__name__}.{name}").run
    with warnings.catch_warnings():
        # The articles' masses are 2 and 1, and some of their fits leave the window: that is their subject.
        warnings.simplefilter("ignore", FitWarning)
        return run(backend, track)
