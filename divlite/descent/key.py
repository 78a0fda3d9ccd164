"""What the numbers of a sweep depend on, as hashes: two sweeps with one key have the same results.

Beside the values of the task these are divlite's own sources, the versions of the libraries that compute,
and the CPU, whose vectors decide the order of a sum. Of a class or function from outside divlite it is what
it was compiled to, and what that calls.
"""

import pickle
from functools import cache, partial
from importlib import util
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, TypeAlias

import numpy as np

from .. import _check
from ..setting import Setting

Key: TypeAlias = dict[str, str]

KIND = "kind of sweep"
FOLLOWS = ("view", "table")  # these are made from the loss, p, the grid and the family
ROOMS = ("", "families", "losses", "densities", "descent")  # those that numbers are made in
OURS = ("divlite", "divlite_numba", "divlite_torch")
# Typed as Any, because a check against these tells a type checker nothing about what is in the value.
PLAIN: Any = bool | int | float | complex | str | bytes | np.generic | None
ARRAY: Any = np.ndarray
MANY: Any = (tuple, list, dict, set, frozenset)
UNORDERED: Any = (set, frozenset)
# What a function or a class of someone else's may name, and its results depend on.
NAMED: Any = (FunctionType, bool, int, float, complex, str, bytes, np.ndarray, np.generic, *MANY)


def differences(one: Key, other: Key) -> str:
    """What differs, in words: the causes, and not what follows from them."""
    names = [name for name in one | other if one.get(name) != other.get(name)]
    causes = [name for name in names if name not in FOLLOWS]
    return KIND if KIND in names else ", ".join(causes or names)


def key_of(task: Any) -> Key:
    """A hash for each field of the task, for those of its setting, and for what computes it."""
    fields = {KIND: type(task).__qualname__, **task._asdict()}
    for name, value in list(fields.items()):
        if isinstance(value, Setting):
            del fields[name]
            fields |= value._asdict()
    return {name: digest_of(value) for name, value in fields.items()} | _computer()


def digest_of(value: Any) -> str:
    """The same for the same value, in every process."""
    from hashlib import sha256  # with it comes OpenSSL: not before a sweep is kept

    digest = sha256()
    for piece in _pieces(value, ()):
        digest.update(piece)
    return digest.hexdigest()[:16]


def _pieces(value: Any, within: tuple[int, ...]) -> Any:
    """The value as bytes, part by part, each behind its kind; within: the functions that it is called in."""
    cls: Any = value.__class__
    kind = f"\n{cls.__module__}.{cls.__qualname__} ".encode()
    if isinstance(value, ARRAY):
        yield b"%s%s%s" % (kind, value.dtype.str.encode(), repr(value.shape).encode())
        yield np.ascontiguousarray(value).data
    elif isinstance(value, PLAIN):
        yield kind + repr(value).encode()
    elif isinstance(value, MANY):
        yield kind + str(len(value)).encode()
        items = list(value.items() if hasattr(value, "items") else value)
        for item in sorted(items, key=repr) if isinstance(value, UNORDERED) else items:
            yield from _pieces(item, within)
        yield from _methods(cls, within)
    elif isinstance(value, partial):
        yield from _pieces((value.func, value.args, value.keywords), within)
    elif isinstance(value, FunctionType):
        yield from _function(value, within)
    else:
        yield from _other(value, kind, within)


def _other(value: Any, kind: bytes, within: tuple[int, ...]) -> Any:
    """A value of a class with attributes, or whatever can be pickled, such as a device of torch's."""
    cls: Any = value.__class__
    yield from _methods(cls, within)
    if hasattr(value, "__dict__"):
        yield from _pieces(vars(value), within)
        return
    try:
        yield kind + pickle.dumps(value, 4)
    except Exception:  # __reduce__ of someone else's may raise anything
        _check.fail("checkpoint", "values that can be told from others", _check.shown(value))


def _ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in (*OURS, "builtins")


def _methods(cls: type, within: tuple[int, ...]) -> Any:
    for base in cls.__mro__:
        if not _ours(base.__module__):
            for name, member in sorted(vars(base).items()):
                plain = getattr(member, "__func__", getattr(member, "fget", member))
                if isinstance(plain, NAMED) and not (name.startswith("__") and name.endswith("__")):
                    yield name.encode()
                    yield from _pieces(plain, within)


def _function(function: FunctionType, within: tuple[int, ...]) -> Any:
    """Its name; of one that is not divlite's also its code, and the functions and numbers that it names."""
    yield f"\n{function.__module__}.{function.__qualname__} ".encode()
    if _ours(function.__module__) or id(function) in within or len(within) > 20:
        return
    code, inner = function.__code__, (*within, id(function))
    yield from _pieces(_constants(code), inner)
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    for named in (*cells, *(function.__globals__.get(name) for name in code.co_names)):
        if isinstance(named, NAMED):
            yield from _pieces(named, inner)
    yield from _pieces((function.__defaults__, function.__kwdefaults__), inner)


def _constants(code: CodeType) -> tuple[Any, ...]:
    constants = (_constants(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, tuple(constants)


@cache
def _computer() -> Key:
    """What computes: the sources and versions of it, and the CPU as Numba's compiler sees it."""
    from hashlib import sha256

    from llvmlite import binding  # pyright: ignore[reportMissingTypeStubs]

    digest = sha256()
    for folder in _folders():
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    versions = {name: _version(name) for name in ("numpy", "numba", "llvmlite", "torch")}
    cpu = binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    return {
        "version of divlite": digest.hexdigest()[:16],
        "version of a library": digest_of(versions),
        "CPU": digest_of(cpu),
    }


def _folders() -> list[Path]:
    core, *backends = (util.find_spec(name) for name in OURS)
    roots = [Path(spec.origin).parent for spec in (core, *backends) if spec is not None and spec.origin]
    return [roots[0] / room for room in ROOMS] + roots[1:]


def _version(name: str) -> str | None:
    from importlib import metadata  # which takes longer to import than all of this folder

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
