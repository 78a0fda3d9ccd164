"""Imported first: Ctrl-C ends the command line quietly, with exit code 130, from its first import on.

A KeyboardInterrupt would end in a traceback through NumPy, which is imported before anything could catch it.
Where divlite is a library and not the program, nothing is done.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any, NoReturn


def is_program(argv: Sequence[str], original: Sequence[str]) -> bool:
    """Whether this process is the `divlite` command, or `python -m divlite`.

    argv, original: `sys.argv` and `sys.orig_argv`. While Python looks for the module of -m, argv[0] is "-m".
    """
    if not argv or argv[0] != "-m":
        return bool(argv) and os.path.splitext(os.path.basename(argv[0]))[0] == "divlite"
    return "-mdivlite" in original or ("-m", "divlite") in pairwise(original)


def stop(number: int, _: Any = None) -> NoReturn:
    """The handler: end at once. An exception could be lost, or become another, in what is being imported."""
    with suppress(OSError):
        if os.isatty(2):
            os.write(2, b"\n")  # after the ^C
    os._exit(128 + number)


PROGRAM = is_program(getattr(sys, "argv", ()), sys.orig_argv)

# A process that was started to ignore Ctrl-C (nohup, a shell's &) has another handler, and keeps it.
if PROGRAM and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, stop)
