"""The derivation of any loss, for any family of Q; from the definition to the gradient, it is computed.

What it means, and the second derivative, follow from theorems and lessons.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from ..language import joined, phrase
from ..losses import protocol
from . import run, seen, theorems
from .coordinates import first
from .lessons import lesson_of
from .notation import *
from .reasons import does_not_depend, listed, names, text
from .request import Request
from .rules import SHORT, Moving, lines
from .written import carried, counted, times

FAR = phrase(
    "as $sigma$ grows, $q$ rises at points more than one $sigma$ from $mu$, and falls nearer to $mu$"
)


class Later(Sequence[Part]):
    """Parts that are made when they are first asked for: the first can be read while the last is derived."""

    def __init__(self, *makers: Callable[[], Part]) -> None:
        self._makers: Any = tuple(map(cache, makers))

    def __len__(self) -> int:
        return len(self._makers)

    def __getitem__(self, place: Any) -> Any:
        made = self._makers[place]
        return tuple(one() for one in made) if isinstance(place, slice) else made()


def derivation(loss: Any, request: Request) -> Derivation:
    """All about the gradient of a loss, for a Q of the family that is asked for."""
    known, reasons = run.definitions(loss), lesson_of(loss).reasons
    parts = Later(
        lambda: _taught(_definition(loss, request, known), reasons),
        lambda: _taught(_sensitivity(loss, known), reasons),
        lambda: _movement(loss, request),
        lambda: _taught(_product(loss, request), reasons),
        lambda: Part(phrase("What it means"), tuple(theorems.meaning(loss, request))),
        lambda: Part(phrase("The second derivative at the optimum"), tuple(theorems.second(loss, request))),
    )
    return Derivation(
        protocol.loss_name(loss),
        _title(loss),
        known | seen.meanings(loss, request.family),
        parts,
        _ends(loss, request, known),
    )


def _title(loss: Any) -> str:
    """The loss with its numbers, and what its file calls it, or its lesson if it is made of another."""
    title = protocol.loss_title(loss, "${}$")
    lesson, summary = lesson_of(loss).title, protocol.summary(loss)
    words = lesson.partition(": ")[2] if protocol.inner(loss) else summary.partition(": ")[0]
    return joined("{}: {}", [title, phrase(words)]) if words else title


def _taught(part: Part, reasons: Mapping[str, str]) -> Part:
    """The part with a teacher's words in the place of some computed reasons."""

    def told(item: Any) -> Any:
        if not isinstance(item, Chain):
            return item
        return item._replace(
            lines=tuple(one._replace(why=reasons.get(one.why, one.why)) for one in item.lines)
        )

    return part._replace(content=tuple(map(told, part.content)))


def _sums(known: Mapping[Any, Any]) -> dict[Any, Any]:
    """The named sums that L is made of, if it is of several."""
    return {name: total for name, total in known.items() if name != L}


def _inner(loss: Any, sums: Mapping[Any, Any]) -> dict[Any, Any]:
    """The derivative of each sum that moves, by what moves at the point k."""
    return dict(zip(sums, run.each_of(run.inner(loss, k)), strict=False))


def _definition(loss: Any, request: Request, known: Mapping[Any, Any]) -> Part:
    content: list[str | Chain] = [seen.who(loss, request.family)]
    sums = _sums(known)
    if sums:
        content.append(phrase("$L$ is made of sums over the points:"))
        content += [
            chain(name, line(total, phrase("summed with the weights, and called {}", text(name))))
            for name, total in sums.items()
        ]
        from_sums = phrase("computed from {}", listed([*map(text, sums)]))
        content += [phrase("The loss is"), chain(L, line(known[L], from_sums))]
    else:
        gone = [text(number) for number in run.given(loss) if not known[L].has(number)]
        content.append(chain(L, line(known[L], _summed(gone))))
    return Part(phrase("The definition"), (*content, *lesson_of(loss).definition(request)))


def _summed(gone: list[str]) -> str:
    """How L is made from its terms; gone: the numbers of the loss that cancel."""
    if not gone:
        return phrase("the weighted sum over the points")
    if len(gone) == 1:
        return phrase("the weighted sum over the points; {} cancels", *gone)
    return phrase("the weighted sum over the points; {} cancel", listed(gone))


def _sensitivity(loss: Any, known: Mapping[Any, Any]) -> Part:
    view, at, sums = seen.of(loss), run.seen(loss, k), _sums(known)
    content: list[str | Chain] = [view.ask]
    moving = Moving(at.moved, at.moves, view.name)
    terms = run.terms(loss, k)
    if not sums:
        content.append(_chain(L, terms, moving, run.sensitivity(loss, k)))
        return Part(phrase("The sensitivity"), tuple(content))
    inner = _inner(loss, sums)
    fixed = [text(name) for name in sums if name not in inner]
    idle = [phrase("{}.", does_not_depend(fixed, view.name))] if fixed else []
    content.append(joined("{} {}", [phrase("First the sums."), *idle]))
    content += [
        _chain(name, term, moving, inner[name]) for name, term in zip(inner, run.each_of(terms), strict=False)
    ]
    content.append(phrase("Then the loss:"))
    outer = Moving(at.moved, inner, view.name, above=True)
    steps = [line(D(known[L], at.moved), phrase("the formula of part 1")), *lines(known[L], outer)]
    content.append(chain(D(L, at.moved), *steps, line(run.sensitivity(loss, k), SHORT)))
    return Part(phrase("The sensitivity"), tuple(content))


