# %% [markdown]
# # What does the mean in kl_div divide by?
#
# `kl_div` is torch's function: it takes the log-probabilities of Q, then the probabilities of P, and reduces
# the terms to one number. It does not know which axis holds the outcomes. So its means divide by what the
# shape of the array says, and not by the number of distributions.

# %%
import numpy as np

import divlite as dl

rng = np.random.default_rng(0)
axis = 0  # each column is a distribution: 5 outcomes, 2 distributions
log_q = dl.log_softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
p = dl.softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
print("columns of p sum to", p.sum(axis=axis))

# %% [markdown]
# ## The reductions

# %%
print(f"sum       = {dl.kl_div(log_q, p, 'sum'):.4f}")
print(f"mean      = {dl.kl_div(log_q, p, 'mean'):.4f}  the sum divided by 10, the number of entries")
print(f"batchmean = {dl.kl_div(log_q, p, 'batchmean'):.4f}  the sum divided by 5, the length of axis 0")
print(f"mean_kl   = {dl.mean_kl(log_q, p, axis=axis):.4f}  the sum divided by 2, the number of distributions")

# %% [markdown]
# Only `mean_kl` is the mean of the two KL divergences, because it is told the axis. "batchmean" gives the
# same number if axis 0 counts the distributions:

# %%
print(f"transposed: batchmean = {dl.kl_div(log_q.T, p.T, 'batchmean'):.4f}")

# %% [markdown]
# ## The gradient
#
# With respect to the log-probabilities of Q, the gradient of the sum is -p. With respect to the logits it is
# softmax - p. Each distribution has its own gradient, which does not depend on the others.

# %%
logits = rng.uniform(0, 10, 5)
target = dl.softmax(rng.uniform(0, 10, 5))
with np.printoptions(precision=4, suppress=True):
    print("d/d input:  ", dl.d_kl_div_input(dl.log_softmax(logits), target, "sum"))
    print("-p:         ", -target)
    print("d/d logits: ", dl.d_kl_div_logits(logits, target, reduction="sum"))
    print("softmax - p:", dl.softmax(logits) - target)
