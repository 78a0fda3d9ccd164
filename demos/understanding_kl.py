# %% [markdown]
# # One Normal, two modes, four losses
#
# The target P is the sum of two Normals, at -5 and at 10. We fit a single Normal Q to it, and the
# only thing we change is what "close" means. Run it with `python demos/understanding_kl.py`, or
# open it as a notebook.

# %%
from pathlib import Path

import numpy as np

import divlite as dl

OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)

p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, 1000)  # weights 1/n: a mean over the points, as torch takes it
left, right = p.components
dl.plot_densities({"N(-5, 1)": left, "N(10, 1)": right, "P": p}, grid).savefig(OUT / "densities.png")

# %% [markdown]
# ## Work in log densities
#
# A Normal at 0 is about e^-113 at the edge of this window. In float32 that is 0, and the log of 0 is
# -inf: the KL divergence of exp-then-log is infinite, while that of the log densities is not.

# %%
q0 = dl.Normal(0, 1)
with np.errstate(divide="ignore"):
    through_exp = np.log(np.exp(q0.log_prob(grid.x).astype(np.float32)))
print("exp, then log:", dl.kl_div(through_exp, p.prob(grid.x)))
print("log densities:", dl.kl_div(q0.log_prob(grid.x), p.prob(grid.x)))

# %% [markdown]
# ## Forward KL covers both modes, the others settle on one
#
# KL(P || Q) is large wherever P is and Q is not, so Q spreads over everything. The squared error, L1
# and the cosine pull only where Q already is: they slide to a mode near the start and stop there.

# %%
adam = dl.adam(lr=1e-3)
for loss, mu in ((dl.ForwardKL(), 0), (dl.MSE(), 0), (dl.MSE(), 5), (dl.L1(), 0), (dl.Cosine(), 5)):
    fit = dl.fit(loss, p, dl.Normal(mu, 1), grid, optimizer=adam, steps=10_000)
    print(f"{dl.loss_name(loss):>10} from mu = {mu}: mu = {fit.q.mu:8.4f}  sigma = {fit.q.sigma:.4f}")
    name = f"{dl.loss_name(loss)} from {mu}"
    dl.plot_summary(p, fit, grid, title=name).savefig(OUT / f"{name.replace(' ', '-')}.png")

# %% [markdown]
# ## Ten thousand steps are not the end
#
# Forward KL has its optimum where the moments match: the mean and standard deviation of P.

# %%
mass = p.prob(grid.x) / np.sum(p.prob(grid.x))
mean = np.sum(mass * grid.x)
deviation = np.sqrt(np.sum(mass * (grid.x - mean) ** 2))
print(f"moments of P: mean = {mean:.4f}  standard deviation = {deviation:.4f}")
long = dl.fit(dl.ForwardKL(), p, q0, grid, optimizer=adam, steps=40_000, coordinates=dl.LogSigma())
print(f"after 40,000: mean = {long.q.mu:.4f}  standard deviation = {long.q.sigma:.4f}")
dl.write_gif(OUT / "forward-kl.gif", p, long, grid, title="Forward KL")
