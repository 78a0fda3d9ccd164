# %% [markdown]
# # KL 的梯度是怎样推导出来的
#
# 散度用一个数说明两条曲线相差多远，它的梯度则指出：曲线往哪边动，这个数就变小。最有名的散度是 KL
# 散度。这一课推导它的梯度，再用这个梯度去拟合一条曲线。需要的预备知识是微积分：对数的导数、链式法则和乘积法则。最后有六道练习。
#
# 可以用 `python demos/zh/gradient_of_kl.py` 直接运行，也可以当作笔记本打开。

# %%
# docs/translations.py made this file from ../gradient_of_kl.py and words.po: change those.
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import divlite as dl
from divlite.elementary import exp

Array = NDArray[np.float64]  # 一组数，每个点一个
LANG = "zh"  # 说明、检查和图所用的语言，也可以是 en 和 ja
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """保存图片。若这是单元格的最后一行，笔记本也会显示它。"""
    figure.savefig(OUT / name)
    return figure


# %% [markdown]
# ## 1. KL 是什么
#
# P 是**目标分布**。它有两个宽度为 1 的钟形峰，一个在 -5，一个在 10，各占 P 的一半。Q
# 是可以移动的曲线：它只有一个钟形峰，是一个**正态分布**，中心为 $\mu$，宽度为
# $\sigma$。两者都是**密度**：处处不为负，曲线下的面积为 1，这个面积叫作**质量**。
#
# 我们在从 -25 到 30 的 2,751 个点 $x_i$
# 上看这两条曲线。每个点代表数轴上的一小段，这一小段的宽度就是这个点的**权重**
# $w_i$。用这些权重求和，结果与积分几乎相同。

# %%
P = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
Q = dl.Normal(0, 5)
grid = dl.Grid.linspace(-25, 30, 2751, weights="integral")

x, w = grid
p, log_p = P.prob(x), P.log_prob(x)
q, log_q = Q.prob(x), Q.log_prob(x)
print(f"P 的面积：{np.sum(w * p):.4f}  Q 的面积：{np.sum(w * q):.4f}")

# %% [markdown]
# 假设一些点来自 P，你却以为它们来自 Q。在点 $x$ 处，你的**惊讶程度**是 $-\log q(x)$：Q
# 认为这样的点越罕见，它就越大。知道 P 的人，惊讶程度是 $-\log p(x)$，平均而言要小一些。KL
# 就是两者之差的平均值：
#
# $$L = \mathrm{KL}(P \,\|\, Q) = \sum_i w_i \, p_i \, (\log p_i - \log q_i)$$
#
# 用 NumPy 算，只要一行。divlite 算出的是同一个数。这个数叫作**损失**，拟合就是让它变小。

# %%
by_hand = np.sum(w * p * (log_p - log_q))
loss, gradient = dl.value_and_grad(dl.ForwardKL(), P, Q, grid)
print(f"KL，自己算：{by_hand:.6f}  divlite 算：{loss:.6f}")

# %% [markdown]
# divlite 还返回了梯度：$\partial L/\partial\mu$ 和
# $\partial L/\partial\sigma$。这一课余下的部分说明这两个数从何而来。
#
# ## 2. 灵敏度：log q 变化时，损失怎样变化
#
# 求和式里没有 $\mu$ 和
# $\sigma$：它们改变曲线，曲线再改变这个和。所以有两个问题。第一个问题是：如果只在一个点上改变
# $\log q$，其他点都不动，L 会怎样变化？先不要推导，动手试一下：在一个点上把 $\log q$ 增加 0.1，看看结果。

# %%
for k in (1000, 1600, 1750):
    nudged = log_q.copy()
    nudged[k] += 0.1
    answer = (np.sum(w * p * (log_p - nudged)) - by_hand) / 0.1
    print(f"x = {x[k]:4.1f}：log q 每增加一个单位，L 改变 {answer:.6f}；-w p = {-w[k] * p[k]:.6f}")

