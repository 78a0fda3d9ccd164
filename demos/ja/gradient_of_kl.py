# %% [markdown]
# # KL の勾配を導く
#
# ダイバージェンスは、二つの曲線がどれだけ離れているかを表す一つの数です。この数を減らすには曲線をどちらへ動かせばよいかが、勾配から分かります。この講義では、最もよく知られたダイバージェンスである
# KL
# の勾配を導き、その勾配を使って曲線を当てはめます。必要な予備知識は微積分で、対数の微分、連鎖律、積の微分法を使います。最後に演習が六つあります。
#
# `python demos/ja/gradient_of_kl.py` で実行するか、ノートブックとして開いてください。

# %%
# docs/translations.py made this file from ../gradient_of_kl.py and words.po: change those.
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import divlite as dl
from divlite.elementary import exp

Array = NDArray[np.float64]  # 点ごとに一つの数
LANG = "ja"  # 説明、検査、図の言語。en と zh もある
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """図を保存する。セルの最後の行に書けば、ノートブックにも表示される。"""
    figure.savefig(OUT / name)
    return figure


# %% [markdown]
# ## 1. KL とは何か
#
# P は**目標分布**です。幅 1 の山（**モード**ともいいます）が -5 と 10 に一つずつあり、それぞれが P
# の半分を占めています。Q は動かしてよい曲線です。山が一つの**正規分布**で、中心は $\mu$、幅は $\sigma$
# です。P も Q も**密度**です。つまり、負になることはなく、曲線の下の面積は 1
# です。この面積を**質量**と呼びます。
#
# この二つを、-25 から 30 までの 2,751 個の点 $x_i$
# で調べます。点の一つ一つが、数直線の短い区間を代表しています。その区間の長さが、点の**重み** $w_i$
# です。この重みを付けた和は、積分とほぼ等しくなります。

# %%
P = dl.Mixture((0.5, 0.5), (dl.Normal(-5, 1), dl.Normal(10, 1)))
Q = dl.Normal(0, 5)
grid = dl.Grid.linspace(-25, 30, 2751, weights="integral")

x, w = grid
p, log_p = P.prob(x), P.log_prob(x)
q, log_q = Q.prob(x), Q.log_prob(x)
print(f"P の面積：{np.sum(w * p):.4f}  Q の面積：{np.sum(w * q):.4f}")

# %% [markdown]
# 点は P に従って現れるのに、Q に従うと思い込んでいるとしましょう。点 $x$ を見たときの**驚き**は
# $-\log q(x)$ です。Q によれば珍しいはずの点ほど、驚きは大きくなります。P を知っている人の驚きは
# $-\log p(x)$ で、平均すればこちらの方が小さくなります。二つの驚きの差を平均したものが KL です。
#
# $$L = \mathrm{KL}(P \,\|\, Q) = \sum_i w_i \, p_i \, (\log p_i - \log q_i)$$
#
# NumPy
# なら一行で書けます。ライブラリで計算しても同じ値です。この値を**損失**と呼びます。当てはめとは、損失を小さくすることです。

# %%
by_hand = np.sum(w * p * (log_p - log_q))
loss, gradient = dl.value_and_grad(dl.ForwardKL(), P, Q, grid)
print(f"KL：一行の式では {by_hand:.6f}、ライブラリでは {loss:.6f}")

# %% [markdown]
# ライブラリは勾配も返しました。$\partial L/\partial\mu$ と $\partial L/\partial\sigma$
# です。この二つの数がどこから来るのかを、これから見ていきます。
#
# ## 2. 感度：log q が変わると損失はどう変わるか
#
# $\mu$ と $\sigma$
# は、和の式には現れません。この二つが動くと曲線が動き、曲線が動くと和が変わります。ですから、問いは二つあります。一つ目の問いはこうです。$\log q$
# がある一点だけで変わると、L はどう変わるでしょうか。まだ計算はせずに、試してみましょう。$\log q$ を一点で
# 0.1 だけ増やします。

# %%
for k in (1000, 1600, 1750):
    nudged = log_q.copy()
    nudged[k] += 0.1
    answer = (np.sum(w * p * (log_p - nudged)) - by_hand) / 0.1
    print(f"x = {x[k]:4.1f}：log q の一単位あたりの L の変化は {answer:.6f}、-w p は {-w[k] * p[k]:.6f}")

