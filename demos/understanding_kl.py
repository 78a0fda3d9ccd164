# %% [markdown]
# # One Normal, two modes, five losses
#
# The target P is the sum of two Normals, at -5 and at 10. We fit a single Normal Q to it. A *loss* says how
# far Q is from P, and the fit makes it small. This notebook changes two things only: the loss, and the place
# where the fit starts. Both decide where it ends.
#
# Run it with `python demos/understanding_kl.py`, or open it as a notebook.

# %%
import warnings
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import divlite as dl
from divlite.articles import FIVE

LANG = "en"  # the language of explanations, checks and figures; also ja and zh
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """Save the figure. A notebook shows it too, if this is the last line of a cell."""
    figure.savefig(OUT / name)
    return figure


p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, 1000)  # weights 1/n: a mean over the points, as torch takes it
left, right = p.components
# `dl.fit` warns that P has mass 2, and where a wide Q leaves the window. Both are as they should be here.
warnings.simplefilter("ignore", dl.FitWarning)
keep(dl.plot_densities({"N(-5, 1)": left, "N(10, 1)": right, "P": p}, grid, lang=LANG), "densities.png")

# %% [markdown]
# ## Work in log densities
#
# A Normal at 0 is about $e^{-113}$ at the edge of this window. In float32 that is 0, and the log of 0 is
# -inf. So the KL divergence is infinite if it is computed from densities, and finite if it is computed from
# log densities.

# %%
narrow = dl.Normal(0, 1)
with np.errstate(divide="ignore"):
    through_exp = np.log(np.exp(narrow.log_prob(grid.x).astype(np.float32)))
print(f"exp, then log: {dl.kl_div(through_exp, p.prob(grid.x))}")
print(f"log densities: {dl.kl_div(narrow.log_prob(grid.x), p.prob(grid.x)):.4f}")

# %% [markdown]
# ## Five losses from one narrow start
#
# Q starts as N(0, 1), which reaches neither mode. Ten thousand steps of Adam, each of about 0.001.

# %%
adam = dl.adam(lr=1e-3)


def ends(start: dl.Normal) -> dict[str, dl.Family]:
    """Where each of the five losses takes Q from this start."""
    fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=10_000) for loss in FIVE}
    for name, fit in fits.items():
        print(f"{name:>10}:  mu = {fit.q.mu:7.4f}  sigma = {fit.q.sigma:7.4f}")
    return {name: fit.q for name, fit in fits.items()}


print("from N(0, 1):")
from_narrow = ends(narrow)

# %% [markdown]
# Forward KL spreads over both modes: KL(P || Q) is large wherever P is and Q is not. The four others end at
# the mode nearest to the start, with the shape of that mode. It looks as if they prefer one mode.
#
# ## The same losses from a wide start
#
# But they do not always. The next fits start at the same place, with a Q that is five times as wide:

# %%
wide = dl.Normal(0, 5)
print("from N(0, 5):")
from_wide = ends(wide)

# %% [markdown]
# Three of the five, with both ends:

# %%
rows = [
    (name, p, {"from N(0, 1)": from_narrow[name], "from N(0, 5)": from_wide[name]})
    for name in ("forward-kl", "reverse-kl", "mse")
]
keep(dl.plot_separations(rows, grid, lang=LANG), "two-starts.png")

# %% [markdown]
# Now MSE, L1 and the cosine cover both modes too. Reverse KL goes to the mode at -5 again.
#
# (MSE, L1 and the cosine have not reached a minimum after these steps. With more steps MSE ends at
# N(3.17, 8.81) and the cosine at N(10.92, 18.28). Under L1 Q goes on widening, until hardly any of it is left
# in the window.)
#
# So it is not true that MSE always goes to one mode. It goes to one mode *from this narrow start*.
#
# ## Why: what pulls on Q, and from where
#
# At one point the squared error is $(p - q)^2$, and its derivative with respect to $\log q$ is
# $2 (q - p)\, q$. P is the sum of the left and the right bell, so this is
# $2 q \cdot q - 2 p_{\text{left}}\, q - 2 p_{\text{right}}\, q$: three terms, and three forces. Each has the
# factor q. So **a bell pulls only on the part of Q that reaches it.** The next cell computes all three.

# %%
for start in (narrow, wide):
    q, (score_mu, score_sigma) = start.prob(grid.x), start.score(grid.x)
    print(f"Q = N({start.mu:g}, {start.sigma:g}): minus the gradient, the way that Q is pushed")
    parts = {"left bell": -left.prob(grid.x), "right bell": -right.prob(grid.x), "Q itself": q}
    for name, part in parts.items():
        push = -grid.w * 2 * part * q
        print(f"  {name:>10}:  mu {np.sum(push * score_mu):9.1e}  sigma {np.sum(push * score_sigma):9.1e}")

