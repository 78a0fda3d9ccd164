"""The parts of a sweep, computed one after the other, by threads, or by an executor of the caller's."""

import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from threading import Event
from typing import Any, NoReturn, Protocol, TypeAlias

import numpy as np

from .._types import Progress
from ..backend import unheard

Columns: TypeAlias = tuple[np.ndarray[Any, Any], ...]
Span: TypeAlias = tuple[int, int]

IN_FLIGHT = 256  # parts given to an executor before the first is done: for a cluster, and for the memory
NO_WORK = "one that takes work, and is not shut down before the end"


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


def computed(task: Task, spans: list[Span], executor: Any, threads: int) -> Generator[tuple[Span, Columns]]:
    """The spans with what was found for each, in their order."""
    if executor is not None:
        yield from _by_executor(executor, task, spans)
    elif threads == 1 or len(spans) < 2:
        for span in spans:
            yield span, task.part(*span).run(unheard)
    else:
        yield from _by_threads(task, spans, threads)


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
