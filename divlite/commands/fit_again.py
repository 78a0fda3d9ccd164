"""The command line that makes the same fit, or the same fits, again."""

import argparse
import shlex
from typing import Any, cast

from .._types import Family

# What decides how the fit goes, in the order in which `spelled` writes it.
SETTINGS = (
    *("target", "weights", "target_file", "samples", "estimate", "bandwidth", "grid", "reduction"),
    *("family", "nu", "start", "steps", "optimizer", "lr", "momentum", "betas", "eps", "epsilon_hat"),
    *("coordinates", "scale", "smoothing", "backend"),
)


def spelled(args: argparse.Namespace, start: Family | None) -> str:
    """It has every setting in it; start: where the fit began, or None for fits from --starts."""

    def text(value: Any) -> str:
        if isinstance(value, tuple):
            inner = cast("tuple[Any, ...]", value)
            return (" " if isinstance(inner[0], tuple) else ",").join(map(text, inner))
        return repr(value) if isinstance(value, float | int) else str(value)

    words = ["divlite", "fit", args.loss]
    for name in (*SETTINGS, "starts"):
        value = getattr(args, name)
        if name == "start":
            value = start and (start.mu, start.sigma)
        if value is None or value is False:
            continue
        option = "--" + name.replace("_", "-")
        words.append(option if value is True else f"{option}={text(value)}")
    return shlex.join(words)
