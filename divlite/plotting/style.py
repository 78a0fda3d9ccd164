"""How every figure looks: colours, and axes with nothing on them that is not needed."""

import math
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import figure as mpl_figure
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text

from .. import families
from .._types import Array, Density, Family
from ..densities.target import log_prob
from ..ending import mass
from ..families import Normal
from ..grid import Grid
from ..language import Language, phrase, told
from ..language.wrapping import wrapped
from . import fonts

# Petroff's cycle of six, told apart by people with any kind of colour vision.
BLUE, ORANGE, RED, PURPLE, GREY, VIOLET = mpl.color_sequences["petroff6"]
TARGET, FIT, START = GREY, BLUE, PURPLE
# On the target's grey. The cycle's violet is too near its purple for two lines, and black is near none.
DISTINCT = (BLUE, ORANGE, PURPLE, RED, "#111111")
LINES = ("-", "--", "-.", ":")
FILL: dict[str, Any] = {"color": TARGET, "alpha": 0.4, "linewidth": 0}
TEXT = "#333333"
MINUS = "\N{MINUS SIGN}"
WIDE = "\N{FIGURE SPACE}"  # as wide as a digit
HEIGHT = phrase("mass per unit of x")  # of P and of Q alike, whatever their masses: a density, if that is 1


class Figure(mpl_figure.Figure):
    """A matplotlib figure that a notebook shows at the end of a cell, without pyplot.

    Its texts, those too that were set later, are drawn with fonts that have their letters.
    """

    def draw(self, renderer: RendererBase) -> None:
        fonts.dress(self.findobj(Text))
        layout = self.get_layout_engine()
        if self.canvas.is_saving() and isinstance(layout, ConstrainedLayoutEngine):
            layout.execute(self)  # matplotlib draws what it saves twice, and first for its layout alone
        else:
            super().draw(renderer)

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """A PNG of two dots for each of the 96 that make an inch on a page, and its size there."""
        file = BytesIO()
        self.savefig(file, format="png", dpi=192)
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        return file.getvalue(), {"width": width, "height": height}


def figure(width: float, height: float) -> Figure:
    """An empty figure of this many inches, at 144 dots an inch, drawn without a display."""
    fig = Figure(figsize=(width, height), dpi=144, layout="constrained", facecolor="white")
    FigureCanvasAgg(fig)
    return fig


