"""divlite: divergences between distributions, their analytic gradients, and what each does to a fit.

    import divlite as dl

    p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
    grid = dl.Grid.linspace(-15, 15, 1000)
    fit = dl.fit(dl.ForwardKL(), p, dl.Normal(0, 1), grid, optimizer=dl.adam(), steps=10_000)

Importing it loads NumPy and nothing else; Numba, torch and matplotlib come when they are asked for.
"""

from typing import TYPE_CHECKING, Any

from . import _startup as _startup  # first of all
from . import functional as functional
from . import losses
from ._types import Family
from .backend import Backend
from .backends import BACKENDS
from .closed_form import d_normal_kl, normal_kl
from .coordinates import LogSigma, Sigma, Variance
from .crosscheck import Report, crosscheck
from .densities import Mixture, Normal, Tabulated
from .derivative import DerivativeCheck, check_derivative
from .descent.basins import Basins, basins
from .descent.finding import Optima, optima
from .descent.many import Fits, fit_many
from .descent.optimum import Optimum
from .descent.solving import solve
from .descent.surface import Landscape, landscape
from .discrete import d_kl_div_input, d_kl_div_logits, kl_div, log_softmax, mean_kl, softmax
from .explain import Explanation, explain
from .facts import Facts, facts
from .families import Cauchy, Laplace, Logistic, StudentT
from .fitting import Fit, FitWarning, fit
from .grid import Grid
from .ledger import Ledger, ledger
from .losses import *  # noqa: F403
from .microscope import Microscope, microscope
from .objective import Problem, d_log_q, objective, problem, value_and_grad
from .optimizers import adam, sgd
from .why import Why, why

if TYPE_CHECKING:
    from .plotting import (
        font_families,
        plot_densities,
        plot_fit,
        plot_force,
        plot_landscape,
        plot_microscope,
        plot_path,
        plot_separations,
        plot_summary,
        write_force_gif,
        write_gif,
        write_landscape_gif,
    )

__version__ = "0.1.0"

__all__ = [
    "BACKENDS",
    "Backend",
    "Basins",
    "Cauchy",
    "DerivativeCheck",
    "Explanation",
    "Facts",
    "Family",
    "Fit",
    "FitWarning",
    "Fits",
    "Grid",
    "Landscape",
    "Laplace",
    "Ledger",
    "LogSigma",
    "Logistic",
    "Microscope",
    "Mixture",
    "Normal",
    "Optima",
    "Optimum",
    "Problem",
    "Report",
    "Sigma",
    "StudentT",
    "Tabulated",
    "Variance",
    "Why",
    "adam",
    "basins",
    "check_derivative",
    "crosscheck",
    "d_kl_div_input",
    "d_kl_div_logits",
    "d_log_q",
    "d_normal_kl",
    "explain",
    "facts",
    "fit",
    "fit_many",
    "font_families",
    "functional",
    "kl_div",
    "landscape",
    "ledger",
    "log_softmax",
    "mean_kl",
    "microscope",
    "normal_kl",
    "objective",
    "optima",
    "plot_densities",
    "plot_fit",
    "plot_force",
    "plot_landscape",
    "plot_microscope",
    "plot_path",
    "plot_separations",
    "plot_summary",
    "problem",
    "sgd",
    "softmax",
    "solve",
    "value_and_grad",
    "why",
    "write_force_gif",
    "write_gif",
    "write_landscape_gif",
]
# Not supported means here: every name imported above is public to a type checker, which is what is wanted.
__all__ += losses.__all__  # pyright: ignore[reportUnsupportedDunderAll]


def __dir__() -> list[str]:
    """The public names, the figures among them."""
    return __all__


def __getattr__(name: str) -> Any:
    """The figures, imported with matplotlib when the first one is asked for."""
    if name.startswith("plot_") or name.endswith("_gif") or name == "font_families":
        from . import plotting

        if hasattr(plotting, name):
            return getattr(plotting, name)
    raise AttributeError(f"module 'divlite' has no attribute {name!r}")