# %% [markdown]
# どの点でも、答えは $-w_k p_k$ です。この値は負です。つまり、P が 0 でない点で Q
# を上げると、損失は減ります。変化が大きいのは、P が大きい点だけです。10 にある山から幅の三倍だけ離れた 7
# では、ほとんど 0 です。
#
# 次は式で導きます。和の中で $\log q_k$
# が現れる項は一つだけで、現れ方は線形です。したがって、次の式が成り立ちます。
#
# $$\frac{\partial L}{\partial \log q_k} = -w_k \, p_k$$
#
# これが**感度**です。`dl.explain`
# を使うと、途中の計算が一行ごとに理由付きで表示されます。ノートブックでは、セルに
# `dl.explain(dl.ForwardKL(), lang=LANG)`
# だけを書くと、すべての部分が、きれいに組まれた数式で表示されます。ここでは第 2 部を見ます。

# %%
explanation = dl.explain(dl.ForwardKL(), lang=LANG)
print(explanation.part(2))

# %% [markdown]
# なぜ q そのものではなく、$\log q$
# で考えるのでしょうか。理由は二つあります。まず、すぐ後で見るように、正規分布の密度の対数は簡単な式です。次に、中心から遠い所の
# q はとても小さく、計算機では 0 に丸められてしまいます。対数なら、そこでもごく普通の大きさの数です。
#
# ## 3. スコア：パラメータが変わると log q はどう変わるか
#
# 二つ目の問いです。$\mu$ が少し動くと、点 $x$ での $\log q$
# はどう変わるでしょうか。今度も、まず試してみます。

# %%
mu, sigma = Q
z = (x - mu) / sigma
step = 1e-4
by_mu = (dl.Normal(mu + step, sigma).log_prob(x) - dl.Normal(mu - step, sigma).log_prob(x)) / (2 * step)
by_sigma = (dl.Normal(mu, sigma + step).log_prob(x) - dl.Normal(mu, sigma - step).log_prob(x)) / (2 * step)
for k in (1000, 1350, 1750):
    print(
        f"x = {x[k]:4.1f}, z = {z[k]:4.1f}:",
        f" mu で微分 {by_mu[k]:6.3f}, z / sigma = {z[k] / sigma:6.3f};",
        f" sigma で微分 {by_sigma[k]:6.3f}, (z z - 1) / sigma = {(z[k] ** 2 - 1) / sigma:6.3f}",
    )

# %% [markdown]
# ここで $z = (x - \mu)/\sigma$
# は、点が中心から右へ幅の何倍離れているかを表します。いま測った二つの導関数には、**スコア**という名前があります。
#
# $$\frac{\partial \log q}{\partial \mu} = \frac{z}{\sigma} \qquad
# \frac{\partial \log q}{\partial \sigma} = \frac{z^2 - 1}{\sigma}$$
#
# この式から何が分かるでしょうか。中心が右へ動くと、Q は中心の右側の点で上がり、左側の点で下がります。Q
# の幅が広がると、中心からの距離が幅より大きい点で上がり、小さい点で下がります。距離がちょうど幅に等しい点では変わりません。ここでは
# -5 がそうです。先ほどの説明の第 3 部では、両方の式を導いています。

# %%
print(explanation.part(3))

# %% [markdown]
# ## 4. 積：勾配
#
# 二つの答えを、連鎖律でつなぎます。$\mu$ が動くとすべての $\log q_i$ が変わり、どの $\log q_i$ が変わっても
# L が変わります。
#
# $$\frac{\partial L}{\partial \mu} = \sum_i \underbrace{\frac{\partial L}{\partial \log q_i}}_{-w_i p_i} \;
# \underbrace{\frac{\partial \log q_i}{\partial \mu}}_{z_i/\sigma} = -\frac{1}{\sigma} \sum_i w_i p_i z_i$$
#
# $\sigma$ についても同じで、スコアが入れ替わるだけです。NumPy では三行で書けます。

# %%
sensitivity = -w * p
score_mu, score_sigma = z / sigma, (z * z - 1) / sigma
d_mu, d_sigma = np.sum(sensitivity * score_mu), np.sum(sensitivity * score_sigma)

