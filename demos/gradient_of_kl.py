# %% [markdown]
# # How the gradient of KL is derived
#
# A divergence is one number that says how far one curve is from another. Its gradient says which way to
# move the curve so that the number falls. This lesson derives the gradient of the best known divergence,
# KL, and fits a curve with it. You need calculus: the derivative of a logarithm, the chain rule, the
# product rule. At the end there are six exercises for you.
#
# Run it with `python demos/gradient_of_kl.py`, or open it as a notebook.

# %%
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import divlite as dl
from divlite.elementary import exp

Array = NDArray[np.float64]  # numbers, one for each point
LANG = "en"  # the language of explanations, checks and figures; also ja and zh
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """Save the figure. A notebook shows it too, if this is the last line of a cell."""
    figure.savefig(OUT / name)
    return figure


# %% [markdown]
# ## 1. What KL is
#
# P is the *target*. It has two bells of width 1, one at -5 and one at 10, and half of P is in each. Q is
# the curve that we may move: a single bell, a *Normal*, with a centre $\mu$ and a width $\sigma$. Both are
# *densities*: they are never negative, and the area below them, their *mass*, is 1.
#
# We look at them at 2,751 points $x_i$ from -25 to 30. Each point stands for a small piece of the line.
# The width of this piece is the *weight* $w_i$ of the point. A sum with these weights is very nearly the
# integral.

# %%
P = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
Q = dl.Normal(0, 5)
grid = dl.Grid.linspace(-25, 30, 2751, weights="integral")

x, w = grid
p, log_p = P.prob(x), P.log_prob(x)
q, log_q = Q.prob(x), Q.log_prob(x)
print(f"area of P: {np.sum(w * p):.4f}  area of Q: {np.sum(w * q):.4f}")

# %% [markdown]
# Suppose that points come from P, but you believe that they come from Q. Your *surprise* at a point $x$ is
# $-\log q(x)$: it is large where Q says that such a point is rare. Somebody who knows P has the surprise
# $-\log p(x)$, and this is smaller on average. KL is the average difference between the two:
#
# $$L = \mathrm{KL}(P \,\|\, Q) = \sum_i w_i \, p_i \, (\log p_i - \log q_i)$$
#
# This is one line of NumPy. The library computes the same number. It is called the *loss*: a fit makes it
# small.

# %%
by_hand = np.sum(w * p * (log_p - log_q))
loss, gradient = dl.value_and_grad(dl.ForwardKL(), P, Q, grid)
print(f"KL by hand: {by_hand:.6f}  by the library: {loss:.6f}")

# %% [markdown]
# The library also returned the gradient: $\partial L/\partial\mu$ and $\partial L/\partial\sigma$. The rest
# of this lesson shows where these two numbers come from.
#
# ## 2. The sensitivity: how the loss changes with log q
#
# $\mu$ and $\sigma$ do not appear in the sum. They move the curve, and the curve changes the sum. So there
# are two questions. The first is: if $\log q$ changes at one point, and only there, how does L change?
# Do not calculate yet. Try it: raise $\log q$ by 0.1 at one point, and see.

# %%
for k in (1000, 1600, 1750):
    nudged = log_q.copy()
    nudged[k] += 0.1
    answer = (np.sum(w * p * (log_p - nudged)) - by_hand) / 0.1
    print(f"x = {x[k]:4.1f}: L changes by {answer:.6f} for each unit of log q;  -w p = {-w[k] * p[k]:.6f}")

# %% [markdown]
# The answer is $-w_k p_k$ each time. It is negative: if Q rises at a point where P is not 0, the loss falls.
# It is large only where P is large. At 7, which is three widths away from the bell at 10, it is almost 0.
#
# Now the algebra. Only one term of the sum contains $\log q_k$, and this term is linear in it. So
#
# $$\frac{\partial L}{\partial \log q_k} = -w_k \, p_k$$
#
# This is the *sensitivity*. `dl.explain` shows the steps in between, each with its reason. In a notebook,
# put `dl.explain(dl.ForwardKL(), lang=LANG)` alone in a cell: you get all its parts, typeset. Here is part 2.

# %%
explanation = dl.explain(dl.ForwardKL(), lang=LANG)
print(explanation.part(2))