# %% [markdown]
# 每次的答案都是 $-w_k p_k$。它是负的：在 P 不为 0 的点上，Q 升高，损失就下降。只有在 P
# 大的地方，它的绝对值才大。例如 7 离 10 处的钟形峰有三个宽度，在那里它几乎为 0。
#
# 现在用公式推导。求和式中只有一项含有 $\log q_k$，而且这一项关于它是线性的。因此
#
# $$\frac{\partial L}{\partial \log q_k} = -w_k \, p_k$$
#
# 这就是**灵敏度**。`dl.explain` 会列出中间的每一步，并附上理由。在笔记本的一个单元格里只写
# `dl.explain(dl.ForwardKL(), lang=LANG)` 这一行，就能看到排好版的全部内容。下面是其中的第 2 部分。

# %%
explanation = dl.explain(dl.ForwardKL(), lang=LANG)
print(explanation.part(2))

# %% [markdown]
# 为什么用 $\log q$，而不直接用
# q？理由有两个。第一，正态密度的对数形式简单，下面就会看到。第二，在远离中心的地方，q
# 小到计算机会把它舍入成 0，它的对数却仍是一个普通的数。
#
# ## 3. 得分：参数变化时，log q 怎样变化
#
# 第二个问题是：$\mu$ 稍稍一动，点 $x$ 处的 $\log q$ 怎样变化？还是先动手试一下。

# %%
mu, sigma = Q
z = (x - mu) / sigma
step = 1e-4
by_mu = (dl.Normal(mu + step, sigma).log_prob(x) - dl.Normal(mu - step, sigma).log_prob(x)) / (2 * step)
by_sigma = (dl.Normal(mu, sigma + step).log_prob(x) - dl.Normal(mu, sigma - step).log_prob(x)) / (2 * step)
for k in (1000, 1350, 1750):
    print(
        f"x = {x[k]:4.1f}, z = {z[k]:4.1f}:",
        f" 对 mu 的导数 {by_mu[k]:6.3f}, z / sigma = {z[k] / sigma:6.3f};",
        f" 对 sigma 的导数 {by_sigma[k]:6.3f}, (z z - 1) / sigma = {(z[k] ** 2 - 1) / sigma:6.3f}",
    )

# %% [markdown]
# 这里的 $z = (x - \mu)/\sigma$ 表示一个点在中心右边几个宽度处。这两个导数有专门的名称，叫作**得分**：
#
# $$\frac{\partial \log q}{\partial \mu} = \frac{z}{\sigma} \qquad
# \frac{\partial \log q}{\partial \sigma} = \frac{z^2 - 1}{\sigma}$$
#
# 怎样理解这两个式子？中心右移时，中心右边各点的 Q 升高，左边各点的 Q 降低。Q
# 变宽时，离中心超过一个宽度的点，Q 升高；更近的点，Q 降低；正好相距一个宽度的点，比如这里的 -5，Q
# 不变。两者的推导见下面的第 3 部分。

# %%
print(explanation.part(3))

# %% [markdown]
# ## 4. 乘积：梯度
#
# 链式法则把两个答案连起来。$\mu$ 改变每一个 $\log q_i$，每一个 $\log q_i$ 又改变 L：
#
# $$\frac{\partial L}{\partial \mu} = \sum_i \underbrace{\frac{\partial L}{\partial \log q_i}}_{-w_i p_i} \;
# \underbrace{\frac{\partial \log q_i}{\partial \mu}}_{z_i/\sigma} = -\frac{1}{\sigma} \sum_i w_i p_i z_i$$
#
# 对 $\sigma$ 也是这样，只要换成另一个得分。用 NumPy 写就是三行。

# %%
sensitivity = -w * p
score_mu, score_sigma = z / sigma, (z * z - 1) / sigma
d_mu, d_sigma = np.sum(sensitivity * score_mu), np.sum(sensitivity * score_sigma)

