"""What a cross-check found: one value, which prints as a page."""

from typing import Literal, NamedTuple

from ..language import checked
from . import page

Verdict = Literal[
    "right",
    "right up to a constant",
    "wrong value",
    "wrong gradient only",
    "differs by precision",
    "unexplained",
]


class Finding(NamedTuple):
    """One slip. slip: its short name, by which a test can ask for it; says: what was done, in one sentence.

    evidence: the figure that shows it; instead: the line to write; factor: by which the slip multiplies
    the result, where it is such a slip.
    """

    slip: str
    says: str
    evidence: str
    instead: str
    factor: float | None = None

    def text(self, lang: str = "en") -> str:
        """As it is printed, in "en", "ja" or "zh". Raises: ValueError for another language."""
        return "\n".join(page.finding(self, checked(lang)))

    def __str__(self) -> str:
        return self.text()


class Alternative(NamedTuple):
    """Another reading that gives the same numbers, and what would tell it from the one that is named."""

    what_it_is: str
    probe: str


class Report(NamedTuple):
    """What a function computes. `print` it, and it is a page; it is true where the verdict is "right".

    what_it_is: one sentence; empty where the verdict is "unexplained".
    findings: the slips in the order in which to mend them; notes: what is worth knowing and no slip.
    value: what the function gave for the user's own arguments; expected: what was meant, NaN if not known.
    error: how far the named composition is from the function, relative, at the worst of the probes.
    worst: (arguments in short, the function's value, what was expected), where nothing fits.
    """

    verdict: Verdict
    what_it_is: str
    findings: tuple[Finding, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    notes: tuple[str, ...] = ()
    value: float = float("nan")
    expected: float = float("nan")
    error: float = float("nan")
    worst: tuple[tuple[str, float, float], ...] = ()

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def text(self, lang: str = "en") -> str:
        """The page as it is printed, in "en", "ja" or "zh". Raises: ValueError for another language."""
        return "\n".join(page.lines(self, checked(lang)))

    def html(self, lang: str = "en") -> str:
        """The same for a notebook. Raises: ValueError for another language."""
        return page.html(self, checked(lang))

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.html()
