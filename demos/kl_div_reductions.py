# %% [markdown]
# # What does the mean in kl_div divide by?
#
# `kl_div` takes log-probabilities of the fit first and the target second, and reduces. Its reductions
# look at the shape of the array and not at which axis the outcomes run along.

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
print("sum       =", dl.kl_div(log_q, p, "sum"))
print("mean      =", dl.kl_div(log_q, p, "mean"), " divided by 10, the entries")
print("batchmean =", dl.kl_div(log_q, p, "batchmean"), " divided by 5, the length of axis 0")
print("mean_kl   =", dl.mean_kl(log_q, p, axis=axis), " divided by 2, the distributions")

# %% [markdown]
# Only the last one is the mean of the two KL divergences. "batchmean" is so too where the batch is axis 0:

# %%
print("transposed: batchmean =", dl.kl_div(log_q.T, p.T, "batchmean"))

# %% [markdown]
# ## The gradient
#
# With respect to the log-probabilities it is -p, with respect to the logits softmax - p: the same for each
# distribution, whatever the others are.

# %%
logits = rng.uniform(0, 10, 5)
target = dl.softmax(rng.uniform(0, 10, 5))
print("d/d input:  ", dl.d_kl_div_input(dl.log_softmax(logits), target, "sum").round(4))
print("d/d logits: ", dl.d_kl_div_logits(logits, target, reduction="sum").round(4))
print("softmax - p:", (dl.softmax(logits) - target).round(4))
