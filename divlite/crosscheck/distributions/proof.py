"""Whether a sum that was found is a loss of the catalogue, term by term: proved with symbols."""

from functools import cache
from typing import Any

from ...losses import LOSSES
from ...losses.protocol import loss_name
from .cores import BY_NAME
from .readings import Reading


@cache
def proved(name: str) -> bool:
    """Whether the terms of the sum of this name are, for all p and q > 0, those of the loss that has it."""
    core = BY_NAME.get(name)
    loss: Any = next((loss for loss in LOSSES if loss_name(loss) == name), None)
    if core is None or core.terms is None or loss is None:
        return False
    # SymPy takes a third of a second to load, and is wanted here alone.
    import sympy as sp

    from ...derive.symbolic import follows
    from ...derive.term import on_terms

    terms = core.terms

    def found(p: Any, log_p: Any, q: Any, log_q: Any) -> Any:
        return terms(Reading((), p, log_p, log_p), Reading((), q, log_q, log_q))

    p, q = sp.symbols("p q", positive=True)
    given = p, sp.log(p), q, sp.log(q)
    return follows(on_terms(found, *given), on_terms(loss.value, *given), (), ())
