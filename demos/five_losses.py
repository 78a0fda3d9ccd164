# %% [markdown]
# # Five losses, one start
#
# This is the animation of the README. One Normal is fitted to a target with two modes under five losses, all
# from the same start. From this start forward KL and MSE end over both modes, and reverse KL, L1 and the
# cosine end at the mode at 10. L1 stops on level ground there: to six digits it is 1 for a Q that is nowhere
# below that mode. From another start, all but forward KL may end elsewhere: the landscapes show where. A line
# parts the starts that lead to one minimum from those that lead to another.

# %%
from pathlib import Path

from matplotlib.figure import Figure

import divlite as dl
from divlite.articles import FIVE

OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """Save the figure. A notebook shows it too, if this is the last line of a cell."""
    figure.savefig(OUT / name)
    return figure


p = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-30, 35, 1301, weights="integral")
start, adam = dl.Normal(6, 4), dl.adam(lr=0.01)

fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=3000) for loss in FIVE}
for name, fit in fits.items():
    print(f"{name:>10}:  mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:6.3f}")
dl.write_landscape_gif(
    OUT / "five-losses.gif",
    p,
    fits,
    grid,
    mu=(-12, 18),
    sigma=(0.4, 20),
    title="Five losses, one start",
    frames=80,
    seconds=8,
)

# %% [markdown]
# ![Five Normals leave one start under five losses](divlite-figures/five-losses.gif)
#
# The same landscapes over the whole window, with the way down everywhere. Reverse KL has a third minimum,
# over both modes; from starts that are wider still, or far to a side, the way leads out of the window.

# %%
keep(dl.plot_landscape(FIVE, p, grid, title="Five losses, one target"), "five-landscapes.png")