# %% [markdown]
# Why $\log q$, and not q itself? There are two reasons. The logarithm of a Normal is simple, as you will see
# now. And far from the centre q is so small that a computer rounds it to 0, while its logarithm is an
# ordinary number.
#
# ## 3. The score: how log q changes with the parameters
#
# The second question is: if $\mu$ moves a little, how does $\log q$ change at the point $x$? Again, try it
# first.

# %%
mu, sigma = Q
z = (x - mu) / sigma
step = 1e-4
by_mu = (dl.Normal(mu + step, sigma).log_prob(x) - dl.Normal(mu - step, sigma).log_prob(x)) / (2 * step)
by_sigma = (dl.Normal(mu, sigma + step).log_prob(x) - dl.Normal(mu, sigma - step).log_prob(x)) / (2 * step)
for k in (1000, 1350, 1750):
    print(
        f"x = {x[k]:4.1f}, z = {z[k]:4.1f}:",
        f" by mu {by_mu[k]:6.3f}, z / sigma = {z[k] / sigma:6.3f};",
        f" by sigma {by_sigma[k]:6.3f}, (z z - 1) / sigma = {(z[k] ** 2 - 1) / sigma:6.3f}",
    )

# %% [markdown]
# Here $z = (x - \mu)/\sigma$ says how many widths a point lies to the right of the centre. These derivatives
# have a name, the *score*:
#
# $$\frac{\partial \log q}{\partial \mu} = \frac{z}{\sigma} \qquad
# \frac{\partial \log q}{\partial \sigma} = \frac{z^2 - 1}{\sigma}$$
#
# What do they say? If the centre moves to the right, Q rises at the points on the right of the centre and
# falls at the points on its left. If Q becomes wider, it rises at the points that are more than one width
# from the centre, and falls at the points that are nearer. At a distance of one width, as at -5 here, it does
# not change. Part 3 of the explanation derives both.

# %%
print(explanation.part(3))

# %% [markdown]
# ## 4. The product: the gradient
#
# The chain rule joins the two answers. $\mu$ changes every $\log q_i$, and every $\log q_i$ changes L:
#
# $$\frac{\partial L}{\partial \mu} = \sum_i \underbrace{\frac{\partial L}{\partial \log q_i}}_{-w_i p_i} \;
# \underbrace{\frac{\partial \log q_i}{\partial \mu}}_{z_i/\sigma} = -\frac{1}{\sigma} \sum_i w_i p_i z_i$$
#
# For $\sigma$ it is the same, with the other score. In NumPy these are three lines.

# %%
sensitivity = -w * p
score_mu, score_sigma = z / sigma, (z * z - 1) / sigma
d_mu, d_sigma = np.sum(sensitivity * score_mu), np.sum(sensitivity * score_sigma)

print(f"three lines:  dL/dmu = {d_mu:.6f}  dL/dsigma = {d_sigma:.6f}")
print(f"the library:  dL/dmu = {gradient.mu:.6f}  dL/dsigma = {gradient.sigma:.6f}")

# %% [markdown]
# That is the derivation. It is the same for every divergence in this library: the loss has a sensitivity,
# the density has a score, and the gradient is the sum of their products.
#
# The next figure draws it. From top to bottom you see the curves, the sensitivity, the score, and the product
# of the two. The left column is for $\mu$, the right column for $\sigma$.

# %%
keep(dl.plot_force(dl.ForwardKL(), P, Q, grid, title="Forward KL: what pushes Q", lang=LANG), "forces.png")

# %% [markdown]
# A fit goes downhill, which is against the gradient. So a point where the product is negative pushes $\mu$ to
# the right. Look at the left column. The bell at 10 pulls $\mu$ to the right, by 0.200. The bell at -5 pulls
# it to the left, by 0.100. Both bells have the same size. Why does one pull twice as hard? The score grows
# with the distance, and 10 is twice as far from the centre as -5 is. Minus their sum, -0.100, is
# $\partial L/\partial\mu$.
#
# Now the right column. The bell at -5 lies exactly one width from the centre. Its outer half makes Q wider,
# its inner half makes Q narrower, and the two nearly cancel. The bell at 10 makes Q wider. So does the sum.
#
# ## 5. Where the forces cancel
#
# At the minimum the gradient is 0. What does that say about Q? $\sum w_i p_i z_i = 0$ says that $\mu$ is
# the mean of P. And $\sum w_i p_i (z_i^2 - 1) = 0$ says that the mean of $(x - \mu)^2$ under P is $\sigma^2$,
# so that $\sigma$ is the *standard deviation* of P. Mean and variance are called *moments*. At the minimum,
# Q and P have the same moments.

