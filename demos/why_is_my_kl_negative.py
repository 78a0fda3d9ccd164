# %% [markdown]
# # Why is my KL negative?
#
# A KL divergence between two distributions is never below 0. If yours is, one of these eight things has
# usually happened. Here is each of them in a few lines of torch, with what `dl.crosscheck` or `dl.why` says
# of it, and the line to write instead. In the seventh the code is right.
#
# **This demo needs torch.** Run it with `python demos/why_is_my_kl_negative.py`, or open it as a notebook.

# %%
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

import divlite as dl
from divlite.plotting import style

OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)
KL = dl.ForwardKL()  # KL(p || q): p is the target (the teacher), q the fit (the student)


def keep(figure: Figure, name: str) -> Figure:
    """Save the figure. A notebook shows it too, if this is the last line of a cell."""
    figure.savefig(OUT / name)
    return figure


def panel() -> tuple[style.Figure, Axes]:
    """A figure with one panel, and a line at 0."""
    figure = style.figure(6.4, 3.2)
    axes = figure.add_subplot()
    axes.axhline(0, color=style.TEXT, linewidth=0.8)
    return figure, axes


torch.manual_seed(0)
student, teacher = torch.randn(4, 6), torch.randn(4, 6)  # logits: 4 distributions over 6 classes

# %% [markdown]
# ## 1. Probabilities stand where their logarithms are due
#
# The commonest cause. `F.kl_div(input, target)` takes the *log*-probabilities of the fit first. It does not
# check them.


# %%
def probabilities(student: Tensor, teacher: Tensor) -> Tensor:
    return F.kl_div(F.softmax(student, -1), F.softmax(teacher, -1), reduction="batchmean")


print(f"probabilities: {probabilities(student, teacher):.4f}")
print(dl.crosscheck(probabilities, student, teacher, expected=KL))

# %% [markdown]
# Each term is then $p \log p - p q$ in place of $p \log p - p \log q$. Both $p \log p$ and $- p q$ are below
# 0, so every term is negative. The picture shows the terms of the first distribution:

# %%
p, q = torch.softmax(teacher[0], 0).numpy(), torch.softmax(student[0], 0).numpy()
figure, axes = panel()
places = np.arange(p.size)
due, given = p * np.log(p) - p * np.log(q), p * np.log(p) - p * q
for shift, terms_of, colour, name in (
    (-0.2, due, style.BLUE, "p log p - p log q"),
    (0.2, given, style.RED, "p log p - p q"),
):
    label = f"{name}: the sum is {terms_of.sum():.3f}"
    axes.bar(places + shift, terms_of, 0.38, color=colour, label=label)
style.bare(axes, "class", "term, in nats")
style.legend(axes, "The terms of one KL")
keep(figure, "probabilities-as-input.png")


# %% [markdown]
# ## 2. Target and fit are exchanged
#
# Papers write $\mathrm{KL}(p \,\|\, q)$, and torch takes q first. With the two exchanged you get the other
# divergence, $\mathrm{KL}(q \,\|\, p)$. It is not negative, but it is not what was meant either:


# %%
def exchanged(student: Tensor, teacher: Tensor) -> Tensor:
    return F.kl_div(F.log_softmax(teacher, -1), F.softmax(student, -1), reduction="batchmean")


print(f"exchanged: {exchanged(student, teacher):.4f}")
print(dl.crosscheck(exchanged, student, teacher, expected=KL))

# %% [markdown]
# If the two arguments are exchanged after the softmax, torch takes the logarithm of log-probabilities, which
# are negative numbers. The result is NaN. `dl.why` needs no function: it is given the value and the two
# arrays. It takes their order as given. So what it writes is right for this order; `F.kl_div(log_q, p)` is
# what was meant.

# %%
log_q, p = torch.log_softmax(student, -1), torch.softmax(teacher, -1)
value = F.kl_div(p, log_q, reduction="batchmean")
print(f"exchanged as they are: {value}")
print(dl.why(float(value), input=p, target=log_q))

# %% [markdown]
# ## 3. One side is no distribution
#
# Scores that were never normalised, a mask that took outcomes away, a softmax that is missing: if the sums
# are not 1, nothing keeps the KL above 0. If the target sums to $a$ and the fit to $b$, the lowest value is
# $a \log(a / b)$. It is negative where $b > a$.


# %%
def of_weights(q: Tensor, p: Tensor) -> Tensor:
    return F.kl_div(q.log(), p, reduction="batchmean")