print(f"三行代码：dL/dmu = {d_mu:.6f}  dL/dsigma = {d_sigma:.6f}")
print(f"divlite:  dL/dmu = {gradient.mu:.6f}  dL/dsigma = {gradient.sigma:.6f}")

# %% [markdown]
# 推导到此完成。对 divlite
# 中的每一种散度，推导都是这样：损失有灵敏度，密度有得分，两者逐点相乘，再全部相加，就是梯度。
#
# 下一幅图画出了这个过程，从上到下依次是两条曲线、灵敏度、得分，以及后两者的乘积。左列对应 $\mu$，右列对应
# $\sigma$。

# %%
keep(dl.plot_force(dl.ForwardKL(), P, Q, grid, title="正向 KL：什么在推动 Q", lang=LANG), "forces.png")

# %% [markdown]
# 拟合往低处走，也就是逆着梯度走。所以乘积为负的点把 $\mu$ 往右推。先看左列。10 处的钟形峰把 $\mu$
# 向右拉，拉力为 0.200；-5 处的钟形峰把它向左拉，拉力为
# 0.100。两个峰一样大，为什么一个的拉力是另一个的两倍？因为得分随距离增大，而 10 到中心的距离是 -5
# 到中心的两倍。以向右为正，把两个拉力相加再取负，得到 -0.100，它就是 $\partial L/\partial\mu$。
#
# 再看右列。-5 处的钟形峰离中心正好一个宽度：它的外半边使 Q 变宽，内半边使 Q 变窄，两者几乎抵消。10
# 处的钟形峰使 Q 变宽，所以总的效果也是变宽。
#
# ## 5. 力在哪里抵消
#
# 在极小点，梯度为 0。这说明 Q 有什么性质？由 $\sum w_i p_i z_i = 0$ 可知，$\mu$ 是 P 的均值。由
# $\sum w_i p_i (z_i^2 - 1) = 0$ 可知，在 P 下 $(x - \mu)^2$ 的均值是 $\sigma^2$，因此 $\sigma$ 是 P
# 的**标准差**。均值和方差都是**矩**。在极小点，Q 与 P 有相同的矩。

# %%
print(explanation.part(5))

# %%
mean = np.sum(w * p * x)
deviation = np.sqrt(np.sum(w * p * (x - mean) ** 2))
print(f"P 的均值：{mean:.4f}  P 的标准差：{deviation:.4f}")

at_rest = dl.Normal(float(mean), float(deviation))
_, rest = dl.value_and_grad(dl.ForwardKL(), P, at_rest, grid)
print(f"那里的梯度：|dL/dmu| = {abs(rest.mu):.6f}  |dL/dsigma| = {abs(rest.sigma):.6f}")

# %% [markdown]
# 两者都可以手算验证。均值在 -5 与 10 的正中间，即 2.5。每个钟形峰离它 7.5，自身的方差为 1。因此
# $\sigma^2 = 7.5^2 + 1 = 57.25$，开方得 7.566。

# %%
title = "在 P 的均值和标准差处，力互相抵消"
keep(dl.plot_force(dl.ForwardKL(), P, at_rest, grid, title=title, lang=LANG), "forces-at-rest.png")

# %% [markdown]
# 各点仍在推动 Q。但就 $\mu$ 而言，两个钟形峰的推力大小相等，方向相反；就 $\sigma$
# 而言，每个钟形峰的外半边与内半边互相对抗。Q 的中心落在两峰正中，那里 P 几乎为 0。正向 KL
# 覆盖两个钟形峰，连同它们之间的空隙。
#
# ## 6. 拟合出的正态分布
#
# 下面让 Q
# 走到那一点。**梯度下降法**反复做两件事：算出梯度，再逆着梯度走一步。梯度已经推导出来了，下降只要五行代码。

