"""Numbers from a file that a person made: columns of text, however they are separated, or a NumPy array."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .. import _check
from .._types import Array

DELIMITERS = (",", ";", "\t", None)  # None: blanks
LOOKED_AT = 1000  # lines from whose likes the delimiter is told
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def read(option: str, file: Path, columns: int, expected: str) -> Array:
    """The numbers, shape (n, columns), from .npy or from text: `expected` says in an error what they are.

    Text: UTF-8; columns separated by commas, semicolons, tabs or blanks. A first line without a number is
    skipped, and so are empty lines and lines that begin with #.

    Raises: ValueError, naming the option and the line.
    """
    if not file.exists():
        _check.fail(option, "an existing file", str(file))
    if file.is_dir():
        _check.fail(option, "a file, and not a folder", str(file))
    try:
        data = _read_npy(file, columns) if file.suffix.lower() == ".npy" else _read_text(file, columns)
    except Exception as error:  # np.load raises whatever its many parsers do
        reason = (str(error) or repr(error)).splitlines()[0]
        _check.fail(option, expected, f"{file}: {reason}")
    shape = getattr(data, "shape", "no array")
    if len(shape) != 2 or shape[1] != columns:
        _check.fail(option, expected, f"{file}: shape {shape}")
    return data


def _read_npy(file: Path, columns: int) -> Any:
    with file.open("rb") as stream:
        data = np.load(stream, allow_pickle=False)  # a pickle can run any program when it is read
    return data[:, None] if columns == 1 and getattr(data, "ndim", 2) == 1 else data


def _read_text(file: Path, columns: int) -> Array:
    return rows(file.read_bytes(), columns)


def rows(content: bytes, columns: int | None = None) -> Array:
    """The numbers of a text, shape (n, columns); as many columns as the first line has where none are said.

    Raises: ValueError, naming the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("this is not text in UTF-8") from None
    lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [(i, line) for i, line in lines if not line.lstrip().startswith("#")]
    split = _splitter([line for _, line in lines[:LOOKED_AT]], columns)
    if lines and all(_number(field) is None for field in split(lines[0][1])):
        lines = lines[1:]
    if not lines:
        raise ValueError("no numbers in it")
    width = len(split(lines[0][1])) if columns is None else columns
    return np.array([_row(i, line, split, width) for i, line in lines], dtype=np.float64)


def _splitter(lines: list[str], columns: int | None) -> Callable[[str], list[str]]:
    """How to split a line: by the delimiter with which most lines are that many numbers."""
    splitters = [_split_by(delimiter) for delimiter in DELIMITERS]
    return max(splitters, key=lambda split: sum(_fits(split(line), columns) for line in lines))


def _split_by(delimiter: str | None) -> Callable[[str], list[str]]:
    if delimiter is None:
        return lambda line: line.split()
    return lambda line: next(csv.reader([line], delimiter=delimiter))


def _fits(fields: list[str], columns: int | None) -> bool:
    return columns in (None, len(fields)) and all(_number(field) is not None for field in fields)


def _row(i: int, line: str, split: Callable[[str], list[str]], columns: int) -> list[float]:
    fields = split(line)
    values = [value for field in fields if (value := _number(field)) is not None]
    if len(values) == len(fields) == columns:
        return values
    why = ""
    if any(DECIMAL_COMMA.fullmatch(field) for field in re.split(r"[;\t ]+", line.strip())):
        why = ", with a decimal comma; write a decimal point"
    raise ValueError(f"line {i} is {_check.shown(line)}{why}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
