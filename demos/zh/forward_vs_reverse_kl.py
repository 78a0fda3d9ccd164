# %% [markdown]
# # 哪个方向？KL(P || Q) 与 KL(Q || P)
#
# 教科书里常有这样的图：用一个正态分布拟合两个峰，正向 KL 使它覆盖两个峰，反向 KL
# 使它停在一个峰上。要得到这样的图，两个峰必须离得远。至于停在哪个峰上，取决于初始点。

# %%
# docs/translations.py made this file from ../forward_vs_reverse_kl.py and words.po: change those.
from pathlib import Path

from matplotlib.figure import Figure

import divlite as dl

LANG = "zh"  # 说明、检查和图所用的语言，也可以是 en 和 ja
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """保存图片。若这是单元格的最后一行，笔记本也会显示它。"""
    figure.savefig(OUT / name)
    return figure


grid = dl.Grid.linspace(-10, 10, 2001, weights="integral")  # 教科书里的积分
start = dl.Normal(1, 1.5)
adam = dl.adam(lr=0.02)

# %% [markdown]
# ## 两种间距
#
# P 的四分之三在左边的峰，四分之一在 1.5 处的峰。优化器移动的是 log sigma，不是
# sigma，所以无论怎样走都不会使 sigma 变成负数。

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for name, left in (("间距小", 0.0), ("间距大", -2.5)):
    p = dl.Mixture((0.75, 0.25), (dl.Normal(left, 0.4), dl.Normal(1.5, 0.4)))
    fits: dict[str, dl.Family] = {}
    for direction, loss in (("正向 KL", dl.ForwardKL()), ("反向 KL", dl.ReverseKL())):
        fit = dl.fit(loss, p, start, grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
        fits[direction] = fit.q
        ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  损失 = {fit.loss[-1]:.4f}"
        print(f"{name}, {direction}:  {ended}")
    rows.append((name, p, fits))
keep(dl.plot_separations(rows, grid, xlim=(-5, 5), lang=LANG), "separations.png")

# %% [markdown]
# ## 为什么
#
# 反向 KL 以 Q 为权重，对 log Q - log P 求加权和。两峰之间的空隙里 P 几乎为 0，如果 Q
# 在那里有质量，损失就大。空隙足够深时，这会把 Q 推到一边。从 N(1, 1.5) 出发（第二个数是标准差），Q 走到 1.5
# 处的峰：它离得较近，但也较小。在那里 Q 是 P 的 4 倍，损失是 log 4 = 1.386 奈特。正向 KL
# 在那里很大，因为在另一个峰上 Q 几乎为 0：

# %%
_, p, fits = rows[1]
for direction, q in fits.items():
    forward, _ = dl.value_and_grad(dl.ForwardKL(), p, q, grid)
    reverse, _ = dl.value_and_grad(dl.ReverseKL(), p, q, grid)
    print(f"{direction} 的拟合：KL(P || Q) = {forward:6.3f}  KL(Q || P) = {reverse:6.3f}")

# %% [markdown]
# 从空隙的另一边出发，反向 KL 把 Q 带到另一个峰，正向 KL 的终点则和前面一样。正向 KL
# 的梯度只在一个正态分布处为 0，就是矩与 P 相同的那一个。

# %%
for direction, loss in (("正向 KL", dl.ForwardKL()), ("反向 KL", dl.ReverseKL())):
    fit = dl.fit(loss, p, dl.Normal(-1, 1.5), grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
    ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  损失 = {fit.loss[-1]:.4f}"
    print(f"{direction}，从 N(-1, 1.5) 出发：{ended}")

# %% [markdown]
# ## 小于零的 KL
#
# 两个分布之间的 KL 至少是 0。这个窗口截掉了 P 的一半和 Q 的六分之一，所以在窗口之内，Q 的质量比 P
# 的大，这样总和就可能为负。计算没有错，是窗口太小。

# %%
window = dl.Grid.linspace(0, 10, 1001, weights="integral")
value, _ = dl.value_and_grad(dl.ForwardKL(), dl.Normal(0, 1), dl.Normal(1, 1), window)
print(f"N(0, 1) 到 N(1, 1) 的 KL，只看 [0, 10]：{value:.4f}；看整条数轴则是 0.5")
