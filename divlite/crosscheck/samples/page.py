"""What an estimator says to a reader: the sentence, the findings with their figures, the lines to write."""

from collections.abc import Callable
from math import prod

import numpy as np

from ...language import joined, phrase, template
from .. import sparse
from ..report import Finding, Report, Verdict
from .forms import K2, NLL, P_Q, Q_P
from .gradient import FORWARD, Case, estimates, exact, finding, gradient, right_gradient
from .probes import Fitted, Place, pair, probes


def report(case: Case, value: float, expected: float, error: float) -> Report:
    """The two questions: the number, and the gradient."""
    number = [*_form(case), *_scale(case)]
    constant = [_entropy(case)] if case.form.name == "nll" and case.meant == P_Q else []
    slope = gradient(case) if _asks_gradient(case) else []
    notes = tuple(_notes(case, [*number, *slope]))
    return Report(
        _verdict(case, number, slope),
        _says(case),
        (*constant, *number, *slope),
        (),
        notes,
        value,
        expected,
        error,
    )


def unexplained(call: Callable[..., float], place: Place, value: float, found: Fitted | None) -> Report:
    """With k1 beside what the function gives; the sum of terms, if it is one, in a note."""
    notes = () if found is None else (_sum_of_terms(found),)
    rows: list[tuple[str, float, float]] = []
    for probe in probes(place, 4, 33):
        at = sparse.tried(call, probe)
        log_q, log_p = pair(place, probe)
        k1 = float((log_q - log_p).mean()) if log_p is not None else float(-log_q.mean())
        if at is not None:
            means = phrase("mean log_q {q:.4g}, mean log_q - log_p {k1:.4g}", q=log_q.mean(), k1=k1)
            rows.append((means, at, k1))
    return Report("unexplained", "", notes=notes, value=value, worst=tuple(rows))


def _sum_of_terms(found: Fitted) -> str:
    terms = " + ".join(f"{c:.6g} {key}" for key, c in found.coefficients.items())
    return phrase(
        "On random log-probabilities, with log-ratios of about 1, it agrees to {limit:.0e} with the sum over "
        "the samples of {terms}; no known estimator has these terms.",
        limit=found.limit,
        terms=terms,
    )


def elsewhere(case: Case, value: float) -> Report:
    """Where the sum that fits random arguments does not give the value for the user's own."""
    note = phrase(
        "On random log-probabilities, with log-ratios of about 1, it is {}; not so for your arguments: "
        "look for a clamp, a limit or a branch that they reach.",
        _says(case),
    )
    return Report("unexplained", "", notes=(note,), value=value)


def _not_drawn(case: Case) -> bool:
    """All classes of whole distributions, or weights that are fixed numbers and no mask."""
    weights = case.found.weights
    some = weights[weights != 0]
    uneven = bool(some.size and np.ptp(some) > 1e-6 * np.abs(some).max())
    return (case.whole and not exact(case) and case.place.p is not None) or uneven


def _form(case: Case) -> list[Finding]:
    """The slips in what is averaged."""
    found: list[Finding] = []
    if _not_drawn(case):
        weights = case.found.weights.ravel() / max(1, case.found.weights.size)
        shown = ", ".join(f"{w:.3g}" for w in weights[:6]) + (", ..." if weights.size > 6 else "")
        found.append(finding("not drawn from q", phrase("the weights are fixed numbers: {}", shown)))
    if case.form.slip and not exact(case):
        found.append(finding(case.form.slip, _exactly(case)))
    if case.found.outer:
        name = "clamped at zero" if case.found.outer == "clamp" else "absolute value"
        evidence = phrase("where log_q - log_p is negative on average the value is not")
        found.append(finding(name, evidence))
    whose = estimates(case)
    if whose and whose != case.meant and not right_gradient(case):
        line = {Q_P: K2, P_Q: FORWARD}.get(case.meant, "")
        evidence = phrase("it is exactly {}", case.form.said())
        found.append(finding("direction", evidence, found=whose, meant=case.meant, line=line))
    return found


SAMPLES = template("of {} samples")