# %%
print(explanation.part(5))

# %%
mean = np.sum(w * p * x)
deviation = np.sqrt(np.sum(w * p * (x - mean) ** 2))
print(f"mean of P: {mean:.4f}  standard deviation of P: {deviation:.4f}")

at_rest = dl.Normal(float(mean), float(deviation))
_, rest = dl.value_and_grad(dl.ForwardKL(), P, at_rest, grid)
print(f"the gradient there: |dL/dmu| = {abs(rest.mu):.6f}  |dL/dsigma| = {abs(rest.sigma):.6f}")

# %% [markdown]
# You can check both by hand. The mean is halfway between -5 and 10, at 2.5. Each bell is 7.5 away from
# it, and has a variance of 1 itself. So $\sigma^2 = 7.5^2 + 1 = 57.25$, and its root is 7.566.

# %%
title = "At the mean and the standard deviation of P, the forces cancel"
keep(dl.plot_force(dl.ForwardKL(), P, at_rest, grid, title=title, lang=LANG), "forces-at-rest.png")

# %% [markdown]
# The points still push. But on $\mu$ the two bells push equally hard in opposite directions. And on $\sigma$
# the outer half of each bell pushes against its inner half. The centre of Q lies in the middle, where P is
# almost 0. Forward KL covers both bells, and the gap between them, too.
#
# ## 6. The fitted Normal
#
# Now let us go there. *Gradient descent* does two things again and again: it computes the gradient, and it
# takes a step against it. You have derived the gradient. The descent takes five lines.

# %%
mu, sigma = Q
for _ in range(1000):
    z = (x - mu) / sigma
    d_mu, d_sigma = -np.sum(w * p * z) / sigma, -np.sum(w * p * (z * z - 1)) / sigma
    mu, sigma = mu - 1.0 * d_mu, sigma - 1.0 * d_sigma  # steps of 1.0 times the gradient

fit = dl.fit(dl.ForwardKL(), P, Q, grid, optimizer=dl.sgd(lr=1.0), steps=1000)
print(f"your descent: mu = {mu:.8f}  sigma = {sigma:.8f}")
print(f"dl.fit:       mu = {fit.q.mu:.8f}  sigma = {fit.q.sigma:.8f}")
print(f"the loss fell from {fit.loss[0]:.4f} to {fit.loss[-1]:.4f}")
keep(dl.plot_summary(P, fit, grid, title="Forward KL, 1,000 steps", lang=LANG), "fitted-normal.png")

# %% [markdown]
# Both end at the same place, the one that part 5 found. The loss does not fall to 0, because one bell
# cannot be equal to two.
#
# ## 7. The other way round: reverse KL, and its +1
#
# If P and Q change places, you have another divergence. Now the points come from Q, and you believe that
# they come from P:
#
# $$L = \mathrm{KL}(Q \,\|\, P) = \sum_i w_i \, q_i \, (\log q_i - \log p_i)$$
#
# This time $q_k$ appears twice: as a factor in front, and in the logarithm. So the sensitivity needs the
# product rule. It needs one more fact: q is $e^{\log q}$, so its derivative with respect to $\log q$ is q
# itself. We differentiate first the factor in front, then the logarithm:
#
# $$\frac{\partial L}{\partial \log q_k} = w_k \big( q_k \, (\log q_k - \log p_k) + q_k \cdot 1 \big)
# = w_k \, q_k \, (\log q_k - \log p_k + 1)$$
#
# It is easy to forget the +1. `dl.check_derivative` notices it. It takes two formulas, both for one point
# and without its weight: the value, and what you think is its derivative with respect to $\log q$.


# %%
def reverse_kl(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def without_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def with_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p + 1)


print("\nWithout the +1:", dl.check_derivative(reverse_kl, without_one, lang=LANG))
print("\nWith the +1:", dl.check_derivative(reverse_kl, with_one, lang=LANG))