# %%
mu, sigma = Q
for _ in range(1000):
    z = (x - mu) / sigma
    d_mu, d_sigma = -np.sum(w * p * z) / sigma, -np.sum(w * p * (z * z - 1)) / sigma
    mu, sigma = mu - 1.0 * d_mu, sigma - 1.0 * d_sigma  # 每步走梯度的 1.0 倍

fit = dl.fit(dl.ForwardKL(), P, Q, grid, optimizer=dl.sgd(lr=1.0), steps=1000)
print(f"自己写的：mu = {mu:.8f}  sigma = {sigma:.8f}")
print(f"dl.fit:   mu = {fit.q.mu:.8f}  sigma = {fit.q.sigma:.8f}")
print(f"损失从 {fit.loss[0]:.4f} 降到 {fit.loss[-1]:.4f}")
keep(dl.plot_summary(P, fit, grid, title="正向 KL，1,000 步", lang=LANG), "fitted-normal.png")

# %% [markdown]
# 两种算法停在同一处，也就是第 5 节找到的那一点。损失没有降到 0，因为一个钟形峰不可能等于两个钟形峰。
#
# ## 7. 反过来：反向 KL 与它的 +1
#
# 把 P 与 Q 互换，就得到另一种散度。这时点来自 Q，而你以为它们来自 P：
#
# $$L = \mathrm{KL}(Q \,\|\, P) = \sum_i w_i \, q_i \, (\log q_i - \log p_i)$$
#
# 这一次 $q_k$ 出现两次：一次是前面的因子，一次在对数里。所以求灵敏度要用乘积法则。还要用到一个事实：q 就是
# $e^{\log q}$，所以它对 $\log q$ 的导数是 q 自身。先对前面的因子求导，再对后面的对数求导：
#
# $$\frac{\partial L}{\partial \log q_k} = w_k \big( q_k \, (\log q_k - \log p_k) + q_k \cdot 1 \big)
# = w_k \, q_k \, (\log q_k - \log p_k + 1)$$
#
# 这个 +1 很容易漏掉，`dl.check_derivative`
# 能查出来。给它两个公式，都只针对一个点，不带权重：一个是损失的值（输出里叫 value），另一个是你认为它对
# $\log q$ 的导数（输出里叫 d_log_q）。


# %%
def reverse_kl(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def without_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def with_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p + 1)


print("\n漏掉 +1:", dl.check_derivative(reverse_kl, without_one, lang=LANG))
print("\n加上 +1:", dl.check_derivative(reverse_kl, with_one, lang=LANG))

# %% [markdown]
# 检查用了 48 对 p 和 q，表中列出前几对。**given** 是公式给出的值；**numeric** 是实测的值，也就是 $\log q$
# 稍稍一变，损失的值随之变化多少。每一行中，两者之差都是 -q，最后几行说明了原因。
#
# 只看拟合，未必能发现这个错误。我们用两种公式各算一次梯度，先用容得下整个 Q 的网格，再用在 5
# 处（中心右边一个宽度）截断 Q 的网格：

# %%
wide = dl.Grid.linspace(-40, 40, 2001, weights="integral")
cut = dl.Grid.linspace(-20, 5, 1251, weights="integral")
for name, g in (("够宽", wide), ("截断", cut)):
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
        f"{name:>7},     只有 +1：",
        f"dL/dmu = {np.sum(alone * score_mu):.0e}  dL/dsigma = {np.sum(alone * score_sigma):.0e}",
    )
    _, library = dl.value_and_grad(dl.ReverseKL(), P, Q, g)
    print(f"{name:>7},     divlite:  dL/dmu = {library.mu:.4f}  dL/dsigma = {library.sigma:.4f}")

