"""The slips by name, in words; the words themselves are in vocabulary.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Slip(NamedTuple):
    """says: what was done, one sentence; instead: the line to write."""

    says: str
    instead: str


@cache
def slips() -> dict[str, Slip]:
    """All slips by their names."""
    text = (Path(__file__).parent / "vocabulary.toml").read_text(encoding="utf-8")
    return {name: Slip(**words) for name, words in tomllib.loads(text).items()}
