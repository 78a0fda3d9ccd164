"""Columns in the user's names: as formulas to read, and as lines of torch."""

from collections.abc import Mapping
from typing import NamedTuple

from .columns import ONE, Column
from .probes import Setting


class Names(NamedTuple):
    """How a column is spelled: the kinds of the two numbers, and the names of the arguments."""

    q: str
    p: str
    mu: str
    number: str
    p_mu: str
    p_number: str


def described(terms: Mapping[Column, float], names: Names) -> str:
    """A sum as a formula, such as 0.5 exp(2 log_sigma)."""
    return _sum(terms, names, code=False)


def torch_line(terms: Mapping[Column, float], names: Names) -> str:
    """The same as torch has it, such as 0.5 * (2 * log_sigma).exp()."""
    return _sum(terms, names, code=True)


def _sum(terms: Mapping[Column, float], names: Names, code: bool) -> str:
    text = ""
    for key, c in terms.items():
        number, word = _number(key, c, names), _word(key, names, code)
        size = "" if abs(number) == 1 else f"{abs(number):g}{' * ' if code else ' '}"
        sign = (" - " if number < 0 else " + ") if text else ("-" if number < 0 else "")
        text += f"{sign}{size}{word}"
    return text


def _number(key: Column, c: float, names: Names) -> float:
    """The coefficient of the number given: log variance is 2 log sigma."""
    kind = names.p if key.what.endswith("p") else names.q
    return c * (0.25 if "2" in key.what else 0.5) if "variance" in kind and key.what.startswith("log") else c


def _word(key: Column, names: Names, code: bool) -> str:
    if key == ONE:
        return "1"
    times = " * " if code else " "
    squared = "**2" if code else "^2"
    logs = {"log q": (names.number, names.q), "log p": (names.p_number, names.p)}
    name, kind = logs.get(key.what.replace("2", ""), ("", ""))
    if name:
        log = f"{name}.log()" if code else f"log {name}"
        text = name if kind.startswith("log") else log
        return (
            (text if kind.startswith("log") or code else f"({text})") + squared if "2" in key.what else text
        )
    powers = [(_power(names.q, names.number, key.a, code), key.a)]
    powers += [(_power(names.p, names.p_number, key.b, code), key.b)]
    mean = _mean(key.what, names, code)
    above = [text for text in (mean, *(t for t, power in powers if power > 0)) if text]
    return " / ".join([times.join(above) or "1", *(text for text, power in powers if power < 0)])


def _mean(what: str, names: Names, code: bool) -> str:
    d = f"({names.mu} - {names.p_mu})" if names.p else names.mu
    power = "**" if code else "^"
    absolute = f"{d}.abs()" if code else f"|{d.strip('()')}|"
    return {
        "": "",
        "D": d,
        "|D|": absolute,
        "D2": f"{d}{power}2",
        "D4": f"{d}{power}4",
        "S2": f"({names.mu} + {names.p_mu}){power}2",
        "mu2": f"{names.mu}{power}2",
        "m2": f"{names.p_mu}{power}2",
    }[what]


def _power(kind: str, name: str, power: float, code: bool) -> str:
    """|power| of sigma, spelled with the number given."""
    exponent = abs(power) * (0.5 if "variance" in kind else 1.0)
    number = "" if exponent == 1 else f"{exponent:g}"
    if kind.startswith("log"):
        inner = f"({number} * {name})" if number else name
        return f"{inner}.exp()" if code else f"exp({number} {name})".replace("( ", "(")
    return name + (f"{'**' if code else '^'}{number}" if number else "")


def line(place: Setting, due: str, mean: str | None) -> str:
    """The right line of torch, for the numbers that are given."""
    mu, p_mu = "mu", "p_mu"
    v, log = _parts(place.q, place.q)
    pv, p_log = _parts(place.p, f"p_{place.p}") if place.two else ("", "")
    d = f"({mu} - {p_mu})" if place.two else mu
    if due == "KL(p || q)":
        v, pv, log, p_log = pv or "1", v, p_log, log
    above = f"{d}**2 + {v}"
    square = f"({above}) / {_bracketed(pv)}" if pv else above
    logs = (f" + {p_log}" if p_log else "") + (f" - {log}" if log else "")
    lines = (
        [f"ratio = {square}", f"kl = 0.5 * (ratio{logs} - 1)"] if pv else [f"kl = 0.5 * ({square}{logs} - 1)"]
    )
    batch = "" if len(place.full) < 2 else ".sum()" if mean == "sum" else ".mean()"
    return "\n".join([*lines, *([f"loss = kl.sum(-1){batch}"] if place.full else [])])


def _bracketed(text: str) -> str:
    return f"({text})" if "*" in text else text


def _parts(kind: str, name: str) -> tuple[str, str]:
    """The variance and its logarithm."""
    return {
        "sigma": (f"{name}**2", f"2 * {name}.log()"),
        "log_sigma": (f"(2 * {name}).exp()", f"2 * {name}"),
        "variance": (name, f"{name}.log()"),
        "log_variance": (f"{name}.exp()", name),
    }[kind]
