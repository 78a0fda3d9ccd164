# %% [markdown]
# # kl_div 取平均时，除以的是什么？
#
# `kl_div` 是 torch 的函数：先给它 Q 的对数概率，再给 P
# 的概率，它把各项归约成一个数。它不知道同一个分布的各个结果排在哪个轴上，所以取平均时，它按数组的形状来除，而不是除以分布的个数。

# %%
# docs/translations.py made this file from ../kl_div_reductions.py and words.po: change those.
import numpy as np

import divlite as dl

rng = np.random.default_rng(0)
axis = 0  # 每一列是一个分布：5 个结果，2 个分布
log_q = dl.log_softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
p = dl.softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
print("p 各列的和：", p.sum(axis=axis))

# %% [markdown]
# ## 各种归约

# %%
print(f"sum       = {dl.kl_div(log_q, p, 'sum'):.4f}")
print(f"mean      = {dl.kl_div(log_q, p, 'mean'):.4f}  总和除以 10，即元素的个数")
print(f"batchmean = {dl.kl_div(log_q, p, 'batchmean'):.4f}  总和除以 5，即轴 0 的长度")
print(f"mean_kl   = {dl.mean_kl(log_q, p, axis=axis):.4f}  总和除以 2，即分布的个数")

# %% [markdown]
# 只有 `mean_kl` 给出两个 KL 散度的平均，因为已经明确告诉它是哪个轴。如果轴 0
# 上排的是一个个分布，“batchmean”给出的数也一样：

# %%
print(f"转置之后：batchmean = {dl.kl_div(log_q.T, p.T, 'batchmean'):.4f}")

# %% [markdown]
# ## 梯度
#
# 总和对 Q 的对数概率的梯度是 -p，对 logits 的梯度是 softmax - p。每个分布有自己的梯度，与其他分布无关。

# %%
logits = rng.uniform(0, 10, 5)
target = dl.softmax(rng.uniform(0, 10, 5))
with np.printoptions(precision=4, suppress=True):
    print("d/d input:  ", dl.d_kl_div_input(dl.log_softmax(logits), target, "sum"))
    print("-p:         ", -target)
    print("d/d logits: ", dl.d_kl_div_logits(logits, target, reduction="sum"))
    print("softmax - p:", dl.softmax(logits) - target)
