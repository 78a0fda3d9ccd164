# %% [markdown]
# # Five losses, one start
#
# This is the animation of the README. One Normal is fitted to a target with two modes under five losses, all
# from the same start. From this start forward KL and MSE end over both modes, and reverse KL, L1 and the
# cosine end at the mode at 10. From another start, all but forward KL may end elsewhere: see
# understanding_kl.py.

# %%
from pathlib import Path

import divlite as dl
from divlite.articles import FIVE

OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)

p = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-30, 35, 1301, weights="integral")
start, adam = dl.Normal(6, 4), dl.adam(lr=0.01)

fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=3000) for loss in FIVE}
for name, fit in fits.items():
    print(f"{name:>10}:  mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:6.3f}")
dl.write_gif(OUT / "five-losses.gif", p, fits, grid, title="Five losses, one start", frames=80, seconds=8)

# %% [markdown]
# ![Five Normals leave one start under five losses](divlite-figures/five-losses.gif)
