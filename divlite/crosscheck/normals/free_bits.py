"""Free bits: a KL that is not allowed below a number."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..._types import Array
from ...language import phrase
from .. import sparse, vocabulary
from ..report import Report
from .probes import Arguments, Setting, exact, far, probes
from .words import line

Call = Callable[..., float]


class FreeBits(NamedTuple):
    """fn = weight * sum of max(KL, least) over what `where` says."""

    where: str
    least: float
    weight: float


def found(call: Call, place: Setting, name: str) -> FreeBits | None:
    """The clamp that gives fn's values for all random arguments, small and large, or None."""
    tried = [*probes(place, 16, True, 24), *_near(place), *far(place, 8, 25)]
    values = sparse.values(call, tried)
    if values is None or not np.isfinite(values).all():
        return None
    kls = [exact(place, probe, name) for probe in tried]
    large = slice(-8, None)
    weight = float(values[large].sum() / np.array([kl.sum() for kl in kls[large]]).sum())
    limit = sparse.tolerance(values)
    for where, parts in _clamped(place):
        least = _least(call, place, parts(np.zeros(place.full)).size, weight)
        model = [weight * float(np.maximum(parts(kl), least).sum()) for kl in kls]
        if least > 0 and np.allclose(model, values, rtol=10 * limit, atol=0):
            return FreeBits(where, least, weight)
    return None


def _clamped(place: Setting) -> Iterator[tuple[str, Callable[[Array], Array]]]:
    """What may be clamped: the KL of each element, of each row, or the whole."""
    yield phrase("for each dimension"), lambda kl: kl
    if len(place.full) > 0:
        yield phrase("for each distribution"), lambda kl: kl.sum(-1)
    if len(place.full) > 1:
        yield (
            phrase("for each dimension of the batch's mean"),
            lambda kl: kl.reshape(-1, kl.shape[-1]).sum(0),
        )
        yield phrase("of the whole"), lambda kl: np.asarray(kl.sum())


def _least(call: Call, place: Setting, count: int, weight: float) -> float:
    """The value where every KL is 0, for each part."""
    zero = prior(place)
    value = sparse.tried(call, zero)
    return 0.0 if value is None else value / (weight * count)


def _near(place: Setting) -> list[Arguments]:
    """Arguments at which every KL is small."""
    rng = np.random.default_rng(27)
    return [tuple(a + scale * rng.uniform(0, 1, a.shape) for a in prior(place)) for scale in (0.1, 0.3, 0.6)]


def prior(place: Setting) -> Arguments:
    """q and p both N(0, 1)."""
    plain = {"sigma": 1.0, "variance": 1.0}
    return tuple(
        np.full(shape, plain.get(name.removeprefix("p_"), 0.0))
        for name, shape in zip(place.given, place.shapes, strict=True)
    )


def report(bits: FreeBits, place: Setting, due: str, mean: str | None, value: float, right: float) -> Report:
    """The report of a KL that is not allowed below a number."""
    summed = bits.where.startswith(("for each dimension of", "of the whole"))
    least = f"{bits.least * (bits.weight if summed else 1.0):.6g}"
    equal = bits.weight * bits.least
    evidence = phrase("where q = p the function is {:.6g} for each of them, and the KL is 0", equal)
    known = {"where": bits.where, "line": line(place, due, mean)}
    slip = vocabulary.finding("normals", "free bits", evidence, factor=least, **known)
    what = phrase("{kl} of Normals, {where} no less than {least} (free bits)", kl=due, least=least, **known)
    note = phrase("Free bits may be meant: they keep q from p.")
    return Report("wrong value", what, (slip,), (), (note,), value, right)
