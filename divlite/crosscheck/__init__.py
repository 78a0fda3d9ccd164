"""What a torch loss really computes, and which line to change.

The function is a black box. It is called on random arguments, where slips show: what it gives is a sum of
known terms times numbers, and these are found by least squares, to the last digits. What fits is named.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .. import _check
from .._types import Loss
from . import calling, door
from .door import MEANS, Mean, Options
from .report import Alternative as Alternative
from .report import Finding as Finding
from .report import Report as Report

TWO = (
    "two, the fit's and the target's, and a function with the others inside, such as "
    "lambda q, p: fn(q, p, mask)"
)


def crosscheck(
    fn: Callable[..., Any],
    *arguments: Any,
    given: str | Sequence[str] | None = None,
    fit: int = 0,
    expected: Loss | None = None,
    mean: Mean | None = None,
    axis: int | None = None,
    temperature: float = 1.0,
    dx: float = 1.0,
    gradient: Callable[..., Any] | None = None,
) -> Report:
    """What does this torch function compute, and if that is not what is meant, which line is to be changed?

    fn: called as fn(*arguments), with your tensors and with others like them, smaller ones too. It is called
    and nothing else. Its result may be one number or an array, whose sum is taken.

    given: what the arguments are, one name for all or one for each:
        "logits", "log_probabilities", "probabilities": of a fit q and a target p, along `axis`
        "densities", "log_densities": the same, of densities at points `dx` apart
        "mu", "sigma", "log_sigma", "variance", "log_variance": of a Normal q; the same with "p_" before it of
        a Normal p, which is N(0, 1) otherwise
        "log_q", "log_p": log-probabilities of samples drawn from q
    Left out, it is taken from the names of fn's own arguments (mu, logvar, ...), else from the numbers.
    fit: which argument is the fit's, 0 or 1: the first is, in torch's order.
    expected: the loss that is meant, dl.ForwardKL() for KL(p || q); left out, the report says what fn is.
    mean: what is meant by the mean: over "distribution"s, the "sum", or over the "entries" as torch's "mean".
    axis: along which the outcomes run; found where it is left out: where the sums are 1, else axis 1 of four
    axes and the last one of others.
    temperature: by which both sides' logits are meant to be divided; dx: the distance of a grid's points.
    gradient: a gradient written by hand, called as fn is; by the fit, of the fit's shape.

    Raises: ValueError for arguments that fn does not take, or that are not as `given` says; for a function
    whose backward raises an error.
    Needs torch.
    """
    # Some forty modules, which whoever imports divlite for something else need not wait for.
    from . import asking, normals, samples
    from .distributions import report_on

    said = Options(fit, expected, mean, axis, temperature, dx)
    door.checked(fn, arguments, gradient, said)
    arrays = tuple(calling.plain(f"argument {n}", a) for n, a in enumerate(arguments, 1))
    door.without_nan(arrays)
    door.without_labels(arguments, arrays)
    tensors = tuple(calling.tensor(a) for a in arguments)
    names = asking.names(fn, len(arrays))
    kinds = asking.kinds(given, names, arrays)
    function = door.function(fn, gradient, fit, tensors, arrays)
    called = function.value, function.gradients, arrays
    with door.refusals("a function that takes arguments like these"):
        if kinds is not None and asking.of_normals(kinds):
            return normals.crosscheck(*called, kinds, expected, mean)
        if kinds is not None and asking.of_samples(kinds):
            return samples.crosscheck(*called, kinds, expected, mean)
        if kinds is None and expected is None and asking.like_samples(arrays):
            logs = ("log_q", "log_p") if fit == 0 else ("log_p", "log_q")
            report = samples.crosscheck(*called, logs, None, mean)
            if report.verdict != "unexplained":
                return report
        if len(arrays) != 2:
            _check.fail("arguments", TWO, len(arrays))
        reports = (
            report_on.crosscheck(function, *asking.discrete(function, arrays, names, of, said), tensors)
            for of in asking.guesses(kinds, arrays, axis)
        )
        return asking.simplest(reports, not all(a.size for a in arrays))


__all__ = ["MEANS", "Alternative", "Finding", "Mean", "Report", "crosscheck"]
