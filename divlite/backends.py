"""The backends by their names, each imported when it is asked for."""

from . import _check
from .backend import Backend

BACKENDS = ("numba", "numpy", "torch")


def resolve(backend: "str | Backend") -> Backend:
    """The backend of that name, imported now; a `Backend` value is taken as it is.

    Raises: ValueError for an unknown name; ModuleNotFoundError, saying how to install it, for
    "torch" where torch is missing.
    """
    if isinstance(backend, Backend):
        # Some functions may be None: they are then made from the others.
        optional = [name for name, default in Backend._field_defaults.items() if default is None]
        given = [name for name in Backend._fields[1:] if name not in optional or getattr(backend, name)]
        lacking = [name for name in given if not callable(getattr(backend, name))]
        return _check.fail("backend", "functions", f"no {lacking[0]}") if lacking else backend
    name = _check.one_of("backend", backend, BACKENDS)
    if name == "numpy":
        from .numpy_backend import BACKEND

        return BACKEND
    if name == "numba":
        from divlite_numba import BACKEND

        return BACKEND
    from divlite_torch import backend as torch_backend

    return torch_backend()