# %% [markdown]
# Look at $\mu$ first. From N(0, 1) the left bell pulls seventy million times as hard as the right one. The
# right bell is ten widths of Q away, and Q is almost 0 there. So Q goes left. From N(0, 5) the left bell
# pulls only twice as hard, because Q reaches both bells.
#
# Now $\sigma$. Q itself pushes towards a wider Q: a wide Normal is low, and the mean of its square is small.
# At N(0, 5) the right bell pushes the same way, about as hard. The left bell is one width away from the
# centre, and hardly changes $\sigma$. So Q widens, reaches both bells better, and stays over both.
#
# The pictures show the same, point by point. The last row is the gradient at each point: the sensitivity of
# the second row times the score of the third. At N(0, 1) you see almost only Q itself. On $\mu$ its halves
# cancel, and what remains, 9.07e-05, is the pull of the left bell.

# %%
title = "MSE at N(0, 1): Q reaches no bell"
keep(dl.plot_force(dl.MSE(), p, narrow, grid, title=title, lang=LANG), "forces-narrow.png")

# %%
title = "MSE at N(0, 5): Q reaches both bells"
keep(dl.plot_force(dl.MSE(), p, wide, grid, title=title, lang=LANG), "forces-wide.png")

# %% [markdown]
# ## From which starts?
#
# Let us try 400 random starts: $\mu$ is uniform between -15 and 15, and $\log\sigma$ is uniform, with
# $\sigma$ between 0.5 and 10. Q *covers both modes* if it ends with both within two widths of its centre.
#
# We try two targets: our P, which has mass 2, and half of it, which has mass 1 and is a distribution. The
# half pulls half as hard, and Q pushes itself wider as before. (`LogSigma` moves $\log\sigma$ in place of
# $\sigma$. That allows ten times larger steps.)

# %%
rng = np.random.default_rng(0)
starts = [dl.Normal(mu, np.exp(s)) for mu, s in rng.uniform((-15, np.log(0.5)), (15, np.log(10)), (400, 2))]


def covers_both(target: dl.Mixture, start: dl.Normal) -> bool:
    """Whether Q ends with both modes within two widths of its centre."""
    quick = dl.adam(lr=0.01)
    fit = dl.fit(dl.MSE(), target, start, grid, optimizer=quick, steps=4000, coordinates=dl.LogSigma())
    return all(abs(mode.mu - fit.q.mu) < 2 * fit.q.sigma for mode in (left, right))


plt.rcParams["font.family"] = dl.font_families(LANG)
fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, mass in zip(axes, (2, 1), strict=True):
    target = dl.Mixture((mass / 2, mass / 2), (left, right))
    both = np.array([covers_both(target, start) for start in starts])
    print(f"MSE, P of mass {mass}: {both.mean():.0%} of {both.size} random starts end over both modes")
    mu, sigma = np.array(starts).T
    ax.plot(mu[both], sigma[both], "o", label="ends over both modes")
    ax.plot(mu[~both], sigma[~both], "x", label="does not")
    ax.set(title=f"MSE, P of mass {mass}", xlabel="mu of the start", yscale="log")
axes[0].set_ylabel("sigma of the start")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
fig.savefig(OUT / "starts.png")

# %% [markdown]
# With mass 2, a start must lie between the modes to end over both, and must not be very narrow. With mass 1,
# nearly all wide starts end over both, wherever they lie. The numbers also depend on the way to the minimum:
# with `Sigma()` and steps of 0.001, fewer starts end over both.
#
# ## Ten thousand steps are not the end
#
# Forward KL has one optimum, whatever the start. It is where the moments match: the mean and the standard
# deviation of P.

# %%
mass = p.prob(grid.x) / np.sum(p.prob(grid.x))
mean = np.sum(mass * grid.x)
deviation = np.sqrt(np.sum(mass * (grid.x - mean) ** 2))
short = from_narrow["forward-kl"]
long = dl.fit(dl.ForwardKL(), p, narrow, grid, optimizer=adam, steps=20_000, coordinates=dl.LogSigma())
print(f"moments of P:        mean = {mean:.4f}  standard deviation = {deviation:.4f}")
print(f"after 10,000 steps:  mu   = {short.mu:.4f}  sigma = {short.sigma:.4f}")
print(f"after 20,000 steps:  mu   = {long.q.mu:.4f}  sigma = {long.q.sigma:.4f}")
dl.write_gif(OUT / "forward-kl.gif", p, long, grid, title="forward-kl", lang=LANG)
moments = dl.Normal(float(mean), float(deviation))
keep(dl.plot_summary(p, long, grid, title="forward-kl", optimum=moments, lang=LANG), "forward-kl.png")

# %% [markdown]
# ![Q moving onto P under forward KL](divlite-figures/forward-kl.gif)
