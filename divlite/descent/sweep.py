"""A sweep: many items of one kind, computed in parts, by threads or by an executor of the caller's.

What an item is computed to does not depend on the part that it is in. So the results are the same bits
however the items are shared out, in whatever order, and whether or not a sweep was ended and started again.
"""

import os
import time
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from .. import _check
from .._types import Progress
from ..backend import unheard
from .checkpoint import Checkpoint
from .parts import Columns, Span, Task, computed

PART = 20_000_000  # points of the grid, times steps, in one part: some tens of ms on one CPU
PAUSE = 1.0  # seconds at least between two writes of a checkpoint, and ten times what a write takes


class Means(NamedTuple):
    """How a sweep is computed: by an executor, or by so many threads; and who is told how far it is."""

    executor: Any
    threads: int
    progress: Progress


def means(executor: Any, threads: Any, progress: Any, most: int | None = None) -> Means:
    """The checked means; most: the number of threads where none is said, or as many as there are CPUs.

    Raises: ValueError for an executor without `submit`, for threads beside an executor, or below 1.
    """
    if executor is not None:
        _check.instance("executor", executor, ("submit",), "concurrent.futures.ProcessPoolExecutor()")
        if threads is not None:
            _check.fail("threads", "None beside an executor, which has its own", _check.shown(threads))
    number = (most or cpus()) if threads is None else _check.count("threads", threads, 1, 1024)
    return Means(executor, number, _check.callback("progress", progress, unheard))


def cpus() -> int:
    """The CPUs that this process may use."""
    own = getattr(os, "sched_getaffinity", None)
    return len(own(0)) if own else os.cpu_count() or 1


def sweep(task: Task, by: Means, checkpoint: Checkpoint | None = None) -> Columns:
    """Every item of the task, computed: its columns, each of shape (size,).

    by.progress is called with the number of items done. With a checkpoint, what it holds is not computed
    again, and what is computed is kept in it. Ctrl-C, and whatever progress raises, ends the sweep; what was
    done is then kept.
    """
    columns = tuple(np.zeros(task.size, dtype) for dtype in task.dtypes)
    done = np.zeros(task.size, bool)
    kept = (done, *columns)
    if checkpoint is not None:
        checkpoint.load(kept)
    spans, due = missing(done, _grain(task, by)), time.monotonic() + PAUSE
    by.progress(int(done.sum()))
    try:
        with closing(computed(task, spans, by.executor, by.threads)) as parts:
            for (first, last), found in parts:
                for column, values in zip(columns, found, strict=True):
                    column[first:last] = values
                done[first:last] = True
                if checkpoint is not None and time.monotonic() > due:
                    due = time.monotonic() + max(PAUSE, 10.0 * checkpoint.save(kept))
                by.progress(int(done.sum()))
    finally:
        if checkpoint is not None and spans:
            checkpoint.save(kept)
    return columns


def missing(done: np.ndarray[Any, Any], grain: int) -> list[Span]:
    """The items that are not done, as spans of at most `grain`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], done, [True]]).astype(np.int8)))
    return [
        (first, min(first + grain, end))
        for begin, end in edges.reshape(-1, 2).tolist()
        for first in range(begin, end, grain)
    ]


def _grain(task: Task, by: Means) -> int:
    """The task's own, or less where that would leave threads without work."""
    even = -(-task.size // (4 * by.threads))
    return task.grain if by.executor is not None or by.threads == 1 else max(1, min(task.grain, even))
