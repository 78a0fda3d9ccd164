"""The terminal that a person reads: how wide it is, and whether it has bold letters."""

import os
import stat
import sys

NARROWEST, WIDEST, UNKNOWN = 60, 120, 100


def width() -> int:
    """Columns for text: COLUMNS, or the terminal's, also where a pager such as less shows the output.

    A file gets 100, whatever the terminal is that writes it.
    """
    asked = os.environ.get("COLUMNS", "")
    columns = int(asked) if asked.isdecimal() and int(asked) else _terminal()
    return max(NARROWEST, min(columns, WIDEST))


def bold(text: str) -> str:
    """The text in bold letters on a terminal that has them; NO_COLOR, see no-color.org, wants none."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb" or not sys.stdout.isatty()
    return text if plain or not text else f"\033[1m{text}\033[0m"


def _terminal() -> int:
    try:
        if stat.S_ISREG(os.fstat(1).st_mode):
            return UNKNOWN
    except OSError:
        return UNKNOWN
    # Before a pager stands a pipe; the other streams still lead to the terminal.
    for fd in (1, 2, 0):
        try:
            return os.get_terminal_size(fd).columns or UNKNOWN
        except OSError:
            continue
    return UNKNOWN