# %% [markdown]
# 在宽的网格上，除了舍入误差，+1 对总和没有影响。它增加的是
# $\sum w_i q_i \cdot \partial \log q_i/\partial\mu$，即 $\sum w_i \, \partial q_i/\partial\mu$，也就是
# $\mu$ 移动时 Q 的面积的变化。但无论 $\mu$ 和 $\sigma$ 取什么值，Q 的面积都是 1，所以没有变化。
#
# 在截断 Q 的网格上，$\mu$ 一动，网格之内的面积就变。这时 +1 不可少，漏掉它的公式是错的：它给出
# 0.2631，正确的是 0.2148。所以要像 `check_derivative` 那样，逐点检查导数。求和会掩盖错误。
#
# ## 8. 轮到你了
#
# 下面有六种损失，由易到难。每一题都给出损失在一个点上的那一项 f：请固定 p，求 f 对 $\log q$
# 的导数。要用到链式法则和这两条规则：
#
# $$\frac{d\,q}{d\log q} = q \qquad \frac{d \log q}{d\log q} = 1$$
#
# 每道练习先给出一份试写的答案，里面有一个常见的错误。**先自己试试**，写在纸上；再用你的公式换掉它，运行单元格。答案在更下面，单独放在一个单元格里。
#
# ### 练习 1：平方误差
#
# $f = (p - q)^2$。**先自己试试。**


# %%
def squared_error(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2


def attempt_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p)  # 换成你的公式


print("\n练习 1，试写的答案：", dl.check_derivative(squared_error, attempt_1, lang=LANG))

# %% [markdown]
# **漏了因子 q**。试写的答案是对 q 的导数，这个导数没有错。但题目问的是对 $\log q$
# 的导数，所以链式法则还有一步：乘以 $dq/d\log q = q$。这一步很容易忘。

# %% [markdown]
# #### 答案 1
#
# $2 (p - q) \cdot (-1) \cdot q = 2 (q - p)\, q$。最后的因子很要紧：在 Q 几乎为 0 的地方，即使 P
# 很大，也几乎拉不动 Q。所以用平方误差时，窄的 Q 可能停在一个钟形峰上；宽的 Q
# 够得到两个钟形峰，最后可能覆盖两个。结果取决于初始点。


# %%
def answer_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q


check = dl.check_derivative(squared_error, answer_1, lang=LANG)
assert check, check
print("\n练习 1 的答案：", check)

# %% [markdown]
# 只要公式在所有点上都正确，检查的结果就为真，所以可以把它用在 `assert` 里。
#
# ### 练习 2：对数之差的平方
#
# $f = p \, (\log p - \log q)^2$。**先自己试试。**


# %%
def squared_log_ratio(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return p * (log_p - log_q) ** 2


def attempt_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_p - log_q)  # 换成你的公式


print("\n练习 2，试写的答案：", dl.check_derivative(squared_log_ratio, attempt_2, lang=LANG))

# %% [markdown]
# **符号错了**：given/numeric 这一列每行都是 -1。试写的答案对平方求了导，却没有对平方里面的式子求导。里面的
# $\log q$ 带负号，求导后就是因子 -1。这次没有因子 q，因为只出现了 $\log q$，它对自身的导数是 1。

# %% [markdown]
# #### 答案 2
#
# $p \cdot 2 (\log p - \log q) \cdot (-1) = 2 p \, (\log q - \log p)$


# %%
def answer_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_q - log_p)


check = dl.check_derivative(squared_log_ratio, answer_2, lang=LANG)
assert check, check
print("\n练习 2 的答案：", check)

# %% [markdown]
# ### 练习 3：海林格距离的平方
#
# $f = (\sqrt p - \sqrt q)^2$。**先自己试试。**


