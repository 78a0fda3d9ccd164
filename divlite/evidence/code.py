"""Part 8: the lines that run, with the file and the line where they stand."""

import ast
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..derive.notation import Listing, Part
from ..language import phrase


def part(functions: Iterable[Callable[..., Any]]) -> Part:
    """The functions' source."""
    said = phrase("The formulas as they run, and where they stand:")
    return Part(phrase("The code"), (said, *map(_listing, functions)))


def _listing(function: Any) -> Listing:
    try:
        source, first = inspect.getsourcelines(function)
    except OSError:  # typed at Python's prompt
        return Listing((phrase("{}: Python has no source of it", function.__qualname__),))
    file, package = Path(inspect.getfile(function)), Path(__file__).parents[2]
    lines = dedent("".join(source)).splitlines()
    if function.__doc__:  # it is prose; the formulas are what is wanted
        definition: Any = ast.parse("\n".join(lines)).body[0]
        prose = definition.body[0]
        del lines[prose.lineno - 1 : prose.end_lineno]
    return Listing((f"{file.relative_to(package) if file.is_relative_to(package) else file}:{first}", *lines))