def _scale(case: Case) -> list[Finding]:
    """The slips in what it is multiplied by."""
    found: list[Finding] = []
    sizes = case.place.shape
    count = prod(n for n, x in zip(sizes, case.powers, strict=False) if x != 0)
    lines = (NLL, NLL.replace("mean", "sum")) if case.place.p is None else (K2, K2.replace("mean", "sum", 1))
    if case.mean == "distribution" and case.powers and not any(case.powers):
        size = prod(sizes[:-1] if exact(case) else sizes)
        if not (exact(case) and len(sizes) == 1):
            found.append(finding("sum over the samples", phrase(SAMPLES, size), size, line=lines[0]))
    if case.mean == "sum" and any(x == -1 for x in case.powers):
        found.append(finding("mean over the samples", phrase(SAMPLES, count), 1 / count, line=lines[1]))
    factor = case.factor
    if exact(case) and case.powers and case.powers[-1] == -1:
        factor /= sizes[-1]
    if factor != 1:
        name = "sign of the whole" if factor == -1 else "factor of the whole"
        name = "half forgotten" if factor == 2 and case.form.name == "k2" else name
        evidence = phrase("it is {factor:.6g} times {what}", factor=factor, what=case.form.said())
        found.append(finding(name, evidence, factor, factor=f"{factor:.6g}"))
    return found


def _asks_gradient(case: Case) -> bool:
    """Whether the gradient is a question of its own: not where the number is of no use."""
    return not _not_drawn(case) and not (case.form.slip and not exact(case)) and not case.found.outer


def _verdict(case: Case, number: list[Finding], gradient: list[Finding]) -> Verdict:
    if number:
        return "wrong value"
    if gradient:
        return "wrong gradient only" if estimates(case) == case.meant else "wrong value"
    return "right up to a constant" if case.form.name == "nll" else "right"


def _says(case: Case) -> str:
    if _not_drawn(case):
        return phrase(
            "an average over samples that were not drawn from q: no KL, and it may have either sign"
        )
    said = case.form.said(bool(case.powers) and not any(case.powers))
    if exact(case):
        said = phrase("{} itself, the sum over all classes", estimates(case))
    clauses: list[str] = []
    if case.found.outer:
        clamped = case.found.outer == "clamp"
        clauses.append(phrase("clamped at 0") if clamped else phrase("without its sign"))
    if case.found.rows:
        clauses.append(phrase("of the sums over the last axis"))
    if case.factor != 1:
        clauses.append(phrase("multiplied by {:g}", case.factor))
    return joined("{}, {}", [said, *clauses])


def _notes(case: Case, wrong: list[Finding]) -> list[str]:
    """What is worth knowing; wrong: what is to be mended in the number and in the gradient."""
    found: list[str] = []
    right = not wrong and _asks_gradient(case)
    if right and case.form.name != "nll" and estimates(case) != case.meant:
        found.append(_of_number(case))
    if case.form.name == "k1" and not _not_drawn(case):
        found.append(
            phrase("As a number to print k1 is right: its mean is KL(q || p); single values may be negative.")
        )
    if (case.found.weights == 0).any() and not _not_drawn(case):
        out, size = int((case.found.weights == 0).sum()), case.found.weights.size
        found.append(phrase("A mask leaves out {out} of {size} samples.", out=out, size=size))
    return found


def _of_number(case: Case) -> str:
    """That the gradient is right, and what the number is."""
    number = phrase("a biased estimate of {}", case.meant)
    if case.form.name == "score":
        number = phrase("no estimate of a KL at all")
    elif estimates(case):
        number = phrase("an estimate of {}", estimates(case))
    said = phrase(
        "Its expected gradient is that of {meant}: as a loss it is right. The number itself is {number}.",
        meant=case.meant,
        number=number,
    )
    beside = [phrase("Print (log_q - log_p).mean() beside it.")] if case.meant == Q_P else []
    return joined("{} {}", [said, *beside])


def _entropy(case: Case) -> Finding:
    return finding("entropy of p left out", _exactly(case))


def _exactly(case: Case) -> str:
    return phrase("on random log-probabilities it is exactly {}", case.form.said())