# %% [markdown]
# The check has tried 48 pairs of p and q, and shows the first few. *given* is what the formula says,
# *numeric* is measured: how the value changes when $\log q$ changes a little. Their difference is -q in every
# row, and the last lines say why.
#
# A fit may not notice this mistake. Let us compute the gradient with both versions, first on a grid that
# holds all of Q, then on one that cuts Q off at 5, one width to the right of its centre:

# %%
wide = dl.Grid.linspace(-40, 40, 2001, weights="integral")
cut = dl.Grid.linspace(-20, 5, 1251, weights="integral")
for name, g in (("wide", wide), ("cut off", cut)):
    at = P.prob(g.x), P.log_prob(g.x), Q.prob(g.x), Q.log_prob(g.x)
    score_mu, score_sigma = Q.score(g.x)
    for formula in (with_one, without_one):
        d = g.w * formula(*at)
        print(
            f"{name:>7}, {formula.__name__:>11}: ",
            f"dL/dmu = {np.sum(d * score_mu):.4f}  dL/dsigma = {np.sum(d * score_sigma):.4f}",
        )
    alone = g.w * Q.prob(g.x)
    print(
        f"{name:>7},    +1 alone: ",
        f"dL/dmu = {np.sum(alone * score_mu):.0e}  dL/dsigma = {np.sum(alone * score_sigma):.0e}",
    )
    _, library = dl.value_and_grad(dl.ReverseKL(), P, Q, g)
    print(f"{name:>7}, the library:  dL/dmu = {library.mu:.4f}  dL/dsigma = {library.sigma:.4f}")

# %% [markdown]
# On the wide grid the +1 makes no difference to the sum, except for rounding. It adds
# $\sum w_i q_i \cdot \partial \log q_i/\partial\mu$. This is $\sum w_i \, \partial q_i/\partial\mu$, the
# change of the area of Q when $\mu$ moves. But the area of Q is 1 for every $\mu$ and every $\sigma$, so it
# does not change.
#
# On the grid that cuts Q off, the area inside the grid changes when $\mu$ moves. There the +1 counts, and the
# formula without it is wrong: it gives 0.2631, and 0.2148 is right. So check a derivative point by point, as
# `check_derivative` does. A sum can hide a mistake.
#
# ## 8. Your turn
#
# Here are six losses, from easy to hard. For each, find the derivative of one term with respect to $\log q$,
# at fixed p. You need the chain rule and these two rules:
#
# $$\frac{d\,q}{d\log q} = q \qquad \frac{d \log q}{d\log q} = 1$$
#
# Each exercise begins with a wrong attempt, of a kind that people make. **Try it first** on paper. Then put
# your formula in place of the attempt, and run the cell. The answer is further down, in a cell of its own.
#
# ### Exercise 1: the squared error
#
# $f = (p - q)^2$. **Try it first.**


# %%
def squared_error(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2


def attempt_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p)  # put yours here


print("\nExercise 1, attempt:", dl.check_derivative(squared_error, attempt_1, lang=LANG))

# %% [markdown]
# *A missing factor q.* The attempt is the right derivative with respect to q. But the question is about
# $\log q$, so the chain rule has one more step: multiply by $dq/d\log q = q$. It is easy to forget.

# %% [markdown]
# #### Answer 1
#
# $2 (p - q) \cdot (-1) \cdot q = 2 (q - p)\, q$. The last factor matters: where Q is almost 0, P pulls on it
# with almost no force, even if P is large there. That is why a narrow Q can end at one bell under the squared
# error. A wide Q reaches both bells, and can end over both: it depends on the start.


# %%
def answer_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q


check = dl.check_derivative(squared_error, answer_1, lang=LANG)
assert check, check
print("\nExercise 1, answer:", check)

# %% [markdown]
# A check counts as true if the formula is right at all points, so you can use it in an `assert`.
#
# ### Exercise 2: the squared difference of the logarithms
#
# $f = p \, (\log p - \log q)^2$. **Try it first.**


# %%
def squared_log_ratio(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return p * (log_p - log_q) ** 2


def attempt_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_p - log_q)  # put yours here


print("\nExercise 2, attempt:", dl.check_derivative(squared_log_ratio, attempt_2, lang=LANG))

# %% [markdown]
# *A wrong sign*: the column given/numeric is -1 in every row. The square was differentiated, but not what
# is inside it. Inside, $\log q$ has a minus sign, which becomes a factor -1. There is no factor q this time,
# because only $\log q$ appears, and its derivative with respect to itself is 1.

