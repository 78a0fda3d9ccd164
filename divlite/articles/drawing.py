"""The drawings of a fit, as a report carries them: functions of a file, run only if they are wanted."""

from collections.abc import Callable
from pathlib import Path

from ..densities import Mixture
from ..fitting import Fit
from ..grid import Grid


def drawings_of(
    stem: str, p: Mixture, path: Fit, grid: Grid, title: str
) -> dict[str, Callable[[Path], None]]:
    """The figure and the animation of one fit, by their file names."""

    def still(file: Path) -> None:
        from ..plotting import plot_summary

        plot_summary(p, path, grid, title=title).savefig(file)

    def moving(file: Path) -> None:
        from ..plotting import write_gif

        write_gif(file, p, path, grid, title=title)

    return {f"{stem}.png": still, f"{stem}.gif": moving}
