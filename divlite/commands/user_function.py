"""A function in a file or a module of the user's: the module is imported, and nothing else is run."""

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from .. import _check
from .parsing import meant

OPTION = "FUNCTION"
# A file gets a name of its own: it may be called as a module that is there already, such as random.py.
ALIAS = "divlite_user_"
EXPECTED = "MODULE:NAME or FILE.py:NAME"


@contextmanager
def imported(text: str) -> Generator[Callable[..., Any]]:
    """The function. Inside, modules are looked for in its own folder first, as `python FILE.py` does it.

    Raises: ValueError in one line, for what is not there and for an error inside the module.
    """
    place, colon, name = text.rpartition(":")
    if not (colon and place and name):
        _check.fail(OPTION, EXPECTED, text)
    of_file = place.endswith(".py") or Path(place).name != place
    folder = str(Path(place).resolve().parent if of_file else Path.cwd())
    alias = f"{ALIAS}{Path(place).stem}"
    before = list(sys.path)
    sys.path.insert(0, folder)
    try:
        yield _named(_of_file(Path(place), alias) if of_file else _of_name(place), place, name)
    finally:
        sys.path[:] = before
        sys.modules.pop(alias, None)


def _of_file(file: Path, name: str) -> ModuleType:
    if file.suffix != ".py":
        _check.fail(OPTION, f"{EXPECTED}, a file that ends in .py", str(file))
    if not file.is_file():
        _check.fail(OPTION, "an existing file", str(file))
    loader = SourceFileLoader(name, str(file.resolve()))
    module = importlib.util.module_from_spec(ModuleSpec(name, loader, origin=loader.path))
    module.__file__ = loader.path
    sys.modules[name] = module  # dataclasses look for their module there
    # By hand, so that no __pycache__ is left beside the file.
    _attempt(str(file), lambda: exec(loader.source_to_code(file.read_bytes(), loader.path), vars(module)))
    return module


def _of_name(name: str) -> ModuleType:
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name):
        _check.fail(OPTION, EXPECTED, name)
    importlib.invalidate_caches()
    return _attempt(name, lambda: importlib.import_module(name))


def _attempt(said: str, importing: Callable[[], Any]) -> Any:
    """What the import gives; whatever the module raises, exits included, is bad input."""
    try:
        return importing()
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        outer = missing is not None and f"{said}.".startswith(f"{missing}.")
        reason = f"there is no module {missing}" if outer else _told(error)
        _check.fail(OPTION, "a module that can be imported", f"{said}: {reason}")


def _told(error: BaseException) -> str:
    """What was raised, in one line, and the line of the user's code from which it came."""
    words = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    what = f"{type(error).__name__}: {words}" if words else type(error).__name__
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {what}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    own = [f for f in frames if "importlib" not in f.filename and "site-packages" not in f.filename]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}: {what}" if own else what


def _named(module: ModuleType, place: str, name: str) -> Callable[..., Any]:
    """The function of this name; NAME.NAME is an attribute of an attribute."""
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
            _check.fail(OPTION, f"a function in {place}", f"{name}{meant(name, known)}")
        found = getattr(found, part)
    if isinstance(found, type) or not callable(found):
        kind = "a class" if isinstance(found, type) else f"a value of type {type(found).__name__}"
        _check.fail(OPTION, f"a function in {place}", f"{name}, {kind}")
    return found