print(f"三行の計算:  dL/dmu = {d_mu:.6f}  dL/dsigma = {d_sigma:.6f}")
print(f"ライブラリ:  dL/dmu = {gradient.mu:.6f}  dL/dsigma = {gradient.sigma:.6f}")

# %% [markdown]
# これで導出は終わりです。手順は、このライブラリのどのダイバージェンスでも変わりません。損失から感度を求め、密度からスコアを求めます。両者の積の和が勾配です。
#
# 同じことを図で見てみましょう。上から順に、曲線、感度、スコア、そして感度とスコアの積です。左の列が
# $\mu$、右の列が $\sigma$ についての図です。

# %%
keep(dl.plot_force(dl.ForwardKL(), P, Q, grid, title="順方向 KL：何が Q を押すか", lang=LANG), "forces.png")

# %% [markdown]
# 当てはめは坂を下ります。つまり、勾配と逆の向きに進みます。ですから、積が負である点は $\mu$
# を右へ押します。左の列を見てください。10 の山は $\mu$ を 0.200 の力で右へ引き、-5 の山は 0.100
# の力で左へ引いています。山の大きさは同じなのに、なぜ一方の力が二倍なのでしょうか。スコアは中心からの距離に比例し、10
# までの距離は -5 までの距離の二倍だからです。右向きを正として力を合計し、符号を変えると -0.100 です。これが
# $\partial L/\partial\mu$ です。
#
# 次は右の列です。-5 の山は、Q の中心から、ちょうど Q の幅だけ離れています。山の外側の半分は Q
# を広げ、内側の半分は Q を狭めるので、両者はほぼ打ち消し合います。10 の山は Q を広げます。合計しても、Q
# を広げる向きです。
#
# ## 5. 力がつり合う所
#
# 極小点では勾配が 0 です。このとき、Q について何が言えるでしょうか。$\sum w_i p_i z_i = 0$ から、$\mu$ は P
# の平均だと分かります。また、$\sum w_i p_i (z_i^2 - 1) = 0$ から、P についての $(x - \mu)^2$ の平均は
# $\sigma^2$ だと分かります。つまり、$\sigma$ は P
# の**標準偏差**です。平均や分散を**モーメント**と呼びます。極小点では、Q のモーメントが P
# のモーメントと一致します。

# %%
print(explanation.part(5))

# %%
mean = np.sum(w * p * x)
deviation = np.sqrt(np.sum(w * p * (x - mean) ** 2))
print(f"P の平均：{mean:.4f}  P の標準偏差：{deviation:.4f}")

at_rest = dl.Normal(float(mean), float(deviation))
_, rest = dl.value_and_grad(dl.ForwardKL(), P, at_rest, grid)
print(f"そこでの勾配：|dL/dmu| = {abs(rest.mu):.6f}  |dL/dsigma| = {abs(rest.sigma):.6f}")

# %% [markdown]
# どちらも手で確かめられます。平均は、-5 と 10 のちょうど真ん中の 2.5 です。どちらの山も、そこから 7.5
# 離れていて、山それ自身の分散は 1 です。ですから $\sigma^2 = 7.5^2 + 1 = 57.25$ で、その平方根は 7.566
# です。

# %%
title = "P の平均と標準偏差で、力はつり合う"
keep(dl.plot_force(dl.ForwardKL(), P, at_rest, grid, title=title, lang=LANG), "forces-at-rest.png")

# %% [markdown]
# どの点からも、まだ力が働いています。しかし $\mu$
# については、二つの山が同じ強さで反対の向きに押します。$\sigma$
# については、どちらの山でも、外側の半分と内側の半分が反対の向きに押します。Q
# の中心は二つの山の真ん中にあり、そこでは P がほとんど 0 です。順方向 KL では、Q
# は両方の山を、間の谷間ごと覆います。
#
# ## 6. 当てはめた正規分布
#
# では、その極小点へ向かいましょう。**勾配降下法**は、勾配を計算し、その逆向きに一歩進む、という二つの動作を繰り返します。勾配はもう導いたので、あとは五行で書けます。

