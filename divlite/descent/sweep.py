"""A sweep: many items of one kind, computed in parts, by threads or by an executor of the caller's.

What an item is computed to does not depend on the part that it is in. So the results are the same bits
however the items are shared out, in whatever order, and whether or not a sweep was ended and started again.
"""

import os
import pickle
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from threading import Event
from typing import Any, NamedTuple, NoReturn, Protocol, TypeAlias

import numpy as np

from .. import _check
from .._types import Progress
from ..backend import unheard
from .checkpoint import Checkpoint

Columns: TypeAlias = tuple[np.ndarray[Any, Any], ...]
Span: TypeAlias = tuple[int, int]

PART = 20_000_000  # points of the grid, times steps, in one part: some tens of ms on one CPU
IN_FLIGHT = 256  # parts given to an executor before the first is done: for a cluster, and for the memory
NO_WORK = "one that takes work, and is not shut down before the end"
PAUSE = 1.0  # seconds at least between two writes of a checkpoint, and ten times what a write takes


class Task(Protocol):
    """What a sweep computes: a picklable value, such as a NamedTuple, which holds all that it depends on.

    size: the number of items. grain: how many make a part of some tens of ms.
    dtypes: those of the columns. part(first, last): the task of these items alone.
    run(progress): a column of each dtype, one entry an item; a pure function. It calls progress(done) every
    so often, which may raise.
    """

    @property
    def size(self) -> int: ...

    @property
    def grain(self) -> int: ...

    @property
    def dtypes(self) -> tuple[str, ...]: ...

    def part(self, first: int, last: int, /) -> "Task": ...

    def run(self, progress: Progress, /) -> Columns: ...


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
        with closing(_computed(task, spans, by)) as parts:
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


def _computed(task: Task, spans: list[Span], by: Means) -> Generator[tuple[Span, Columns]]:
    """The spans with what was found for each, in their order."""
    if by.executor is not None:
        yield from _by_executor(by.executor, task, spans)
    elif by.threads == 1 or len(spans) < 2:
        for span in spans:
            yield span, task.part(*span).run(unheard)
    else:
        yield from _by_threads(task, spans, by.threads)


def _by_executor(executor: Any, task: Task, spans: list[Span]) -> Generator[tuple[Span, Columns]]:
    """Raises: ValueError for an executor that has been shut down, before or while the sweep was computed."""
    from concurrent.futures import BrokenExecutor, CancelledError

    def submit(*work: Any) -> Any:
        try:
            return executor.submit(*work)
        except BrokenExecutor:  # as it is raised while a result is awaited
            raise
        except RuntimeError as error:
            _refused(NO_WORK, f"{type(executor).__name__}: {error}", error)

    try:
        yield from _in_order(submit, task, spans, unheard, IN_FLIGHT)
    except CancelledError as error:
        _refused(NO_WORK, f"{type(executor).__name__}: its work was cancelled", error)


def _refused(expected: str, got: str, error: Exception) -> NoReturn:
    raise ValueError(f"executor: expected {expected}, got {' '.join(got.split())}") from error


def _by_threads(task: Task, spans: list[Span], threads: int) -> Generator[tuple[Span, Columns]]:
    from concurrent.futures import ThreadPoolExecutor  # and with it logging: not at divlite's start

    ended = Event()

    def alive(done: int) -> None:
        if ended.is_set():
            raise _EndedError

    task.part(0, 0).run(unheard)  # what is compiled is compiled once, and here, where Ctrl-C can end it
    pool = ThreadPoolExecutor(threads, "divlite")
    try:
        yield from _in_order(pool.submit, task, spans, alive, 4 * threads)
    finally:
        ended.set()
        # Not waited for: each thread ends by itself, at the next call of `alive`.
        pool.shutdown(wait=False, cancel_futures=True)


class _EndedError(Exception):
    """Raised in a thread whose sweep has been ended."""


def _run(part: Task, progress: Progress) -> Columns:
    """What is submitted: a function that another process can import."""
    return part.run(progress)


def _in_order(
    submit: Callable[..., Any], task: Task, spans: Iterable[Span], progress: Progress, most: int
) -> Generator[tuple[Span, Columns]]:
    """Submit the parts, at most so many ahead of the first that is not done.

    Raises: ValueError where the executor cannot send the task to its workers.
    """
    ahead: deque[tuple[Span, Any]] = deque()
    try:
        for span in spans:
            ahead.append((span, submit(_run, task.part(*span), progress)))
            if len(ahead) == most:
                yield _first(ahead)
        while ahead:
            yield _first(ahead)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        _not_sent(task.part(0, 1), error)
    finally:
        for _, future in ahead:
            with suppress(Exception):  # of someone else's futures, some cannot be cancelled
                future.cancel()


def _first(ahead: deque[tuple[Span, Any]]) -> tuple[Span, Columns]:
    """Wait for the part that was submitted first."""
    span, future = ahead.popleft()
    return span, future.result()


def _not_sent(part: Task, error: Exception) -> NoReturn:
    """Say so if the task cannot be pickled; else the error is another one, and raised as it is."""
    try:
        pickle.dumps(part)
    except Exception:
        _refused("arguments that can be sent to its workers", str(error), error)
    raise error
