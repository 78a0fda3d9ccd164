"""The command as a process: its three streams, the signals that end it, and its exit code."""

import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO, cast

from .. import _startup

BAD_INPUT, INTERRUPTED, CLOSED_PIPE = 2, 128 + 2, 128 + 13


class OutputError(OSError):
    """An output that could not be written, said in one line that names it."""


@contextmanager
def naming(output: str) -> Generator[None]:
    """Inside, what cannot be written is an OutputError that names the output; a BrokenPipeError stays one."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror or error}") from error


def say(*lines: str) -> None:
    """Print the lines now. Raises: OutputError, which names the standard output; BrokenPipeError."""
    if lines:
        with naming("standard output"):
            print(*lines, sep="\n", flush=True)


def complain(line: str) -> None:
    """A line on stderr; where nobody can read it, the exit code has to do."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def guarded(command: Callable[[], int]) -> int:
    """Run the command: its exit code. What ends it early is said in one line, and never in a traceback."""
    with _streams():
        try:
            return _finished(command)
        except BrokenPipeError:  # the reader went away, as `| head` does
            return CLOSED_PIPE
        except KeyboardInterrupt:
            return INTERRUPTED
        except (ValueError, OSError, ModuleNotFoundError, MemoryError) as error:
            complain(f"divlite: error: {_line(error)}")
            return BAD_INPUT


def _finished(command: Callable[[], int]) -> int:
    """The exit code, argparse's too, once everything printed has left: a full disk may show only then."""
    try:
        code = command()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    with naming("standard output"):
        sys.stdout.flush()
    return code


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return str(error) or "out of memory"


@contextmanager
def _streams() -> Generator[None]:
    """All three streams open, whatever the shell closed; and nothing left in them that cannot be written.

    A name that is no text, or a letter that the terminal does not know, is printed as its escape.
    """
    _open_closed()
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout is sys.__stdout__:
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in cast("list[TextIO]", [sys.stdout, sys.stderr]):
            try:
                stream.flush()
            except (OSError, ValueError):
                # Python would try once more when it exits, and complain.
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_closed() -> None:
    """/dev/null in the place of a closed stream, or the next file opened would be taken for it.

    Reading alone for the standard output: what is printed there is lost, and that is an error.
    """
    for fd, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, flags), True)
    # Python has None for a stream that was closed when it began, and print(file=None) prints elsewhere.
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = os.fdopen(1, "w", errors="backslashreplace", closefd=False)
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stderr = os.fdopen(2, "w", errors="backslashreplace", closefd=False)


@contextmanager
def tidied(tidy: Callable[[], object]) -> Generator[None]:
    """Inside, a signal that ends the program tidies up first. In a library it is the caller's, and raises."""
    if not _startup.PROGRAM:
        yield
        return

    def end(number: int, _: Any) -> None:
        tidy()
        _startup.stop(number)

    ends = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {n: signal.signal(n, end) for n in ends if signal.getsignal(n) is not signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
