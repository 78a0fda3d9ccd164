"""A function of several sums: L = C(S_1, S_2, ...)."""

from typing import Any

from .. import source
from ..notation import *
from ..request import Request


def scale(loss: Any, request: Request) -> list[str | Chain]:
    return []


def second(loss: Any, request: Request) -> list[str | Chain]:
    return []
