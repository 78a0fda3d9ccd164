# %% [markdown]
# # Which way round? KL(P || Q) and KL(Q || P)
#
# Textbooks show that forward KL covers all the modes and reverse KL picks one. Whether it does depends
# on how far apart they are.

# %%
from pathlib import Path

import divlite as dl

OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)

grid = dl.Grid.linspace(-10, 10, 2001, weights="integral")  # the integral that the textbook means
start = dl.Normal(1, 1.5)
adam = dl.adam(lr=0.02)

# %% [markdown]
# ## Two separations
#
# Three quarters of P sit at the left mode, one quarter at 1.5. We move log sigma, which no step can
# carry out of its domain.

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Normal]]] = []
for name, left in (("small separation", 0.0), ("large separation", -2.5)):
    p = dl.Mixture((0.75, 0.25), (dl.Normal(left, 0.4), dl.Normal(1.5, 0.4)))
    fits: dict[str, dl.Normal] = {}
    for direction, loss in (("forward KL", dl.ForwardKL()), ("reverse KL", dl.ReverseKL())):
        fit = dl.fit(loss, p, start, grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
        fits[direction] = fit.q
        print(
            f"{name}, {direction}: mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}",
            f" loss = {fit.loss[-1]:.4f}",
        )
    rows.append((name, p, fits))
dl.plot_separations(rows, grid, xlim=(-5, 5)).savefig(OUT / "separations.png")

# %% [markdown]
# ## Why
#
# Reverse KL weighs log Q - log P by Q itself: a Q that puts mass into the gap, where P is almost 0, pays
# for it. Only where the gap is deep does that force Q to one side: to the near mode here, though it is
# the smaller one. There Q is P but for the factor 1/4, and its loss is log 4 = 1.386 nats:

# %%
_, p, fits = rows[1]
for direction, q in fits.items():
    forward, _ = dl.value_and_grad(dl.ForwardKL(), p, q, grid)
    reverse, _ = dl.value_and_grad(dl.ReverseKL(), p, q, grid)
    print(f"the {direction} fit: KL(P || Q) = {forward:.3f}  KL(Q || P) = {reverse:.3f}")

# %% [markdown]
# ## A KL below zero
#
# KL is at least 0 between distributions. This window cuts half of P off and a sixth of Q: Q has more mass
# left than P, and then the sum can be negative. It is the window, not the arithmetic.

# %%
window = dl.Grid.linspace(0, 10, 1001, weights="integral")
value, _ = dl.value_and_grad(dl.ForwardKL(), dl.Normal(0, 1), dl.Normal(1, 1), window)
print(f"KL of N(0, 1) to N(1, 1), seen on [0, 10] only: {value:.4f}; over the whole line it is 0.5")