# %%
mu, sigma = Q
for _ in range(1000):
    z = (x - mu) / sigma
    d_mu, d_sigma = -np.sum(w * p * z) / sigma, -np.sum(w * p * (z * z - 1)) / sigma
    mu, sigma = mu - 1.0 * d_mu, sigma - 1.0 * d_sigma  # 勾配の 1.0 倍だけ進む

fit = dl.fit(dl.ForwardKL(), P, Q, grid, optimizer=dl.sgd(lr=1.0), steps=1000)
print(f"五行の勾配降下法: mu = {mu:.8f}  sigma = {sigma:.8f}")
print(f"dl.fit:           mu = {fit.q.mu:.8f}  sigma = {fit.q.sigma:.8f}")
print(f"損失は {fit.loss[0]:.4f} から {fit.loss[-1]:.4f} まで下がった")
keep(dl.plot_summary(P, fit, grid, title="順方向 KL、1,000 ステップ", lang=LANG), "fitted-normal.png")

# %% [markdown]
# どちらも同じ所で終わります。第 5
# 節で見つけた点です。一つの山を二つの山と等しくすることはできないので、損失は 0 までは下がりません。
#
# ## 7. 逆の向き：逆方向 KL と +1
#
# P と Q を入れ替えると、別のダイバージェンスになります。今度は、点は Q に従って現れるのに、P
# に従うと思い込んでいる場合です。
#
# $$L = \mathrm{KL}(Q \,\|\, P) = \sum_i w_i \, q_i \, (\log q_i - \log p_i)$$
#
# 今度は $q_k$
# が二か所に現れます。前の因子と、対数の中です。そのため、感度を求めるには積の微分法が必要です。もう一つ使うのは、q
# が $e^{\log q}$ だという関係です。ですから、$\log q$ で微分しても q
# のままです。まず前の因子を微分し、次に対数を微分します。
#
# $$\frac{\partial L}{\partial \log q_k} = w_k \big( q_k \, (\log q_k - \log p_k) + q_k \cdot 1 \big)
# = w_k \, q_k \, (\log q_k - \log p_k + 1)$$
#
# この +1 は忘れやすいのですが、`dl.check_derivative`
# で見つかります。渡すのは、重みを除いた一点での式が二つです。一つは値の式（value）、もう一つは、$\log q$
# による導関数だと自分が考える式（d_log_q）です。


# %%
def reverse_kl(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def without_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p)


def with_one(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q * (log_q - log_p + 1)


print("\n+1 なし:", dl.check_derivative(reverse_kl, without_one, lang=LANG))
print("\n+1 あり:", dl.check_derivative(reverse_kl, with_one, lang=LANG))

# %% [markdown]
# 検査では、p と q を 48 組試しました。表に示したのは、その初めのいくつかです。**given**
# は、渡した導関数の式の値です。**numeric** は測った値で、$\log q$
# を少し変えたときの値の変化率です。両者の差は、どの行でも -q
# です。表の下の「考えられる間違い」の所に、その理由が書かれています。
#
# 当てはめをしても、この間違いには気付かないことがあります。二つの式で勾配を計算してみましょう。まず、Q
# 全体を含む広い格子を使います。次に、中心から右へ幅だけ離れた 5 で Q
# を切り、一部しか含まない格子を使います。

# %%
wide = dl.Grid.linspace(-40, 40, 2001, weights="integral")
cut = dl.Grid.linspace(-20, 5, 1251, weights="integral")
for name, g in (("全体", wide), ("一部", cut)):
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
        f"{name:>7},     +1 だけ: ",
        f"dL/dmu = {np.sum(alone * score_mu):.0e}  dL/dsigma = {np.sum(alone * score_sigma):.0e}",
    )
    _, library = dl.value_and_grad(dl.ReverseKL(), P, Q, g)
    print(f"{name:>7},  ライブラリ:  dL/dmu = {library.mu:.4f}  dL/dsigma = {library.sigma:.4f}")

