# %% [markdown]
# # 一个正态分布，两个峰，五种损失
#
# 目标分布 P 是两条正态密度曲线之和，一个在 -5，一个在 10。我们用一个正态分布 Q 去拟合它。**损失**说明 Q 离
# P 多远，拟合就是让它变小。这个笔记本只改变两样东西：用哪种损失，拟合从哪里出发。终点由这两样共同决定。
#
# 可以用 `python demos/zh/understanding_kl.py` 直接运行，也可以当作笔记本打开。

# %%
# docs/translations.py made this file from ../understanding_kl.py and words.po: change those.
import warnings
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import divlite as dl
from divlite.articles import FIVE

LANG = "zh"  # 说明、检查和图所用的语言，也可以是 en 和 ja
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """保存图片。若这是单元格的最后一行，笔记本也会显示它。"""
    figure.savefig(OUT / name)
    return figure


p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, 1000)  # 权重 1/n：对各点取平均，和 torch 一样
left, right = p.components
# P 的质量是 2，宽的 Q 又会伸出窗口，`dl.fit` 对此都会警告。这里两者都是有意的。
warnings.simplefilter("ignore", dl.FitWarning)
keep(dl.plot_densities({"N(-5, 1)": left, "N(10, 1)": right, "P": p}, grid, lang=LANG), "densities.png")

# %% [markdown]
# ## 用对数密度计算
#
# 中心在 0 的正态分布，在这个窗口（网格的范围）边缘的密度约为 $e^{-113}$。用 float32 表示，这就是 0，而 0
# 的对数是 -inf。所以，用密度计算，KL 散度是无穷大；用对数密度计算，KL 散度是有限的。

# %%
narrow = dl.Normal(0, 1)
with np.errstate(divide="ignore"):
    through_exp = np.log(np.exp(narrow.log_prob(grid.x).astype(np.float32)))
print(f"先取 exp，再取 log：{dl.kl_div(through_exp, p.prob(grid.x))}")
print(f"直接用对数密度：{dl.kl_div(narrow.log_prob(grid.x), p.prob(grid.x)):.4f}")

# %% [markdown]
# ## 五种损失，同一个窄的初始点
#
# Q 从 N(0, 1) 出发（括号里的第二个数是标准差，不是方差），两个峰都够不到。用 Adam 走一万步，每步约 0.001。

# %%
adam = dl.adam(lr=1e-3)


def ends(start: dl.Normal) -> dict[str, dl.Family]:
    """从这个初始点出发，五种损失各把 Q 带到哪里。"""
    fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=10_000) for loss in FIVE}
    for name, fit in fits.items():
        print(f"{name:>10}： mu = {fit.q.mu:7.4f}  sigma = {fit.q.sigma:7.4f}")
    return {name: fit.q for name, fit in fits.items()}


print("从 N(0, 1) 出发：")
from_narrow = ends(narrow)

# %% [markdown]
# 正向 KL 使 Q 铺开，覆盖两个峰：凡是有 P 而没有 Q 的地方，KL(P || Q)
# 都很大。其余四种停在离初始点最近的峰上，形状也和那个峰一样。看上去，它们偏爱单个峰。
#
# ## 同样的损失，宽的初始点
#
# 其实并不总是这样。下面的拟合从同一个位置出发，但 Q 的宽度是原来的五倍：

# %%
wide = dl.Normal(0, 5)
print("从 N(0, 5) 出发：")
from_wide = ends(wide)

# %% [markdown]
# 五种损失取三种，每种画出两个终点：

# %%
rows = [
    (name, p, {"从 N(0, 1) 出发": from_narrow[name], "从 N(0, 5) 出发": from_wide[name]})
    for name in ("forward-kl", "reverse-kl", "mse")
]
keep(dl.plot_separations(rows, grid, lang=LANG), "two-starts.png")

# %% [markdown]
# 现在均方误差（MSE）、L1 距离和余弦也覆盖两个峰。反向 KL 还是走到 -5 处的峰。
#
# （走完这些步，均方误差、L1 距离和余弦都还没有停下来。继续走下去，均方误差停在 N(3.17, 8.81)，余弦停在
# N(10.92, 18.28)。用 L1 距离时，Q 会不断变宽，直到窗口里几乎不剩什么。）
#
# 所以，“均方误差总是走到单个峰上”这个说法不对。它在这里走到一个峰上，是**从这个窄的初始点出发**的结果。
#
# ## 为什么：Q 受到哪些拉力，来自哪里
#
# 在一个点上，平方误差是 $(p - q)^2$，它对 $\log q$ 的导数是 $2 (q - p)\, q$。P
# 是左右两个钟形峰之和，所以这个导数等于
# $2 q \cdot q - 2 p_{\text{left}}\, q - 2 p_{\text{right}}\, q$：三项，也就是三个力。每一项都有因子
# q，所以**一个峰只能拉动 Q 中够得到它的那一部分**。下一个单元格把三个力都算出来。

# %%
for start in (narrow, wide):
    q, (score_mu, score_sigma) = start.prob(grid.x), start.score(grid.x)
    print(f"Q = N({start.mu:g}, {start.sigma:g})：负的梯度，也就是 Q 被推往的方向")
    parts = {"左峰": -left.prob(grid.x), "右峰": -right.prob(grid.x), "Q 自身": q}
    for name, part in parts.items():
        push = -grid.w * 2 * part * q
        print(f"  {name:>10}： mu {np.sum(push * score_mu):9.1e}  sigma {np.sum(push * score_sigma):9.1e}")

