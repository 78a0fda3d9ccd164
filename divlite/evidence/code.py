"""Part 8: the lines that run, with the file and the line where they stand."""

import ast
import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..derive.notation import Listing, Part


def part(functions: Iterable[Callable[..., Any]]) -> Part:
    """The functions' source."""
    return Part("The code", ("The formulas as they run, and where they stand:", *map(_listing, functions)))


def _listing(function: Callable[..., Any]) -> Listing:
    source, first = inspect.getsourcelines(function)
    file, package = Path(inspect.getfile(function)), Path(__file__).parents[2]
    shown = file.relative_to(package) if file.is_relative_to(package) else file
    lines = dedent("".join(source)).splitlines()
    definition: Any = ast.parse("\n".join(lines)).body[0]
    if ast.get_docstring(definition):  # it is prose; the formulas are what is wanted
        prose = definition.body[0]
        del lines[prose.lineno - 1 : prose.end_lineno]
    return Listing((f"{shown}:{first}", *lines))
