"""An array from a file that anyone may have made. Nothing in it is run; its header is not believed."""

import math
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from .. import _check
from .._types import Array
from . import tables

MOST = 20_000_000  # numbers
BYTES = 200_000_000  # of a text
NAMED = (".npz", ".pt", ".pth")  # those that may hold several arrays: FILE:NAME
EXPECTED = "an array of numbers in a .npy, .npz, .csv or .pt file"


def read(option: str, text: str) -> Array:
    """The array in a file: .npy, .npz or .npz:NAME, .pt or .pth, or text; "-" is text on standard input.

    A text of one column is an array of one axis; else its lines are axis 0.

    Raises: ValueError in one line, naming the argument and the file.
    """
    if text == "-":
        return _attempt(option, "standard input", lambda: _text(sys.stdin.buffer))
    file, name = _split(text)
    if not file.exists():
        _check.fail(option, "an existing file, or -", str(file))
    if file.is_dir():
        _check.fail(option, "a file, and not a folder", str(file))
    kinds = {".npy": _npy_file, ".npz": _npz, ".pt": _torch, ".pth": _torch}
    kind = kinds.get(file.suffix.lower(), _text_file)
    return _attempt(option, str(file), lambda: kind(file, name))


def _attempt(option: str, said: str, reading: Any) -> Array:
    try:
        values = np.asarray(reading())
        if values.dtype.kind not in "fiub":
            raise ValueError(f"entries of type {values.dtype}, which are no numbers")
        return values.astype(np.float64)
    except ModuleNotFoundError:
        _check.fail(option, "torch to be installed, for a .pt file", said)
    except OSError as error:
        _check.fail(option, EXPECTED, f"{said}: {error.strerror or error}")
    except MemoryError:
        _check.fail(option, EXPECTED, f"{said}: it is too large for the memory")
    except Exception as error:  # zip, zlib, NumPy and torch raise whatever their parsers do
        reason = (str(error) or repr(error)).splitlines()[0]
        _check.fail(option, EXPECTED, f"{said}: {reason}")


def _split(text: str) -> tuple[Path, str]:
    """FILE and NAME of FILE:NAME, where FILE ends as one that may hold several arrays."""
    before, colon, name = text.rpartition(":")
    if colon and Path(before).suffix.lower() in NAMED and not Path(text).exists():
        return Path(before), name
    return Path(text), ""


def _text_file(file: Path, _: str) -> Array:
    with file.open("rb") as stream:
        return _text(stream)


def _text(stream: Any) -> Array:
    content = stream.read(BYTES + 1)
    if len(content) > BYTES:
        raise ValueError(f"more than {BYTES:,} bytes of text")
    values = tables.rows(content)
    return values[:, 0] if values.shape[1] == 1 else values


def _npy_file(file: Path, _: str) -> Array:
    with file.open("rb") as stream:
        return _npy(stream)


def _npy(stream: Any) -> Array:
    """As np.load has it, but the header is looked at before the memory is taken, and no pickle is read."""
    version = np.lib.format.read_magic(stream)
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in headers:
        raise ValueError(f"a .npy file of version {version[0]}.{version[1]}")
    try:
        shape, fortran, dtype = headers[version](stream)
    except (ValueError, SyntaxError):
        raise ValueError("its header is none of an array") from None
    if dtype.kind not in "fiub":
        raise ValueError(f"entries of type {dtype}, which are no numbers")
    count = _counted(shape)
    data = stream.read(count * dtype.itemsize)
    if len(data) < count * dtype.itemsize:
        raise ValueError(f"its header promises shape {shape}, and it ends after {len(data):,} bytes of that")
    return np.frombuffer(data, dtype, count).reshape(shape, order="F" if fortran else "C")


def _counted(shape: tuple[int, ...]) -> int:
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count > MOST:
        raise ValueError(f"shape {shape}, which is more than {MOST:,} numbers")
    return count


def _npz(file: Path, name: str) -> Array:
    with zipfile.ZipFile(file) as archive:
        names = [one.removesuffix(".npy") for one in archive.namelist() if one.endswith(".npy")]
        # A stream is unpacked as far as it is read, and no further than the header may promise.
        with archive.open(f"{_chosen(name, names)}.npy") as stream:
            return _npy(stream)


def _torch(file: Path, name: str) -> Any:
    import pickle
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about formats of old, which concern whoever wrote the file
        try:
            found: Any = torch.load(file, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            raise ValueError("it holds more than tensors, and what else is in it may be a program") from None
        except (RuntimeError, EOFError):
            raise ValueError("it is damaged, or torch.save did not write it") from None
    if isinstance(found, dict):
        held = cast("dict[Any, Any]", found)
        tensors = {str(key): value for key, value in held.items() if isinstance(value, torch.Tensor)}
        found = tensors[_chosen(name, list(tensors))]
    if not isinstance(found, torch.Tensor):
        raise ValueError(f"a {type(found).__name__}, and no tensor")
    _counted(tuple(found.shape))
    if found.is_complex():
        raise ValueError(f"entries of type {found.dtype}, which are no real numbers")
    return found.detach().to_dense().double().numpy()


def _chosen(name: str, names: list[str]) -> str:
    """The name asked for, or the only one."""
    if name in names:
        return name
    if len(names) == 1 and not name:
        return names[0]
    listed = ", ".join(names[:8]) or "none"
    raise ValueError(
        f"it has no array {name}; it has {listed}" if name else f"say which, FILE:NAME, of {listed}"
    )