# %% [markdown]
# 先看 $\mu$。从 N(0, 1) 出发时，左峰的拉力是右峰的七千万倍。右峰在 Q 的十个宽度之外，那里 Q 几乎为 0，所以
# Q 往左走。从 N(0, 5) 出发时，左峰的拉力只有右峰的两倍，因为 Q 够得到两个峰。
#
# 再看 $\sigma$。Q 自身的推力使 Q 变宽：宽的正态分布低矮，平方后的平均值小。在 N(0, 5)
# 处，右峰也往同一方向推，力度差不多。左峰离中心一个宽度，几乎不影响 $\sigma$。于是 Q
# 变宽，与两个峰重叠得更多，从此一直覆盖着它们。
#
# 下面的图逐点画出了同样的结果。最后一行是各点的梯度，即第二行的灵敏度乘以第三行的得分。在 N(0, 1)
# 处，看到的几乎只有 Q 自身的作用。在 $\mu$ 这一列，它的左右两半互相抵消，剩下的 9.07e-05 就是左峰的拉力。

# %%
title = "均方误差，N(0, 1)：Q 够不到峰"
keep(dl.plot_force(dl.MSE(), p, narrow, grid, title=title, lang=LANG), "forces-narrow.png")

# %%
title = "均方误差，N(0, 5)：Q 够得到两个峰"
keep(dl.plot_force(dl.MSE(), p, wide, grid, title=title, lang=LANG), "forces-wide.png")

# %% [markdown]
# ## 从哪些初始点出发？
#
# 我们试 400 个随机的初始点：$\mu$ 在 -15 与 15 之间均匀分布；$\log\sigma$ 也均匀分布，$\sigma$ 在 0.5 与 10
# 之间。如果到达终点时，两个峰离 Q 的中心都不超过两个宽度，就说 Q **覆盖两个峰**。
#
# 目标分布有两个：一个是前面的 P，质量为 2；另一个是它的一半，质量为 1，是真正的分布。P 减半，拉力也减半，而
# Q 使自己变宽的推力不变。（`LogSigma` 移动的是 $\log\sigma$，不是 $\sigma$，因此步长可以取原来的十倍。）

# %%
rng = np.random.default_rng(0)
starts = [dl.Normal(mu, np.exp(s)) for mu, s in rng.uniform((-15, np.log(0.5)), (15, np.log(10)), (400, 2))]


def covers_both(target: dl.Mixture, start: dl.Normal) -> bool:
    """到达终点时，两个峰离 Q 的中心是否都在两个宽度以内。"""
    quick = dl.adam(lr=0.01)
    fit = dl.fit(dl.MSE(), target, start, grid, optimizer=quick, steps=4000, coordinates=dl.LogSigma())
    return all(abs(mode.mu - fit.q.mu) < 2 * fit.q.sigma for mode in (left, right))


plt.rcParams["font.family"] = dl.font_families(LANG)
fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, mass in zip(axes, (2, 1), strict=True):
    target = dl.Mixture((mass / 2, mass / 2), (left, right))
    both = np.array([covers_both(target, start) for start in starts])
    print(f"均方误差，P 的质量为 {mass}：{both.size} 个随机初始点中，有 {both.mean():.0%} 最后覆盖两个峰")
    mu, sigma = np.array(starts).T
    ax.plot(mu[both], sigma[both], "o", label="最后覆盖两个峰")
    ax.plot(mu[~both], sigma[~both], "x", label="没有覆盖两个峰")
    ax.set(title=f"均方误差，P 的质量为 {mass}", xlabel="初始点的 mu", yscale="log")
axes[0].set_ylabel("初始点的 sigma")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
fig.savefig(OUT / "starts.png")

# %% [markdown]
# 质量为 2 时，初始点必须在两峰之间，而且不能很窄，最后才会覆盖两个峰。质量为 1
# 时，宽的初始点无论在哪里，最后几乎都覆盖两个峰。这些数字还与走到极小点的方式有关：改用 `Sigma()`，每步
# 0.001，能覆盖两个峰的初始点就少一些。
#
# ## 一万步还不是终点
#
# 正向 KL 只有一个最优点，从哪里出发都一样。这个最优点由矩匹配决定：Q 的均值和标准差就是 P 的均值和标准差。

# %%
mass = p.prob(grid.x) / np.sum(p.prob(grid.x))
mean = np.sum(mass * grid.x)
deviation = np.sqrt(np.sum(mass * (grid.x - mean) ** 2))
short = from_narrow["forward-kl"]
long = dl.fit(dl.ForwardKL(), p, narrow, grid, optimizer=adam, steps=20_000, coordinates=dl.LogSigma())
print(f"P 的矩：        均值 = {mean:.4f}  标准差 = {deviation:.4f}")
print(f"10,000 步之后： mu   = {short.mu:.4f}  sigma  = {short.sigma:.4f}")
print(f"20,000 步之后： mu   = {long.q.mu:.4f}  sigma  = {long.q.sigma:.4f}")
dl.write_gif(OUT / "forward-kl.gif", p, long, grid, title="forward-kl", lang=LANG)
moments = dl.Normal(float(mean), float(deviation))
keep(dl.plot_summary(p, long, grid, title="forward-kl", optimum=moments, lang=LANG), "forward-kl.png")

# %% [markdown]
# ![正向 KL 使 Q 覆盖 P](divlite-figures/forward-kl.gif)
