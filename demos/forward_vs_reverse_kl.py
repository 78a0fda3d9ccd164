# %% [markdown]
# # Which way round? KL(P || Q) and KL(Q || P)
#
# Textbooks show a Normal fitted to two modes: under forward KL it covers both, under reverse KL it ends at
# one. That picture needs modes that are far apart. Which of the modes it is depends on the start.

# %%
from pathlib import Path

from matplotlib.figure import Figure

import divlite as dl

LANG = "en"  # the language of explanations, checks and figures; also ja and zh
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """Save the figure. A notebook shows it too, if this is the last line of a cell."""
    figure.savefig(OUT / name)
    return figure


grid = dl.Grid.linspace(-10, 10, 2001, weights="integral")  # the integral that the textbook means
start = dl.Normal(1, 1.5)
adam = dl.adam(lr=0.02)

# %% [markdown]
# ## Two separations
#
# Three quarters of P lie at the left mode, one quarter at 1.5. The optimiser moves log sigma in place of
# sigma, so that no step can make sigma negative.

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for name, left in (("small separation", 0.0), ("large separation", -2.5)):
    p = dl.Mixture((0.75, 0.25), (dl.Normal(left, 0.4), dl.Normal(1.5, 0.4)))
    fits: dict[str, dl.Family] = {}
    for direction, loss in (("forward KL", dl.ForwardKL()), ("reverse KL", dl.ReverseKL())):
        fit = dl.fit(loss, p, start, grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
        fits[direction] = fit.q
        ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  loss = {fit.loss[-1]:.4f}"
        print(f"{name}, {direction}:  {ended}")
    rows.append((name, p, fits))
keep(dl.plot_separations(rows, grid, xlim=(-5, 5), lang=LANG), "separations.png")

# %% [markdown]
# ## Why
#
# Reverse KL weighs log Q - log P by Q. So the loss is large if Q has mass in the gap, where P is almost 0.
# If the gap is deep enough, this pushes Q to one side. From this start, N(1, 1.5), Q goes to the mode at 1.5,
# which is nearer but smaller. There Q is 4 times P, and the loss is log 4 = 1.386 nats. Forward KL is large
# there, because Q is almost 0 at the other mode:

# %%
_, p, fits = rows[1]
for direction, q in fits.items():
    forward, _ = dl.value_and_grad(dl.ForwardKL(), p, q, grid)
    reverse, _ = dl.value_and_grad(dl.ReverseKL(), p, q, grid)
    print(f"the {direction} fit:  KL(P || Q) = {forward:6.3f}  KL(Q || P) = {reverse:6.3f}")

# %% [markdown]
# From the other side of the gap, reverse KL takes Q to the other mode, and forward KL ends where it ended
# before. The gradient of forward KL is 0 at one Normal only, the one with the moments of P.

# %%
for direction, loss in (("forward KL", dl.ForwardKL()), ("reverse KL", dl.ReverseKL())):
    fit = dl.fit(loss, p, dl.Normal(-1, 1.5), grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
    ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  loss = {fit.loss[-1]:.4f}"
    print(f"{direction} from N(-1, 1.5):  {ended}")

# %% [markdown]
# ## A KL below zero
#
# KL is at least 0 between distributions. This window cuts off half of P and a sixth of Q. So Q has more
# mass than P inside the window, and then the sum can be negative. The arithmetic is right; the window is too
# small.

# %%
window = dl.Grid.linspace(0, 10, 1001, weights="integral")
value, _ = dl.value_and_grad(dl.ForwardKL(), dl.Normal(0, 1), dl.Normal(1, 1), window)
print(f"KL of N(0, 1) to N(1, 1), seen on [0, 10] only: {value:.4f}; over the whole line it is 0.5")