target = torch.tensor([[0.1541, 0.0511, 0.0947]])  # they sum to 0.2999
fit = torch.tensor([[0.1132, 0.5477, 0.3390]])  # these to 0.9999
print(f"weights: {of_weights(fit, target):.4f}")
print(dl.crosscheck(of_weights, fit, target, expected=KL, given="probabilities"))


# %% [markdown]
# It is the same if the fit is not normalised. Here its logits went in as if they were logarithms:


# %%
def no_softmax(student: Tensor, teacher: Tensor) -> Tensor:
    return F.kl_div(student, F.softmax(teacher, -1), reduction="batchmean")


print(f"no softmax: {no_softmax(student, teacher):.4f}")
print(dl.crosscheck(no_softmax, student, teacher, expected=KL))

# %% [markdown]
# If your masses differ on purpose, write the generalised KL, $\sum p \log (p/q) - p + q$. It is never below
# 0, and it is 0 only where $q = p$. In the picture the fit has the shape of the target, and another mass:

# %%
mass = np.linspace(0.2, 3, 200)
figure, axes = panel()
axes.plot(mass, -np.log(mass), color=style.RED, label="KL, the sum of p log(p/q)")
axes.plot(mass, -np.log(mass) + mass - 1, color=style.BLUE, label="generalised KL, with - p + q in each term")
style.bare(axes, "mass of q, which has the shape of p; p has mass 1", "nats")
style.legend(axes, "More mass in q, and the KL is negative")
keep(figure, "masses.png")

# %% [markdown]
# ## 4. It is a cross-entropy of densities
#
# Minus the mean log-likelihood, $-\mathrm{E}_p[\log q]$, is the KL plus the entropy of p. The entropy of a
# *density* may be negative: a narrow density is higher than 1. The gradient is right.


# %%
def negative_log_likelihood(log_q: Tensor) -> Tensor:
    return -log_q.mean()


data = 0.05 * torch.randn(64)
log_likelihood = torch.distributions.Normal(0.0, 0.05).log_prob(data)
print(f"negative log-likelihood: {negative_log_likelihood(log_likelihood):.4f}")
print(dl.crosscheck(negative_log_likelihood, log_likelihood, given="log_q"))


# %% [markdown]
# ## 5. Only some of the outcomes are summed
#
# The sum over the first k classes, or over the k most likely ones, is a sum over two masses below 1. It can
# be negative if the fit has more mass there than the target.


# %%
def first_three(student: Tensor, teacher: Tensor) -> Tensor:
    log_q, p = F.log_softmax(student, -1), F.softmax(teacher, -1)
    return F.kl_div(log_q[:, :3], p[:, :3], reduction="batchmean")


sure = student + torch.tensor([4.0, 4.0, 4.0, 0.0, 0.0, 0.0])
print(f"first three of six: {first_three(sure, teacher):.4f}")
print(dl.crosscheck(first_three, sure, teacher, expected=KL))

# %% [markdown]
# Every further class changes the partial sum. Only the last point is a KL. The other line adds what is left
# over as one more outcome, the *tail*. That is a KL too, of coarser distributions: never negative, and never
# above the whole one.

# %%
p, q = torch.softmax(teacher, -1).numpy(), torch.softmax(sure, -1).numpy()
partial = (p * np.log(p / q)).cumsum(1).mean(0)
tail_p, tail_q = (np.clip(1 - a.cumsum(1)[:, :-1], 0, 1) for a in (p, q))
tail = np.append((tail_p * np.log(tail_p / tail_q)).mean(0), 0.0)
figure, axes = panel()
axes.plot(places + 1, partial, "o-", color=style.RED, label="the sum over the first k classes")
axes.plot(places + 1, partial + tail, "o--", color=style.BLUE, label="with the tail as one more outcome")
style.bare(axes, "k, of 6 classes", "nats")
style.legend(axes, "A sum over some of the outcomes is no KL")
keep(figure, "some-outcomes.png")


# %% [markdown]
# ## 6. One minus sign too many
#
# A KL is written $-\sum p \log (q/p)$, or with $\log(p/q)$ and no minus. With both it is negative.


# %%
def two_signs(student: Tensor, teacher: Tensor) -> Tensor:
    log_q, log_p = F.log_softmax(student, -1), F.log_softmax(teacher, -1)
    return -(log_p.exp() * (log_p - log_q)).sum(-1).mean()


print(f"two signs: {two_signs(student, teacher):.4f}")
print(dl.crosscheck(two_signs, student, teacher, expected=KL))