def _chain(name: Any, term: Any, moving: Moving, end: Any) -> Chain:
    """The derivative of a sum by what moves at one point."""
    (moved,) = moving.variable.args if isinstance(moving.variable, log) else (moving.variable,)
    only = phrase("only the term of the point $k$ has {} in it", f"${moved}$")
    return _ended(
        D(name, moving.variable), [line(D(term, moving.variable), only), *lines(term, moving)], end, SHORT
    )


def _ended(head: Any, steps: list[Line], end: Any, why: str) -> Chain:
    """A chain with this end, which has no line of its own if the last one is the same already."""
    there = steps and set(sp.Mul.make_args(steps[-1].math)) == set(sp.Mul.make_args(end))
    return chain(head, *steps) if there else chain(head, *steps, line(end, why))


def _movement(loss: Any, request: Request) -> Part:
    """How what the view shows moves with the parameters."""
    view, moved = seen.of(loss), run.seen(loss, k).moved
    content = seen.begins(loss, request.family)
    for theta, end in request.asked(run.moved(loss, request.family, k, in_z=True)):
        content.append(_ended(D(moved, theta), view.steps(request.family, theta), end, _says(end, theta)))
    if request.second and request.coordinate.rate:
        content += [
            phrase("The second parameter is {}. So one more factor is needed:", request.coordinate.words),
            chain(D(sigma, request.symbol), *request.coordinate.rate),
        ]
    return Part(view.half, tuple(content))


def _says(end: Any, theta: Any) -> str:
    at_sigma = carried(end.xreplace({z[k]: sp.S.One})) if theta is sigma and end.has(z[k]) else None
    return FAR if at_sigma == 0 else SHORT


def _product(loss: Any, request: Request) -> Part:
    """The gradient: the chain rule."""
    moved = run.seen(loss, i).moved
    content: list[str | Chain] = [phrase(seen.of(loss).product, text(moved))]
    depends = phrase("the chain rule: $L$ depends on every {}", text(moved))
    gradients: dict[Any, Any] = {}
    for theta, rate in request.asked(run.moved(loss, request.family, i, in_z=True)):
        summed = times(run.sensitivity(loss, i), rate)
        outside, gradients[theta] = _taken_out(summed)
        steps = [
            line(Total(D(L, moved) * D(moved, theta)), depends),
            line(Total(summed), phrase("the sensitivity of part 2 times what part 3 found")),
        ]
        content.append(_ended(D(L, theta), steps, gradients[theta], outside))
    if request.second and request.coordinate.rate:
        both = phrase("the two factors, from above and from part 3")
        content.append(first(request, gradients[sigma], both))
    return Part(phrase("The product: the gradient"), tuple(content))


def _taken_out(summed: Any) -> tuple[str, Any]:
    """The sum of a product with what is the same at every point taken out; and the reason."""
    factors = sp.Mul.make_args(summed)
    constant = times(*(factor for factor in factors if not factor.has(i)))
    gradient = times(constant, Total(times(*(factor for factor in factors if factor.has(i)))))
    same = names(constant)
    if len(same) < 2:
        same = [text(times(sp.sign(counted(constant)[0]), constant))]
    if len(same) == 1:
        return phrase("{} is the same at every point", *same), gradient
    return phrase("{} are the same at every point", listed(same)), gradient


def _ends(loss: Any, request: Request, known: Mapping[Any, Any]) -> dict[Any, Any]:
    """What the code gives for the heads of the chains that end in a formula that runs."""
    family, coordinate, moved = request.family, request.coordinate, run.seen(loss, k).moved
    gradient, rates = run.gradient(loss, family), run.moved(loss, family, k)
    ends = {D(name, moved): end for name, end in _inner(loss, _sums(known)).items()}
    ends |= {D(L, moved): run.sensitivity(loss, k)}
    ends |= {D(moved, theta): rate for theta, rate in zip((mu, sigma), rates, strict=True)}
    ends |= {D(L, theta): end for theta, end in zip((mu, sigma), gradient, strict=True)}
    if moved == log(q[k]):
        ends[moved] = run.log_prob(family, run.place(family), x[k])
    if coordinate.rate:
        rate = run.d_sigma(coordinate.code)
        ends |= {D(sigma, coordinate.symbol): rate, D(L, coordinate.symbol): times(gradient[1], rate)}
    return ends
