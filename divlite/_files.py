"""Writing a file so that it is, at any moment, the old one or the new one and never a part of either."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path


@contextmanager
def replacing(path: str | PathLike[str]) -> Generator[Path]:
    """A name to write to, in the folder of `path` and with its suffix; at the end it takes its place.

    A link is followed: the file that it points to is replaced. A device or a pipe cannot be replaced and is
    written to as it is. If the block raises, `path` is left as it was and nothing stays beside it.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        yield target
        return
    # A hidden name, so that nobody takes for a result what a killed process may leave behind.
    temporary = target.with_name(f".{target.stem[:40]}.{os.urandom(4).hex()}.part{target.suffix}")
    try:
        yield temporary
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