# %% [markdown]
# The same happens in the closed form of two Normals. This term of a variational autoencoder has to be
# multiplied by $-\tfrac12$, and is multiplied by $+\tfrac12$:


# %%
def vae_term(mu: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1).mean()


mu, logvar = torch.randn(8, 3), torch.randn(8, 3)
print(f"term of a VAE: {vae_term(mu, logvar):.4f}")
print(dl.crosscheck(vae_term, mu, logvar))


# %% [markdown]
# ## 7. The code is right
#
# With `reduction="none"` one sees single terms. Those where the fit is above the target are negative. Only
# their sum over a distribution is not.


# %%
def terms(student: Tensor, teacher: Tensor) -> Tensor:
    return F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1), reduction="none")


single = terms(student, teacher)
print(f"lowest term: {single.min():.4f}; lowest sum: {single.sum(-1).min():.4f}")
print(dl.crosscheck(terms, student, teacher, expected=KL, mean="sum"))

# %% [markdown]
# And where the two distributions nearly agree, a float32 cannot hold the answer. The terms are much larger
# than their sum, and each is rounded. A value such as -2e-08 is a rounding error, and no reason to take an
# absolute value. `.double()` before the softmax shows the number:

# %%
torch.manual_seed(2)
one = torch.randn(4, 6)
near = one + 1e-4 * torch.randn(4, 6)
print(f"float32: {terms(near, one).sum(-1).mean():.2e}")
print(f"float64: {terms(near.double(), one.double()).sum(-1).mean():.2e}")
steps = np.logspace(-5, 0, 60)
pairs = [(one, one + step * torch.randn(4, 6)) for step in steps for one in [torch.randn(4, 6)]]
in_32, in_64 = (
    np.array([float(terms(one.to(dtype), near.to(dtype)).sum(-1).mean()) for one, near in pairs])
    for dtype in (torch.float32, torch.float64)
)
figure, axes = panel()
axes.plot(steps, in_64, color=style.BLUE, label="in float64")
for sign, marker, colour, name in ((1, "o", style.GREY, "above"), (-1, "x", style.RED, "below")):
    seen = sign * in_32 > 0
    label = f"in float32, {name} 0" + (": its size" if sign < 0 else "")
    axes.plot(steps[seen], sign * in_32[seen], marker, markersize=5, color=colour, label=label)
axes.set_xscale("log")
axes.set_yscale("log")
style.bare(axes, "distance between the logits", "KL in nats")
style.legend(axes, "Near equality a float32 holds rounding errors only")
keep(figure, "rounding.png")


# %% [markdown]
# ## 8. The samples come from another distribution
#
# The mean of $\log q - \log p$ over samples *of q* estimates $\mathrm{KL}(q \,\|\, p)$. Over other samples,
# such as the tokens of a data set or of an earlier policy, it is no KL and has either sign.

# %%
tokens = torch.tensor([0, 5, 0, 4, 2, 0])  # from a data set: nobody drew them from the student


def log_ratio(student: Tensor, teacher: Tensor) -> Tensor:
    log_q, log_p = F.log_softmax(student, -1), F.log_softmax(teacher, -1)
    return (log_q - log_p)[tokens].mean()


print(f"log ratio: {log_ratio(student[0], teacher[0]):.4f}")
print(dl.crosscheck(log_ratio, student[0], teacher[0], expected=dl.ReverseKL()))

# %% [markdown]
# Samples of q give a mean near the KL, with single values on both sides of 0. Tokens that the teacher chose
# give minus the *other* KL on average, because they are where $\log p$ is large:

# %%
log_q, log_p = torch.log_softmax(student[0].double(), -1), torch.log_softmax(teacher[0].double(), -1)
for name, source in (("student", log_q), ("teacher", log_p)):
    drawn = torch.multinomial(source.exp(), 1_000_000, replacement=True)
    print(f"tokens of the {name}: mean log q - log p = {(log_q - log_p)[drawn].mean():.2f}")
print(f"KL(q || p) = {dl.mean_kl(log_p, log_q.exp(), axis=-1):.3f}")
print(f"KL(p || q) = {dl.mean_kl(log_q, log_p.exp(), axis=-1):.3f}")

# %% [markdown]
# ## All right
#
# The loss that was meant, for comparison. `bool(report)` is true, so it can stand in a test;
# `divlite.testing` has assertions for that.


# %%
def right(student: Tensor, teacher: Tensor) -> Tensor:
    return F.kl_div(F.log_softmax(student, -1), F.softmax(teacher, -1), reduction="batchmean")


report = dl.crosscheck(right, student, teacher, expected=KL)
print(report)
assert report