def bare(ax: Axes, xlabel: str = "", ylabel: str = "", title: str = "", lang: Language = "en") -> None:
    """Labels, a light grid, and no frame where there is no scale."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color("#aaaaaa")
    ax.tick_params(colors=TEXT, labelsize=9)
    ax.grid(True, color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel(told(xlabel, lang), fontsize=10, color=TEXT)
    ax.set_ylabel(told(ylabel, lang), fontsize=10, color=TEXT)
    ax.set_title(told(title, lang), fontsize=11, color=TEXT, loc="left", fontweight="bold")


def legend(ax: Axes, title: str = "", **options: Any) -> None:
    """A legend that stands on the panel, not in it, where it would lie on a curve or keep a part empty."""
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "alignment": "left"}
    room: dict[str, Any] = {"borderpad": 0.1, "borderaxespad": 0.2, "frameon": False}
    # An empty title would take a line.
    bold: dict[str, Any] = {"title": title or None, "title_fontproperties": {"weight": "bold", "size": 11}}
    ax.legend(**place, **room, **bold, fontsize=9, labelcolor=TEXT, **options)


def headline(fig: Figure, title: str) -> None:
    """The title of the whole figure; no title takes no room."""
    if not title:
        return
    fig.suptitle(title, fontsize=11, color=TEXT, fontweight="bold", x=0.02, ha="left")


def footnotes(fig: Figure, notes: Iterable[str], lang: Language = "en") -> None:
    """What a reader should know besides, in small letters under everything."""
    lines = [line for note in notes for line in wrapped(told(note, lang), int(16 * fig.get_figwidth()))]
    if lines:
        fig.supxlabel("\n".join(lines), fontsize=8, color=TEXT, x=0.02, ha="left")


def density(p: Density, grid: Grid) -> Array:
    """p at the points of the grid, in 1/units of x."""
    return np.exp(log_prob(p, grid.x))


def target(ax: Axes, grid: Grid, p: Density, lang: Language = "en") -> Array:
    """P, under whatever is fitted to it: a filled shape with a quiet edge; its heights."""
    height = density(p, grid)
    ax.fill_between(grid.x, height, **FILL)
    ax.plot(grid.x, height, color=TARGET, linewidth=1.2, label=told(called(p, grid), lang))
    return height


def whole(masses: Array) -> bool:
    """Whether each of these is 1, to one part in a hundred."""
    return bool((np.abs(masses - 1) < 0.01).all())


def called(p: Density, grid: Grid) -> str:
    """P, and its mass on the grid, as a legend says them."""
    return entry(phrase("P, the target"), held(p, grid))


def held(p: Density, grid: Grid) -> str:
    """The mass on the grid, as a legend says it."""
    return phrase("mass {:.4g}", mass(p, grid))


def kind(q: Family) -> str:
    """The family of Q, behind its letter: ", laplace" or ", student-t(3)"; of a Normal nothing is said."""
    if type(q) is Normal:
        return ""
    shape = ", ".join(f"{value:g}" for value in families.shape(q))
    return f", {families.spelled(q)}" + (f"({shape})" if shape else "")


def fitted(name: str, q: Family, grid: Grid) -> str:
    """A Q with its family, its parameters and its mass on the grid, as a legend says them."""
    return entry(name + kind(q), phrase("{}, {}", parameters(q), held(q, grid)))


def entry(name: str, value: str) -> str:
    """A line of a legend."""
    return phrase("{}: {}", name, value)


def parameters(q: Family) -> str:
    """mu and sigma as a legend names them."""
    return rf"$\mu = {number(q.mu)}$, $\sigma = {number(q.sigma)}$"


def number(value: float) -> str:
    """Three decimals, or significant digits where these would say nothing; 0 below what rounding leaves."""
    size = abs(value)
    if size < 1e-12:
        return "0.000"
    return f"{value:.3f}" if 1e-3 <= size < 1e4 else f"{value:.3g}" if size < 1 else f"{value:.8g}"


def aligned(values: Array, smallest: float) -> list[str]:
    """The values with as many decimals as each other: three, or as many as `smallest` needs for three digits.

    With an exponent instead where that would be more than six decimals, or six digits before them.
    """
    sizes = np.abs(values[np.isfinite(values)])
    decimals = max(3, 2 - math.floor(math.log10(smallest))) if smallest > 0 else 3
    form = "{:.3e}" if decimals > 6 or sizes.max(initial=0.0) >= 1e5 else f"{{:.{decimals}f}}"
    return [form.format(value).replace("-", MINUS) for value in values]


def steady(texts: list[str]) -> list[str]:
    """Numbers each as wide as all the others: with a sign, if one of them has one, and room for digits."""
    if any(text.startswith(MINUS) for text in texts):
        texts = [text if text.startswith(MINUS) else "+" + text for text in texts]
    widest = max(texts, key=len)
    # A comma is narrower than a digit, and so is the space for it.
    room = ["\N{PUNCTUATION SPACE}" if letter == "," else WIDE for letter in widest]
    return ["".join(room[: len(widest) - len(text)]) + text for text in texts]


def least(values: Array) -> float:
    """The smallest finite size above 0, or 0."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(sizes[sizes > 0].min()) if sizes.any() else 0.0


def looks(number: int) -> list[dict[str, Any]]:
    """So many lines told apart: by colour, then by dashes, and the first ones wider, under the others.

    So all of them can be seen where they lie on one another.
    """
    styles = [(colour, line) for line in LINES for colour in DISTINCT]
    widths = np.linspace(2.2 + min(number - 1, 5), 2.2, number)
    return [
        {"color": styles[k % len(styles)][0], "linestyle": styles[k % len(styles)][1], "linewidth": width}
        for k, width in enumerate(widths)
    ]


def fine(grid: Grid) -> Array:
    """Where to draw a Q: the grid's points, and more between them if they are few."""
    if grid.x.size >= 400:
        return grid.x
    between = np.linspace(float(grid.x[0]), float(grid.x[-1]), 400)
    return np.sort(np.concatenate([grid.x, between]))


def ceiling(*shown: Array, passing: Sequence[Array] = ()) -> float:
    """The top of the density axis: room for what is shown, and for what passes up to six times that.

    A narrow fit on its way may be a spike, and must not flatten everything else.
    """
    highest = max(float(curve.max()) for curve in shown)
    tallest = max((float(curve.max()) for curve in passing), default=0.0)
    return 1.12 * max(highest, min(tallest, 6.0 * highest)) or 1.0
