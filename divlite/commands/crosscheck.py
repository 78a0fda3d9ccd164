"""`divlite crosscheck`: the report on a torch function in a file."""

import argparse
import math
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from .. import LOSSES, _check, loss_name
from .._types import Array
from ..crosscheck import Report, asking, crosscheck
from ..crosscheck.distributions import forms
from ..crosscheck.door import SAMPLES
from ..language import joined, phrase, told
from . import array_files, user_function
from .language import language
from .parsing import spoken, whole
from .process import say

SHAPE, MOST = (8, 10), 1_000_000
OPTIONS = ("fit", "mean", "axis", "temperature", "dx")
SPOKEN = {name: f"--{name}" for name in (*OPTIONS, "given", "arguments", "expected")} | {"fn": "FUNCTION"}


class Given(NamedTuple):
    """The arguments; what is said of them, if anything; and where they come from, in words."""

    arrays: tuple[Array, ...]
    kinds: tuple[str, ...] | None
    origin: str


def run(args: argparse.Namespace) -> int:
    """Print the report; the exit code is its verdict."""
    lang = language(args)
    _torch()
    with _silent(), user_function.imported(args.function) as fn, spoken(**SPOKEN):
        given = _random(fn, args) if args.arguments is None else _read(args)
        report = _asked(fn, given, args)
    name = args.function.rpartition(":")[2]
    called = ", ".join(asking.names(fn, len(given.arrays)))
    call = phrase("{call}, called with {origin}", call=f"{name}({called})", origin=given.origin)
    say(told(call, lang), "", report.text(lang))
    return 0 if report else 1


@contextmanager
def _silent() -> Generator[None]:
    """What a module of the user's prints is not shown: its function is called some hundred times."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        yield


def _torch() -> None:
    """Imported before the user's folder is one where modules are looked for.

    Raises: ValueError where it is not installed.
    """
    try:
        import_module("torch")
    except ModuleNotFoundError:
        _check.fail(user_function.OPTION, "torch to be installed", "no module torch")


def _asked(fn: Callable[..., Any], given: Given, args: argparse.Namespace) -> Report:
    """The report.

    Raises: ValueError in one line, whatever the function raises.
    """
    options = {name: getattr(args, name) for name in OPTIONS if getattr(args, name) is not None}
    expected = next((loss for loss in LOSSES if loss_name(loss) == args.expected), None)
    try:
        return crosscheck(fn, *given.arrays, given=given.kinds, expected=expected, **options)
    except SystemExit:
        _check.fail("fn", "a function that returns a number", "one that ends the program")


def _read(args: argparse.Namespace) -> Given:
    arrays = tuple(array_files.read("--arguments", file) for file in args.arguments)
    kinds = None if args.given is None else _kinds(args.given, len(arrays))
    return Given(arrays, kinds, ", ".join(args.arguments))


def _random(fn: Callable[..., Any], args: argparse.Namespace) -> Given:
    """Of the forms that are said, or that the names of the function's own arguments tell; else logits."""
    shape = SHAPE if args.shape is None else _shape(args.shape)
    seed = 0 if args.seed is None else _check.count("--seed", args.seed, 0)
    rng = np.random.default_rng(seed)
    one = np.full(shape, 2.0)  # whose sums are 1 along no axis
    if args.given is None:
        kinds = asking.kinds(None, asking.names(fn, 2), (one, one)) or ("logits", "logits")
    else:
        names = args.given.split(",")
        kinds = _kinds(args.given, 2 if len(names) == 1 and names[0] in forms.FORMS else len(names))
    axis = forms.event_axis((one, one)) if args.axis is None else args.axis
    _check.count("axis", axis, -len(shape), len(shape) - 1)
    dx = 1.0 if args.dx is None else _check.positive("dx", args.dx)
    arrays = tuple(_draw(rng, kind, shape, axis, dx) for kind in kinds)
    words = [KINDS.get(kind, kind.replace("_", " ")) for kind in dict.fromkeys(kinds)]
    what = joined("{0}, {1}", words)
    origin = phrase("random {what} of shape {shape}, seed {seed}", what=what, shape=shape, seed=seed)
    return Given(arrays, kinds, origin)


# In words; the others are names of numbers, as mu and log sigma are.
KINDS = forms.SAID | {
    "log_probabilities": phrase("log probabilities"),
    "log_densities": phrase("log densities"),
    "variance": phrase("variance"),
    "log_variance": phrase("log variance"),
    "p_variance": phrase("p variance"),
    "p_log_variance": phrase("p log variance"),
}


def _draw(rng: np.random.Generator, kind: str, shape: tuple[int, ...], axis: int, dx: float) -> Array:
    if kind in forms.FORMS:
        return forms.draw(rng, kind, shape, axis, dx)
    normal = rng.normal(size=shape)
    if kind in SAMPLES:
        return -1.0 - np.abs(normal)
    of = kind.removeprefix("p_")
    return np.exp(0.5 * normal) if of in ("sigma", "variance") else normal


def _kinds(given: str, count: int) -> tuple[str, ...]:
    """The name of each of so many arguments."""
    names = given.split(",")
    said = asking.kinds(names[0] if len(names) == 1 else names, (), (np.ones(1),) * count)
    assert said is not None, "something is given"
    return said


def _shape(text: str) -> tuple[int, ...]:
    """The numbers of --shape 8,10."""
    try:
        shape = tuple(map(whole, text.split(",")))
    except argparse.ArgumentTypeError:
        shape = ()
    if not shape or min(shape) < 1 or math.prod(shape) > MOST:
        _check.fail("--shape", f"whole numbers > 0 such as 8,10, and no more than {MOST:,} entries", text)
    return shape
