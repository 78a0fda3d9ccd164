"""Imported before all else: Ctrl-C while the command line still imports ends it quietly, with exit code 130.

Until `divlite.cli.main` runs there is nothing to tidy up, and nothing that could catch a KeyboardInterrupt:
it would end in a traceback through NumPy. Where divlite is a library and not the program, nothing is done.
"""

import os
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

INTERRUPTED = 128 + signal.SIGINT


def is_program(argv: Sequence[str], original: Sequence[str]) -> bool:
    """Whether this process is the `divlite` command, or `python -m divlite`.

    argv, original: `sys.argv` and `sys.orig_argv`. While Python looks for the module of -m, argv[0] is "-m".
    """
    if not argv or argv[0] != "-m":
        return bool(argv) and os.path.splitext(os.path.basename(argv[0]))[0] == "divlite"
    return "-mdivlite" in original or ("-m", "divlite") in pairwise(original)


def stop(*_: Any) -> NoReturn:
    """The handler: at once, for an exception could be lost in the C code of what is being imported."""
    os._exit(INTERRUPTED)


PROGRAM = is_program(getattr(sys, "argv", ()), sys.orig_argv)

# A process that was started to ignore Ctrl-C (nohup, a shell's &) has another handler, and keeps it.
if PROGRAM and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, stop)