# %% [markdown]
# #### Answer 2
#
# $p \cdot 2 (\log p - \log q) \cdot (-1) = 2 p \, (\log q - \log p)$


# %%
def answer_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_q - log_p)


check = dl.check_derivative(squared_log_ratio, answer_2, lang=LANG)
assert check, check
print("\nExercise 2, answer:", check)

# %% [markdown]
# ### Exercise 3: the squared Hellinger distance
#
# $f = (\sqrt p - \sqrt q)^2$. **Try it first.**


# %%
def hellinger(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (np.sqrt(p) - np.sqrt(q)) ** 2


def attempt_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (np.sqrt(q) - np.sqrt(p)) * np.sqrt(q)  # put yours here


print("\nExercise 3, attempt:", dl.check_derivative(hellinger, attempt_3, lang=LANG))

# %% [markdown]
# *A factor 2 too many.* The attempt treats $\sqrt q$ as if it were its own derivative, as q is. But
# $\sqrt q = e^{\log q / 2}$, so the derivative has a factor 1/2: $d\sqrt q/d\log q = \sqrt q/2$.

# %% [markdown]
# #### Answer 3
#
# $2 (\sqrt p - \sqrt q) \cdot (-\sqrt q/2) = q - \sqrt{p q}$


# %%
def answer_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - np.sqrt(p * q)


check = dl.check_derivative(hellinger, answer_3, lang=LANG)
assert check, check
print("\nExercise 3, answer:", check)

# %% [markdown]
# ### Exercise 4: chi-square
#
# $f = (p - q)^2 / q$. **Try it first.**


# %%
def chi_square(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2 / q


def attempt_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q / q  # put yours here


print("\nExercise 4, attempt:", dl.check_derivative(chi_square, attempt_4, lang=LANG))

# %% [markdown]
# *A term of the quotient rule.* The square was differentiated as in exercise 1, and the q in the denominator
# was treated as a constant. But it changes too: $d(1/q)/d\log q = -1/q$. So the missing term is the square
# times $-1/q$, which is minus the value itself. The check has found this: *Right is given - value*.

# %% [markdown]
# #### Answer 4
#
# Either $2(q - p) - (p - q)^2/q$, or, if you expand first, $f = p^2/q - 2p + q$ with the derivative
# $q - p^2/q$. The two are equal.


# %%
def answer_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - p * p / q


check = dl.check_derivative(chi_square, answer_4, lang=LANG)
assert check, check
print("\nExercise 4, answer:", check)

# %% [markdown]
# ### Exercise 5: Jensen-Shannon
#
# Take the curve halfway between p and q, $m = (p + q)/2$, and measure how far it is from each of them:
# $f = \frac12 \, p \, \log(p/m) + \frac12 \, q \, \log(q/m)$. **Try it first**, and remember that m depends
# on q.


# %%
def jensen_shannon(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    log_m = np.log((p + q) / 2)
    return p / 2 * (log_p - log_m) + q / 2 * (log_q - log_m)


def attempt_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2) + 1)  # put yours here


print("\nExercise 5, attempt:", dl.check_derivative(jensen_shannon, attempt_5, lang=LANG))

# %% [markdown]
# *q/2 too many*: the attempt has a +1, as in reverse KL. It would be right if m did not change. But m changes
# with q, in both terms: $dm/d\log q = q/2$, so the derivative of $\log m$ is $q/(2m)$. The factor of
# $\log m$ in f is $-(p + q)/2$, which is $-m$. The product of the two is $-q/2$, and it cancels the +1.

# %% [markdown]
# #### Answer 5
#
# $\frac12 \, q \, \log(q/m)$, without a +1.


# %%
def answer_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2))


check = dl.check_derivative(jensen_shannon, answer_5, lang=LANG)
assert check, check
print("\nExercise 5, answer:", check)

# %% [markdown]
# ### Exercise 6: a whole family
#
# For a number $\alpha$ between 0 and 1, the *alpha divergence* is
#
# $$f = \frac{\alpha p + (1 - \alpha) q - p^\alpha q^{1 - \alpha}}{\alpha (1 - \alpha)}$$
#
# **Try it first**, with $\alpha = 0.3$.

# %%
ALPHA = 0.3


