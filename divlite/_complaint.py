"""The one form of an error: the argument, what was expected, what was given, and what to try."""

from collections.abc import Mapping
from typing import Any, NoReturn


class Complaint(str):
    """The text of an error, and its parts: the command line says them with the names of its options.

    remedies: what to try, in the library's words, each by a name for it.
    """

    name: str
    expected: str
    got: str
    remedies: Mapping[str, str]

    def __new__(cls, name: str, expected: str, got: str, remedies: Mapping[str, str] = {}) -> "Complaint":
        tried = f"; try {', or '.join(remedies.values())}" if remedies else ""
        self = super().__new__(cls, f"{name}: expected {expected}, got {got}{tried}")
        self.name, self.expected, self.got, self.remedies = name, expected, got, remedies
        return self

    def __getnewargs__(self) -> Any:  # so that the error can be sent from one process to another
        return self.name, self.expected, self.got, self.remedies


def fail(name: str, expected: str, got: object, remedies: Mapping[str, str] = {}) -> NoReturn:
    raise ValueError(Complaint(name, expected, str(got), remedies))
