"""The files that a command writes: looked at before the work is done, and each written as a whole."""

import io
import os
import stat
import sys
import unicodedata
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import _check
from .._files import replacing
from .process import naming, tidied

# Written through the stream, behind what was printed: opening them anew would empty a file that they lead to.
STANDARD_OUTPUT = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")

# Those that an option's file may have; of another option's, any.
PICTURE = (".png", ".svg", ".pdf")
SUFFIXES = {"--plot": PICTURE, "--map": PICTURE, "--gif": (".gif",)}


def check(
    outputs: Mapping[str, Path | None],
    inputs: Mapping[str, Path | None] | None = None,
) -> None:
    """Refuse what could not be written, and what would overwrite an input or another output.

    outputs, inputs: files by their options, such as --csv.
    """
    taken = {option: file for option, file in (inputs or {}).items() if file is not None}
    for option, file in outputs.items():
        if file is None:
            continue
        _check_file(option, file, SUFFIXES.get(option, ()))
        for other, name in taken.items():
            if same(file, name):
                _check.fail(option, "a file of its own", f"{file}, the file of {other}")
        if not is_standard_output(file):
            _check_stream(option, file)
        taken[option] = file


def check_folder(option: str, folder: Path) -> None:
    """Refuse a folder, there or still to be made, in which nothing could be written."""
    there = next((f for f in (folder, *folder.absolute().parents) if _mode(option, f) is not None), folder)
    if not there.is_dir():
        _check.fail(option, "a folder, or the name of a new one", str(folder))
    _check_writable(option, there)


@contextmanager
def writing(option: str, file: Path) -> Generator[Path]:
    """A name to write to, which replaces the file at the end. Raises: OutputError, naming option and file."""
    with naming(f"{option}: {file}"), replacing(file) as name, tidied(lambda: _remove(name, file)):
        yield name


def _remove(name: Path, file: Path) -> None:
    """Remove what has been written beside the file; a device and a pipe are written to themselves."""
    if name != Path(os.path.realpath(file)):
        name.unlink(missing_ok=True)


def write(option: str, file: Path, content: Iterable[bytes]) -> None:
    """Write the content, piece by piece, to the file or to the standard output where that is its name."""
    if not is_standard_output(file):
        with writing(option, file) as name, name.open("wb") as stream:
            stream.writelines(content)
        return
    with naming(f"{option}: {file}"):
        sys.stdout.flush()
        sys.stdout.buffer.writelines(content)
        sys.stdout.buffer.flush()


def draw(option: str, file: Path, figure: Any) -> None:
    """Write a figure in the format of the file's suffix; drawn in memory, where no full disk can stop it."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format=file.suffix[1:].lower())
    write(option, file, [drawn.getvalue()])


def same(a: Path, b: Path) -> bool:
    """Whether both are one file: by ./, a link, a hard link, or where small and capital letters are the same.

    Files that are still to be made are the same if their names differ in no more than that. Devices and pipes
    are nobody's own.
    """
    if os.path.exists(a) and os.path.exists(b):
        return os.path.isfile(a) and os.path.samefile(a, b)
    ends = [Path(os.path.realpath(file)) for file in (a, b)]
    names = [unicodedata.normalize("NFC", end.name).casefold() for end in ends]
    folders = [end.parent for end in ends]
    return names[0] == names[1] and all(map(os.path.isdir, folders)) and os.path.samefile(*folders)


def is_standard_output(file: Path) -> bool:
    """Whether this is a name of the standard output, such as /dev/stdout."""
    return os.path.abspath(file) in STANDARD_OUTPUT


def _check_file(option: str, file: Path, suffixes: tuple[str, ...]) -> None:
    mode = _mode(option, file)
    folder = Path(os.path.realpath(file)).parent
    if not folder.is_dir():
        _check.fail(option, "a file in an existing folder", str(file))
    if mode is not None and stat.S_ISDIR(mode):
        _check.fail(option, "a file, and not a folder", str(file))
    if suffixes and file.suffix.lower() not in suffixes:
        _check.fail(option, f"a file name that ends in {' or '.join(suffixes)}", str(file))
    if mode is not None and not os.access(file, os.W_OK):
        _check.fail(option, "a file that may be written", f"{file}, which is read-only")
    if mode is None or stat.S_ISREG(mode):
        _check_writable(option, folder)


def _mode(option: str, file: Path) -> int | None:
    """What kind of file it is, at the end of all links; None where there is none yet."""
    try:
        return os.stat(file).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # a name that is too long, a link to itself, a folder that may not be searched
        _check.fail(option, "a file that can be written", f"{file}: {error.strerror}")


def _check_writable(option: str, folder: Path) -> None:
    from tempfile import TemporaryFile

    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        _check.fail(option, "a folder that can be written", f"{folder}: {error.strerror}")


def _check_stream(option: str, file: Path) -> None:
    """`--csv f > f`: the shell has emptied the file, and the table is on its way into it."""
    for fd, name in ((1, "output"), (2, "error")):
        if file.is_file() and os.path.samestat(os.stat(file), os.fstat(fd)):
            _check.fail(option, "a file of its own", f"{file}, to which the standard {name} goes")