# %%
def hellinger(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (np.sqrt(p) - np.sqrt(q)) ** 2


def attempt_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (np.sqrt(q) - np.sqrt(p)) * np.sqrt(q)  # 换成你的公式


print("\n练习 3，试写的答案：", dl.check_derivative(hellinger, attempt_3, lang=LANG))

# %% [markdown]
# **多了因子 2**。试写的答案把 $\sqrt q$ 当成了 q，以为导数就是它自身。但
# $\sqrt q = e^{\log q / 2}$，所以导数里有因子 1/2：$d\sqrt q/d\log q = \sqrt q/2$。

# %% [markdown]
# #### 答案 3
#
# $2 (\sqrt p - \sqrt q) \cdot (-\sqrt q/2) = q - \sqrt{p q}$


# %%
def answer_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - np.sqrt(p * q)


check = dl.check_derivative(hellinger, answer_3, lang=LANG)
assert check, check
print("\n练习 3 的答案：", check)

# %% [markdown]
# ### 练习 4：卡方
#
# $f = (p - q)^2 / q$。**先自己试试。**


# %%
def chi_square(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2 / q


def attempt_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q / q  # 换成你的公式


print("\n练习 4，试写的答案：", dl.check_derivative(chi_square, attempt_4, lang=LANG))

# %% [markdown]
# **漏了商法则的一项**。试写的答案像练习 1 那样对平方求了导，却把分母里的 q
# 当成了常数。但它也在变：$d(1/q)/d\log q = -1/q$。所以漏掉的一项是平方乘以
# $-1/q$，正好等于损失的值取负号。检查发现了这一点：**正确的是 given - value**。

# %% [markdown]
# #### 答案 4
#
# 可以写成 $2(q - p) - (p - q)^2/q$；也可以先展开，得 $f = p^2/q - 2p + q$，它的导数是
# $q - p^2/q$。两者相等。


# %%
def answer_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - p * p / q


check = dl.check_derivative(chi_square, answer_4, lang=LANG)
assert check, check
print("\n练习 4 的答案：", check)

# %% [markdown]
# ### 练习 5：詹森-香农散度
#
# 取 p 与 q 正中间的曲线 $m = (p + q)/2$，分别衡量 p 和 q
# 离它多远：$f = \frac12 \, p \, \log(p/m) + \frac12 \, q \, \log(q/m)$。**先自己试试**，别忘了 m 与 q
# 有关。


# %%
def jensen_shannon(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    log_m = np.log((p + q) / 2)
    return p / 2 * (log_p - log_m) + q / 2 * (log_q - log_m)


def attempt_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2) + 1)  # 换成你的公式


print("\n练习 5，试写的答案：", dl.check_derivative(jensen_shannon, attempt_5, lang=LANG))

# %% [markdown]
# **多了 q/2**：试写的答案里有 +1，和反向 KL 一样。如果 m 不变，它就是对的。但 m 随 q 变化，而且两项里都有
# m：$dm/d\log q = q/2$，所以 $\log m$ 的导数是 $q/(2m)$。f 中 $\log m$ 的系数是 $-(p + q)/2$，也就是
# $-m$。两者的乘积是 $-q/2$，正好与 +1 那一项抵消。

# %% [markdown]
# #### 答案 5
#
# $\frac12 \, q \, \log(q/m)$，没有 +1。


# %%
def answer_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2))


check = dl.check_derivative(jensen_shannon, answer_5, lang=LANG)
assert check, check
print("\n练习 5 的答案：", check)

# %% [markdown]
# ### 练习 6：一整族散度
#
# 设 $\alpha$ 是 0 与 1 之间的数，**α 散度**定义为
#
# $$f = \frac{\alpha p + (1 - \alpha) q - p^\alpha q^{1 - \alpha}}{\alpha (1 - \alpha)}$$
#
# **先自己试试**，取 $\alpha = 0.3$。

# %%
ALPHA = 0.3


def alpha_divergence(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return (a * p + (1 - a) * q - p**a * q ** (1 - a)) / (a * (1 - a))


def attempt_6(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return q / a - p**a * q ** (1 - a)  # 换成你的公式


print("\n练习 6，试写的答案：", dl.check_derivative(alpha_divergence, attempt_6, lang=LANG))

# %% [markdown]
# **不属于已知的任何一种疏漏**。只有当一种疏漏能解释所有的点时，检查才会指出它。照检查的建议，一次查一项：先查只含
# q 的那一项，再查乘积那一项。


# %%
def term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (1 - ALPHA) * q / (ALPHA * (1 - ALPHA))


def d_term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / ALPHA


def term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA) / (ALPHA * (1 - ALPHA))


def d_term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA)


