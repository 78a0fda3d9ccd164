"""Functions into which the fit does not enter, or that take an argument for another form than was given."""

import numpy as np

from ...language import phrase
from ..calling import RefusedError
from ..report import Report
from . import forms, naming, probes, search, slips, words
from .factors import Seen
from .matches import Pair
from .meant import Meant
from .meant import finding as said
from .naming import Named
from .probes import Asked, Probes
from .readings import Taken


def depends(asked: Asked, drawn: Probes) -> bool:
    """Whether the value moves with the fit, the target as it is."""
    arguments = [drawn.first, drawn.second]
    values: list[float] = []
    for n in range(4):
        at = [arguments[place][n if place == asked.fit else 0] for place in (0, 1)]
        values.append(float(asked.output(*(probes.shaped(asked, i, a) for i, a in enumerate(at))).sum()))
    return not np.ptp(values) <= 1e-12 * max(1.0, np.abs(drawn.values).max())


def of_same(asked: Asked, meant: Meant, value: float, drawn: Probes) -> Report:
    """The report on a function that the fit does not enter."""
    zero = bool(np.abs(drawn.values).max() <= 1e-12)
    slip = "no q" if not zero else "wrong tensor" if _reads_target(asked, drawn) else "always 0"
    known = {"count": len(drawn.values), "q": meant.q.name}
    evidence = phrase("with {count} random arguments it is the same for any {q}", **known)
    if zero:
        evidence = phrase("with {count} random arguments it is 0 every time", **known)
    what = phrase("A number that does not depend on {}", meant.q.name)
    return Report("wrong value", what, (said(slip, meant, evidence=evidence),), value=value)


def _reads_target(asked: Asked, drawn: Probes) -> bool:
    """Whether NaN in the target comes through."""
    at = [probes.shaped(asked, place, a[0]) for place, a in enumerate((drawn.first, drawn.second))]
    at[1 - asked.fit] = np.full_like(at[1 - asked.fit], np.nan)
    try:
        return bool(np.isnan(asked.output(*at)).any())
    except RefusedError:  # of NaN, which it must have looked at
        return True


def of_form(asked: Asked, meant: Meant, value: float) -> Report | None:
    """Whether the function takes another form than was given: what it is for arguments of that form."""
    for place in (1 - asked.fit, asked.fit):
        for form in ("probabilities", "log_probabilities"):
            if asked.forms[place] == form:
                continue
            given = list(asked.forms)
            given[place] = form
            other = asked._replace(forms=(given[0], given[1]))
            try:
                drawn = probes.acceptable(other)
            except RefusedError:
                continue
            if not np.isfinite(drawn.values).all():
                continue
            taken = [Taken(one, asked.axis) for one in other.forms]
            pair = Pair(taken[1 - asked.fit], taken[asked.fit], asked.fit == 0)
            if matches := search.search(drawn, pair, most=0):
                one = naming.named(matches[0], meant, Seen(matches[0].factor, drawn.sizes))
                return _taken(asked, meant, one, place, form, value)
    return None


def _taken(asked: Asked, meant: Meant, one: Named, place: int, form: str, value: float) -> Report:
    side = meant.q if place == asked.fit else meant.p
    known = {"form": forms.SAID[form], "what": words.what(one, meant), "x": side.name}
    found = said(
        "form",
        meant,
        side,
        given=forms.SAID[side.form],
        taken=forms.SAID[form],
        n=phrase("with {form} there it is {what}", **known),
        instead=side.prob if form == "probabilities" else side.log,
    )
    rest = slips.findings(one, meant, one.sizes)
    what = phrase("{what}, of {form} in the place of {x}", **known)
    return Report("wrong value", what, (found, *rest), value=value, error=one.match.error)
