# %% [markdown]
# # kl_div の mean は何で割るのか
#
# `kl_div` は torch の関数です。Q の対数確率と P
# の確率をこの順に受け取り、すべての項を一つの数に縮約します。しかし、起こりうる結果がどの軸に並んでいるかは知りません。そのため、平均をとるときは、分布の個数ではなく、配列の形から決まる数で割ります。

# %%
# docs/translations.py made this file from ../kl_div_reductions.py and words.po: change those.
import numpy as np

import divlite as dl

rng = np.random.default_rng(0)
axis = 0  # 各列が一つの分布：結果は 5 通り、分布は 2 個
log_q = dl.log_softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
p = dl.softmax(rng.uniform(0, 10, (5, 2)), axis=axis)
print("p の各列の和", p.sum(axis=axis))

# %% [markdown]
# ## 縮約

# %%
print(f"sum       = {dl.kl_div(log_q, p, 'sum'):.4f}")
print(f"mean      = {dl.kl_div(log_q, p, 'mean'):.4f}  和を要素の個数 10 で割った値")
print(f"batchmean = {dl.kl_div(log_q, p, 'batchmean'):.4f}  和を軸 0 の長さ 5 で割った値")
print(f"mean_kl   = {dl.mean_kl(log_q, p, axis=axis):.4f}  和を分布の個数 2 で割った値")

# %% [markdown]
# 二つの KL ダイバージェンスの平均になるのは `mean_kl` だけです。軸を指定してあるからです。軸 0
# に分布が並んでいれば、batchmean も同じ値になります。

# %%
print(f"転置すると batchmean = {dl.kl_div(log_q.T, p.T, 'batchmean'):.4f}")

# %% [markdown]
# ## 勾配
#
# 和の勾配は、Q の対数確率についてとれば -p、ロジットについてとれば softmax - p
# です。各分布の勾配は、ほかの分布に左右されません。

# %%
logits = rng.uniform(0, 10, 5)
target = dl.softmax(rng.uniform(0, 10, 5))
with np.printoptions(precision=4, suppress=True):
    print("d/d input:  ", dl.d_kl_div_input(dl.log_softmax(logits), target, "sum"))
    print("-p:         ", -target)
    print("d/d logits: ", dl.d_kl_div_logits(logits, target, reduction="sum"))
    print("softmax - p:", dl.softmax(logits) - target)