# %% [markdown]
# 広い格子では、+1 があってもなくても、丸め誤差を除けば和は同じです。増える分は
# $\sum w_i q_i \cdot \partial \log q_i/\partial\mu$ です。これは $\sum w_i \, \partial q_i/\partial\mu$
# に等しく、$\mu$ が動いたときの Q の面積の変化を表します。ところが、Q の面積は $\mu$ と $\sigma$
# が何であっても 1 なので、変化しません。
#
# Q を切る格子では、$\mu$ が動くと、格子の中の面積が変わります。そこでは +1
# が効くので、忘れると間違った値になります。正しい値は 0.2148 なのに、0.2631
# が出ます。ですから、導関数は、`check_derivative`
# のように一点ずつ調べましょう。和だけを見ていると、間違いが隠れることがあります。
#
# ## 8. 自分で導いてみよう
#
# 六つの損失を、易しい順に並べました。それぞれについて、p を固定し、一つの項を $\log q$
# で微分してください。使うのは、連鎖律と次の二つの規則です。
#
# $$\frac{d\,q}{d\log q} = q \qquad \frac{d \log q}{d\log q} = 1$$
#
# どの演習の最初にも、よくある間違いを含む答案が書いてあります。**まず自分で**、紙の上で解いてみましょう。次に、その答案を自分の式に書き換えて、セルを実行します。解答はその先の、別のセルにあります。
#
# ### 演習 1：二乗誤差
#
# $f = (p - q)^2$ とします。**まず自分で解いてみましょう。**


# %%
def squared_error(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2


def attempt_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p)  # ここに自分の式を書く


print("\n演習 1 の答案:", dl.check_derivative(squared_error, attempt_1, lang=LANG))

# %% [markdown]
# **因子 q が足りません**。この答案は、q による導関数としては正しい式です。しかし、問われているのは $\log q$
# による導関数です。連鎖律をもう一度使って、$dq/d\log q = q$ を掛けなければなりません。忘れやすい所です。

# %% [markdown]
# #### 解答 1
#
# $2 (p - q) \cdot (-1) \cdot q = 2 (q - p)\, q$ です。大事なのは最後の因子です。Q がほとんど 0 の所では、P
# がどれほど大きくても、Q を引く力はほとんどありません。だから、二乗誤差で狭い Q
# を当てはめると、一つの山で終わることがあります。広い Q
# なら両方の山に届くので、両方を覆って終わることもあります。どちらになるかは、初期点で決まります。


# %%
def answer_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q


check = dl.check_derivative(squared_error, answer_1, lang=LANG)
assert check, check
print("\n演習 1 の解答:", check)

# %% [markdown]
# 式がすべての点で正しければ、検査の結果は真として扱われます。そのまま `assert` に使えます。
#
# ### 演習 2：対数の差の二乗
#
# $f = p \, (\log p - \log q)^2$ とします。**まず自分で解いてみましょう。**


# %%
def squared_log_ratio(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return p * (log_p - log_q) ** 2


def attempt_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_p - log_q)  # ここに自分の式を書く


print("\n演習 2 の答案:", dl.check_derivative(squared_log_ratio, attempt_2, lang=LANG))

# %% [markdown]
# **符号が違います**。given/numeric の列は、どの行でも -1
# です。二乗は微分してありますが、その中身の微分を忘れています。中身の $\log q$
# には負号が付いているので、因子 -1 が出ます。今度は因子 q は付きません。式に現れるのは $\log q$
# だけで、それ自身による導関数は 1 だからです。

# %% [markdown]
# #### 解答 2
#
# $p \cdot 2 (\log p - \log q) \cdot (-1) = 2 p \, (\log q - \log p)$


# %%
def answer_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * p * (log_q - log_p)


check = dl.check_derivative(squared_log_ratio, answer_2, lang=LANG)
assert check, check
print("\n演習 2 の解答:", check)

# %% [markdown]
# ### 演習 3：ヘリンガー距離の二乗
#
# $f = (\sqrt p - \sqrt q)^2$ とします。**まず自分で解いてみましょう。**


