"""A file that keeps what is done of a sweep, so that it can be ended at any moment and go on later.

    divlite-sweep 1          what it is, and the version of this layout
    <length> <sha256>        of all that follows
    {"task": ..., ...}       the key: whose sweep it is
    <the arrays>             one after the other: which items are done, then the columns

It is written under another name, brought to the disk and then renamed, so it is whole at any moment. A file
that is damaged, or of another sweep, is told to the caller and left alone.
"""

import glob
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np

from .. import _check
from .._files import replacing
from .key import Key, differences, key_of

MAGIC = b"divlite-sweep "
SCHEMA = 1
ABANDONED = 60.0  # seconds after which a file that was being written is one that a killed process left
REMEDIES = {"name": "another name", "delete": "deleting the file"}

Arrays: TypeAlias = tuple[np.ndarray[Any, Any], ...]


class Checkpoint(NamedTuple):
    """The file of a sweep, and the key that says whose it is."""

    path: Path
    key: Key

    def load(self, arrays: Arrays) -> None:
        """Fill the arrays with what the file keeps; where there is none, make it, which shows that one can.

        Raises: ValueError for a file that is damaged or not of this sweep, and for a folder that is not there
        or cannot be written to.
        """
        try:
            if self.path.exists():
                self._fill(arrays, self._read())
            else:
                self.save(arrays)
            self._tidy()
        except OSError as error:
            _check.fail("checkpoint", "a file that can be written", f"{self.path}: {error.strerror or error}")

    def save(self, arrays: Arrays) -> float:
        """Write the arrays; the seconds that it took."""
        from hashlib import sha256

        began = time.monotonic()
        blocks = [json.dumps(self.key).encode() + b"\n", *(np.ascontiguousarray(a).data for a in arrays)]
        digest, length = sha256(), 0
        for block in blocks:
            digest.update(block)
            length += memoryview(block).nbytes
        with replacing(self.path) as temporary, temporary.open("wb") as file:
            file.write(MAGIC + f"{SCHEMA}\n{length} {digest.hexdigest()}\n".encode())
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
        _sync(self.path.parent)
        return time.monotonic() - began

    def _read(self) -> bytes:
        """What stands behind the first two lines, found to be whole."""
        from hashlib import sha256

        if not self.path.is_file():
            self._refuse("", "which is no regular file")
        first, _, rest = self.path.read_bytes().partition(b"\n")
        if not first.startswith(MAGIC):
            self._refuse("that a sweep of divlite wrote", "another one" if first else "an empty one")
        layout = first[len(MAGIC) :][:20].decode(errors="replace")
        if layout != str(SCHEMA):
            self._refuse(f"of layout {SCHEMA}", f"of layout {layout}: another version of divlite wrote it")
        seal, _, content = rest.partition(b"\n")
        length, _, digest = seal.partition(b" ")
        if not length.isdigit() or len(content) < int(length):
            self._refuse("that is whole", "which is cut short")
        if len(content) != int(length) or sha256(content).hexdigest().encode() != digest:
            self._refuse("that is whole", "which is damaged: its checksum is wrong")
        return content

    def _fill(self, arrays: Arrays, content: bytes) -> None:
        head, _, rest = content.partition(b"\n")
        if other := differences(self.key, json.loads(head)):
            self._refuse("of this sweep", f"of one with another {other}")
        offset = 0
        for array in arrays:
            array[:] = np.frombuffer(rest, array.dtype, array.size, offset)
            offset += array.nbytes

    def _refuse(self, expected: str, got: str) -> NoReturn:
        _check.fail("checkpoint", f"a file {expected}".rstrip(), f"{self.path}, {got}", REMEDIES)

    def _tidy(self) -> None:
        """Remove what a process that was killed while it wrote may have left behind."""
        stem, suffix = glob.escape(self.path.stem[:40]), glob.escape(self.path.suffix)
        for left in self.path.parent.glob(f".{stem}.????????.part{suffix}"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > ABANDONED:
                    left.unlink()


def opened(path: Any, task: Any) -> Checkpoint | None:
    """The checkpoint of a task in this file, which need not be there; None for None.

    Raises: ValueError for a path that is none.
    """
    if path is None:
        return None
    try:
        name = os.path.realpath(os.fsdecode(path))
    except (TypeError, ValueError):  # a byte 0 in it, say
        _check.fail("checkpoint", "the path of a file", _check.shown(path))
    return Checkpoint(Path(name), key_of(task))


def _sync(folder: Path) -> None:
    """Bring the renaming to the disk; elsewhere than on POSIX a folder cannot be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
