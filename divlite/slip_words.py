"""What is said of a slip: its cause, the number in it, and the right formula."""

from collections.abc import Callable
from fractions import Fraction

from .language import joined, phrase, template

CHAIN = phrase("a missing factor q (after d/dq the chain rule multiplies by dq/dlog q = q)")
PLUS_ONE = template(
    "{missing} (the +1 of the product rule, due once where q stands before log q: "
    "the derivative of log q is 1)"
)


def simple(c: float) -> Fraction:
    """The nearest fraction with a denominator of at most 12."""
    return Fraction(c).limit_denominator(12)


def number(c: float) -> str:
    """2, 1/3, 0.123457: a constant as one writes it."""
    nearest = simple(c)
    return str(nearest) if abs(nearest - c) <= 1e-9 * abs(c) else f"{c:.6g}"


def times(c: float, what: str) -> str:
    """q, -q, 2 * q: c times something as one writes it."""
    return {1.0: what, -1.0: f"-{what}"}.get(c, f"{number(c)} * {what}")


def plus(formula: str, c: float, what: str) -> str:
    """given + q, given - 2 * q: c times something more, as one writes it."""
    return f"{formula} {'-' if c < 0.0 else '+'} {times(abs(c), what)}"


def factor(formula: str = "given", cause: str = "") -> Callable[[float], str]:
    """Says numeric = c * formula: the cause, if the formula has one, then the sign and the number of c."""

    def says(c: float) -> str:
        causes = [cause] if cause else []
        if c < 0.0:
            causes.append(phrase("a wrong sign (a minus from inside, as in d(p - q)/dlog q = -q)"))
        if abs(c) > 1.0:
            causes.append(phrase("a missing factor {}", number(abs(c))))
        if abs(c) < 1.0:
            causes.append(phrase("a factor {} too many", number(1.0 / abs(c))))
        right = times(c, formula)
        return phrase("{what}. Right is {right}.", what=joined("{}, and {}", causes), right=right)

    return says


def term(name: str, formula: str = "given", cause: str = "") -> Callable[[float], str]:
    """Says numeric = formula + c * name; cause: what is said of a {missing} term besides."""

    def says(c: float) -> str:
        what = times(c, name)
        missing = phrase("a missing term {}", what)
        if c < 0.0:
            missing = phrase("a missing term {less} (or {more} too many)", less=what, more=times(-c, name))
        if abs(c) == 2.0:
            half = times(-c / 2.0, name)
            missing = phrase("a term {half} with the wrong sign (or a missing {what})", half=half, what=what)
        if cause:
            missing = phrase(cause, missing=missing, chain=CHAIN)
        return phrase("{what}. Right is {right}.", what=missing, right=plus(formula, c, name))

    return says


def product_rule(c: float) -> str:
    """Says numeric = given + c * value."""
    return phrase(
        "a term of the product or quotient rule, missing or too many: a factor of value with q in it moves "
        "(q, 1/q, sqrt(q)), and p does not. Right is {}.",
        plus("given", c, "value"),
    )