# %%
def hellinger(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (np.sqrt(p) - np.sqrt(q)) ** 2


def attempt_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (np.sqrt(q) - np.sqrt(p)) * np.sqrt(q)  # ここに自分の式を書く


print("\n演習 3 の答案:", dl.check_derivative(hellinger, attempt_3, lang=LANG))

# %% [markdown]
# **因子 2 が余分です**。この答案では、$\sqrt q$ も q
# と同じように、微分しても変わらないと考えています。しかし、$\sqrt q = e^{\log q / 2}$
# なので、導関数には因子 1/2 が付きます。つまり、$d\sqrt q/d\log q = \sqrt q/2$ です。

# %% [markdown]
# #### 解答 3
#
# $2 (\sqrt p - \sqrt q) \cdot (-\sqrt q/2) = q - \sqrt{p q}$


# %%
def answer_3(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - np.sqrt(p * q)


check = dl.check_derivative(hellinger, answer_3, lang=LANG)
assert check, check
print("\n演習 3 の解答:", check)

# %% [markdown]
# ### 演習 4：カイ二乗
#
# $f = (p - q)^2 / q$ とします。**まず自分で解いてみましょう。**


# %%
def chi_square(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (p - q) ** 2 / q


def attempt_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return 2 * (q - p) * q / q  # ここに自分の式を書く


print("\n演習 4 の答案:", dl.check_derivative(chi_square, attempt_4, lang=LANG))

# %% [markdown]
# **商の微分法の項が一つ足りません**。二乗は演習 1 と同じように微分してありますが、分母の q
# を定数とみなしています。しかし、分母も変わり、$d(1/q)/d\log q = -1/q$ です。ですから、足りない項は二乗に
# $-1/q$ を掛けたもの、つまり値そのものに負号を付けたものです。検査の結果にも、**正しいのは given - value
# です**とあります。

# %% [markdown]
# #### 解答 4
#
# $2(q - p) - (p - q)^2/q$ です。先に展開すると $f = p^2/q - 2p + q$ となり、導関数は $q - p^2/q$
# です。この二つは同じ式です。


# %%
def answer_4(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q - p * p / q


check = dl.check_derivative(chi_square, answer_4, lang=LANG)
assert check, check
print("\n演習 4 の解答:", check)

# %% [markdown]
# ### 演習 5：イェンセン・シャノン・ダイバージェンス
#
# p と q のちょうど中間の曲線 $m = (p + q)/2$ を考え、p と q
# がそれぞれこの曲線からどれだけ離れているかを測ります。$f = \frac12 \, p \, \log(p/m) + \frac12 \, q \, \log(q/m)$
# とします。**まず自分で**解いてみましょう。m も q とともに変わることに注意してください。


# %%
def jensen_shannon(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    log_m = np.log((p + q) / 2)
    return p / 2 * (log_p - log_m) + q / 2 * (log_q - log_m)


def attempt_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2) + 1)  # ここに自分の式を書く


print("\n演習 5 の答案:", dl.check_derivative(jensen_shannon, attempt_5, lang=LANG))

# %% [markdown]
# **q/2 が余分です**。この答案には、逆方向 KL のときのような +1 があります。m
# が変わらないのなら、これで正解です。しかし、m は q とともに、どちらの項でも変わります。$dm/d\log q = q/2$
# なので、$\log m$ の導関数は $q/(2m)$ です。f の中で $\log m$ に掛かる因子は $-(p + q)/2$、つまり $-m$
# です。この二つの積は $-q/2$ で、+1 から来る項を打ち消します。

# %% [markdown]
# #### 解答 5
#
# $\frac12 \, q \, \log(q/m)$ です。+1 は付きません。


# %%
def answer_5(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / 2 * (log_q - np.log((p + q) / 2))


check = dl.check_derivative(jensen_shannon, answer_5, lang=LANG)
assert check, check
print("\n演習 5 の解答:", check)

# %% [markdown]
# ### 演習 6：ダイバージェンスの族
#
# $\alpha$ を 0 と 1 の間の数とします。**α ダイバージェンス**は次の式です。
#
# $$f = \frac{\alpha p + (1 - \alpha) q - p^\alpha q^{1 - \alpha}}{\alpha (1 - \alpha)}$$
#
# $\alpha = 0.3$ として、**まず自分で**解いてみましょう。

# %%
ALPHA = 0.3


def alpha_divergence(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return (a * p + (1 - a) * q - p**a * q ** (1 - a)) / (a * (1 - a))


def attempt_6(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    a = ALPHA
    return q / a - p**a * q ** (1 - a)  # ここに自分の式を書く


print("\n演習 6 の答案:", dl.check_derivative(alpha_divergence, attempt_6, lang=LANG))

# %% [markdown]
# **既知の間違いには当てはまりません**。間違いの名前が出るのは、その間違いですべての点を説明できるときだけです。結果の最後にある助言に従って、一項ずつ調べましょう。まず
# q だけを含む項、次に積の項です。


# %%
def term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return (1 - ALPHA) * q / (ALPHA * (1 - ALPHA))


def d_term_1(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return q / ALPHA


def term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA) / (ALPHA * (1 - ALPHA))


def d_term_2(p: Array, log_p: Array, q: Array, log_q: Array) -> Array:
    return -(p**ALPHA) * q ** (1 - ALPHA)


print("\n第 1 項:", dl.check_derivative(term_1, d_term_1, lang=LANG))
print("\n第 2 項:", dl.check_derivative(term_2, d_term_2, lang=LANG))

# %% [markdown]
# 一つ目の項は正しい式です。二つ目の項には**因子 10/3 が足りません**。これは $1/\alpha$
# のことです。微分すると指数が前に出て、分母の $1 - \alpha$ と約分されます。ところが、その隣の $\alpha$
# を忘れています。

# %% [markdown]
# #### 解答 6
#
# $(q - p^\alpha q^{1-\alpha})/\alpha$
# です。この式から損失を作り、当てはめてみましょう。損失は、二つの式を持つクラスです。ここでは $\alpha$
# をフィールドに持たせます。べき乗は、引数として渡される対数と、`divlite.elementary` の `exp`
# で書きます。こうすると、ライブラリが式をそのままコンパイルできます。


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
print("\n演習 6 の解答:", check)

# %% [markdown]
# この族は KL とどんな関係にあるのでしょうか。族の両端を、もう知っている二つの KL
# と、広い格子の上で比べてみます。

# %%
p, log_p, q, log_q = P.prob(wide.x), P.log_prob(wide.x), Q.prob(wide.x), Q.log_prob(wide.x)
for name, a, known in (("逆方向", 0.001, q * (log_q - log_p)), ("順方向", 0.999, p * (log_p - log_q))):
    ours = np.sum(wide.w * Alpha(a).value(p, log_p, q, log_q))
    print(f"alpha = {a}: {ours:.3f}  {name} KL: {np.sum(wide.w * known):.3f}")

# %% [markdown]
# この族は、一方の KL から他方の KL までをつないでいます。第 5 節で見たように、順方向 KL
# では、どの初期点から始めても両方の山を覆います。逆方向 KL
# では、一つの山で終わることがあります。ですから、途中のどこかで、当てはめの結果が変わるはずです。二つの初期点から当てはめてみましょう。山の間に置いた広い
# Q と、10 の山のそばに置いた狭い Q です。（ここでは `LogSigma` を使い、$\sigma$ の代わりに $\log\sigma$
# を動かします。どんなステップでも $\sigma$ が負にならないようにするためです。）

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for a in (0.3, 0.6, 0.9):
    ends: dict[str, dl.Family] = {}
    for name, start in (("広い Q から", Q), ("狭い Q から", dl.Normal(8, 2))):
        end = dl.fit(
            Alpha(a), P, start, wide, optimizer=dl.adam(lr=0.02), steps=2000, coordinates=dl.LogSigma()
        )
        print(
            f"alpha = {a}, {name:>21}:  mu = {end.q.mu:6.3f}  sigma = {end.q.sigma:.3f}",
            f" 損失 = {end.loss[-1]:.3f}",
        )
        ends[name] = end.q
    rows.append((f"alpha = {a}", P, ends))
keep(dl.plot_separations(rows, grid, lang=LANG), "alpha.png")

# %% [markdown]
# 0.3 と 0.6 では、初期点で結果が決まります。狭い Q から始めると 10 の山で終わり、広い Q
# から始めると両方の山を覆って終わります。損失が小さいのは、狭い Q から始めた方の終点です。ただし 0.6 では
# 1.418 と 1.580 で、差はわずかです。0.9 になると、狭い Q から始めても、もうその山では終わりません。Q
# は真ん中へ動いて、両方の山を覆います。（その山にも極小点はまだありますが、すぐ近くから始めないかぎり届かず、損失もはるかに大きくなります。）
#
# この損失のために書いたのは、二つの式だけです。微分できる式なら、どれでも損失になります。一つ書いて
# `check_derivative` で確かめ、正規分布がどこへ動くかを見てみましょう。
