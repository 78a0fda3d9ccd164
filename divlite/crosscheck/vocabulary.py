"""The slips by name, in words: those of distributions, of Normals and of samples.

The words themselves are in vocabulary.toml of each of the three folders.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..language import phrase
from .report import Finding


class Slip(NamedTuple):
    """says: what was done, one sentence; instead: the line to write; or advice: what to do, in words."""

    says: str
    instead: str = ""
    advice: str = ""


@cache
def _slips(folder: str) -> dict[str, Slip]:
    text = (Path(__file__).parent / folder / "vocabulary.toml").read_text(encoding="utf-8")
    return {name: Slip(**words) for name, words in tomllib.loads(text).items()}


def finding(
    folder: str, slip: str, evidence: str = "", factor: float | None = None, /, **words: str
) -> Finding:
    """A slip of the folder, with what stands in its braces."""
    says, instead, advice = _slips(folder)[slip]
    due = phrase(advice, **words) if advice else instead.format(**words)
    return Finding(slip, phrase(says, **words), evidence, due, factor)