print("\n第 1 项：", dl.check_derivative(term_1, d_term_1, lang=LANG))
print("\n第 2 项：", dl.check_derivative(term_2, d_term_2, lang=LANG))

# %% [markdown]
# 第一项正确。第二项**漏了因子 10/3**，它就是 $1/\alpha$。求导时，指数成为因子，与分母里的 $1 - \alpha$
# 约去了；旁边的 $\alpha$ 却漏掉了。

# %% [markdown]
# #### 答案 6
#
# $(q - p^\alpha q^{1-\alpha})/\alpha$。我们用它写出一种损失，再拿来拟合。损失是一个类，含有这两个公式，这里还有一个字段
# $\alpha$。幂要用已经给出的对数来写，并使用 `divlite.elementary` 里的 `exp`，这样 divlite
# 不必改动就能编译这两个公式。


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
print("\n练习 6 的答案：", check)

# %% [markdown]
# 它与 KL 有什么关系？在宽的网格上，把这一族的两端与学过的 KL 比较：

# %%
p, log_p, q, log_q = P.prob(wide.x), P.log_prob(wide.x), Q.prob(wide.x), Q.log_prob(wide.x)
for name, a, known in (("反向", 0.001, q * (log_q - log_p)), ("正向", 0.999, p * (log_p - log_q))):
    ours = np.sum(wide.w * Alpha(a).value(p, log_p, q, log_q))
    print(f"alpha = {a}：{ours:.3f}  {name} KL：{np.sum(wide.w * known):.3f}")

# %% [markdown]
# 这一族从一种 KL 通向另一种 KL。第 5 节已经看到，正向 KL 从任何初始点出发都覆盖两个钟形峰；反向 KL
# 则可能停在一个钟形峰上。所以在两端之间的某处，拟合的结果必定会变。我们从两个初始点出发：一个是两峰之间的宽
# Q，一个是 10 处钟形峰旁边的窄 Q。（`LogSigma` 移动的是 $\log\sigma$，不是 $\sigma$，所以无论怎样走都不会使
# $\sigma$ 变成负数。）

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for a in (0.3, 0.6, 0.9):
    ends: dict[str, dl.Family] = {}
    for name, start in (("从宽的初始点出发", Q), ("从窄的初始点出发", dl.Normal(8, 2))):
        end = dl.fit(
            Alpha(a), P, start, wide, optimizer=dl.adam(lr=0.02), steps=2000, coordinates=dl.LogSigma()
        )
        print(
            f"alpha = {a}, {name:>21}： mu = {end.q.mu:6.3f}  sigma = {end.q.sigma:.3f}",
            f" 损失 = {end.loss[-1]:.3f}",
        )
        ends[name] = end.q
    rows.append((f"alpha = {a}", P, ends))
keep(dl.plot_separations(rows, grid, lang=LANG), "alpha.png")

# %% [markdown]
# alpha 取 0.3 和 0.6 时，结果由初始点决定：从窄的初始点出发，Q 停在 10 处的钟形峰上；从宽的初始点出发，Q
# 覆盖两个钟形峰。前一种结果的损失较小，但 alpha 取 0.6 时相差不大：一个是 1.418，一个是 1.580。alpha 取 0.9
# 时，从窄的初始点出发，Q 也不再停在那个峰上，而是移到中间，覆盖两个峰。（那个峰上仍有一个极小点，但 Q
# 必须从离它极近的地方出发，而且那里的损失大得多。）
#
# 写出这种损失，只用了两个公式。凡是能求导的公式，都可以当损失。自己写一个，用 `check_derivative`
# 检查，再看看它把正态分布带到哪里。