def alpha_divergence(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return (a * p + (1 - a) * q - p**a * q ** (1 - a)) / (a * (1 - a))


def attempt_6(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return q / a - p**a * q ** (1 - a)  # put yours here


print("\nExercise 6, attempt:", dl.check_derivative(alpha_divergence, attempt_6, lang=LANG))

# %% [markdown]
# *None that is known.* The check names a slip only if the slip explains every point. Follow its advice, and
# check one term at a time: first the term that contains q alone, then the product.


# %%
def term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (1 - ALPHA) * q / (ALPHA * (1 - ALPHA))


def d_term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / ALPHA


def term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA) / (ALPHA * (1 - ALPHA))


def d_term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA)


print("\nTerm 1:", dl.check_derivative(term_1, d_term_1, lang=LANG))
print("\nTerm 2:", dl.check_derivative(term_2, d_term_2, lang=LANG))

# %% [markdown]
# The first term is right. In the second *a factor 10/3 is missing*, which is $1/\alpha$. The exponent became
# a factor and cancelled $1 - \alpha$ in the denominator. The $\alpha$ beside it was forgotten.

# %% [markdown]
# #### Answer 6
#
# $(q - p^\alpha q^{1-\alpha})/\alpha$. Let us make a loss of it and fit with it. A loss is a class with the
# two formulas, here with $\alpha$ as its field. We write the powers with the logarithms, which are given, and
# with `exp` from `divlite.elementary`. Then the library can compile the formulas without a change.


# %%
class Alpha(NamedTuple):
    alpha: float

    def value(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        a = self.alpha
        return (a * p + (1 - a) * q - exp(a * log_p + (1 - a) * log_q)) / (a * (1 - a))

    def d_log_q(self, p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
        return (q - exp(self.alpha * log_p + (1 - self.alpha) * log_q)) / self.alpha


for a in (0.3, 0.6, 0.9):
    check = dl.check_derivative(Alpha(a).value, Alpha(a).d_log_q, lang=LANG)
    assert check, check
print("\nExercise 6, answer:", check)

# %% [markdown]
# How is it related to KL? Compare both ends of the family with what you know, on the wide grid:

# %%
p, log_p, q, log_q = P.prob(wide.x), P.log_prob(wide.x), Q.prob(wide.x), Q.log_prob(wide.x)
for name, a, known in (("reverse", 0.001, q * (log_q - log_p)), ("forward", 0.999, p * (log_p - log_q))):
    ours = np.sum(wide.w * Alpha(a).value(p, log_p, q, log_q))
    print(f"alpha = {a}: {ours:.3f}  {name} KL: {np.sum(wide.w * known):.3f}")

# %% [markdown]
# The family leads from one KL to the other. Forward KL covers both bells from every start, as part 5 showed.
# Reverse KL can end at one bell. So somewhere in between, the fit must change. Let us fit from two starts: a
# wide Q between the bells, and a narrow Q beside the bell at 10. (`LogSigma` moves $\log\sigma$ in place of
# $\sigma$, so that no step can make $\sigma$ negative.)

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for a in (0.3, 0.6, 0.9):
    ends: dict[str, dl.Family] = {}
    for name, start in (("from the wide start", Q), ("from the narrow start", dl.Normal(8, 2))):
        end = dl.fit(
            Alpha(a), P, start, wide, optimizer=dl.adam(lr=0.02), steps=2000, coordinates=dl.LogSigma()
        )
        print(
            f"alpha = {a}, {name:>21}:  mu = {end.q.mu:6.3f}  sigma = {end.q.sigma:.3f}",
            f" loss = {end.loss[-1]:.3f}",
        )
        ends[name] = end.q
    rows.append((f"alpha = {a}", P, ends))
keep(dl.plot_separations(rows, grid, lang=LANG), "alpha.png")

# %% [markdown]
# At 0.3 and 0.6 the start decides: from the narrow start Q ends at the bell at 10, from the wide start it
# ends over both. The narrow end has the smaller loss, but at 0.6 the difference is small: 1.418 against
# 1.580. At 0.9 the narrow start no longer ends at its bell. Q moves to the middle and covers both. (There is
# still a minimum at the bell, but Q must start very near it, and its loss is far larger.)
#
# You wrote two lines for this loss. Any formula that you can differentiate is a loss. Write one, check it
# with `check_derivative`, and see where it takes a Normal.
