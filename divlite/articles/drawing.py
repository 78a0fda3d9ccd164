"""The drawings of a fit, as a report carries them: functions of a file and a language."""

from pathlib import Path

from ..densities import Mixture
from ..fitting import Fit
from ..grid import Grid
from ..language import Language, told
from .report import Drawing


def drawings_of(stem: str, p: Mixture, path: Fit, grid: Grid, title: str) -> dict[str, Drawing]:
    """The figure and the animation of one fit, by their file names."""

    def still(file: Path, lang: Language) -> None:
        from ..plotting import plot_summary

        plot_summary(p, path, grid, title=told(title, lang), lang=lang).savefig(file)

    def moving(file: Path, lang: Language) -> None:
        from ..plotting import write_gif

        write_gif(file, p, path, grid, title=told(title, lang), lang=lang)

    return {f"{stem}.png": still, f"{stem}.gif": moving}
