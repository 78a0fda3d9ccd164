# %% [markdown]
# # 一つの正規分布、二つのモード、五つの損失
#
# 目標分布 P は、-5 と 10 にある二つの正規分布の密度の和です。これに一つの正規分布 Q
# を当てはめます。**損失**は Q が P
# からどれだけ離れているかを表す数で、当てはめはこの数を小さくします。このノートブックで変えるのは、損失と初期点の二つだけです。どこで終わるかは、その両方で決まります。
#
# `python demos/ja/understanding_kl.py` で実行するか、ノートブックとして開いてください。

# %%
# docs/translations.py made this file from ../understanding_kl.py and words.po: change those.
import warnings
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import divlite as dl
from divlite.articles import FIVE

LANG = "ja"  # 説明、検査、図の言語。en と zh もある
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """図を保存する。セルの最後の行に書けば、ノートブックにも表示される。"""
    figure.savefig(OUT / name)
    return figure


p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
grid = dl.Grid.linspace(-15, 15, 1000)  # 重みは 1/n：torch と同じく、点についての平均
left, right = p.components
# P の質量は 2 で、広い Q は窓からはみ出す。`dl.fit` はそれを警告するが、ここではどちらも意図どおり。
warnings.simplefilter("ignore", dl.FitWarning)
keep(dl.plot_densities({"N(-5, 1)": left, "N(10, 1)": right, "P": p}, grid, lang=LANG), "densities.png")

# %% [markdown]
# ## 対数密度で計算する
#
# この格子の範囲（以下では「窓」と呼びます）の端では、0 を中心とする正規分布の密度は約 $e^{-113}$
# です。float32 では 0 になり、0 の対数は -inf です。ですから KL
# ダイバージェンスは、密度から計算すると無限大になり、対数密度から計算すると有限の値になります。

# %%
narrow = dl.Normal(0, 1)
with np.errstate(divide="ignore"):
    through_exp = np.log(np.exp(narrow.log_prob(grid.x).astype(np.float32)))
print(f"exp の後に log: {dl.kl_div(through_exp, p.prob(grid.x))}")
print(f"対数密度のまま: {dl.kl_div(narrow.log_prob(grid.x), p.prob(grid.x)):.4f}")

# %% [markdown]
# ## 五つの損失を狭い Q から
#
# 初期点は N(0, 1) です（括弧の中の二つ目の数は、分散ではなく標準偏差です）。この Q
# は、どちらのモードにも届きません。Adam で一万ステップ進みます。一ステップで動くのは約 0.001 です。

# %%
adam = dl.adam(lr=1e-3)


def ends(start: dl.Normal) -> dict[str, dl.Family]:
    """この初期点から、五つの損失がそれぞれ Q をどこへ動かすか。"""
    fits = {dl.loss_name(loss): dl.fit(loss, p, start, grid, optimizer=adam, steps=10_000) for loss in FIVE}
    for name, fit in fits.items():
        print(f"{name:>10}:  mu = {fit.q.mu:7.4f}  sigma = {fit.q.sigma:7.4f}")
    return {name: fit.q for name, fit in fits.items()}


print("N(0, 1) から：")
from_narrow = ends(narrow)

# %% [markdown]
# 順方向 KL では、Q が両方のモードに広がります。KL(P || Q) は、P があるのに Q
# がない所で大きくなるからです。ほかの四つでは、Q
# は初期点に最も近いモードで終わり、そのモードと同じ形になります。まるで一つのモードだけを好むかのようです。
#
# ## 同じ損失を広い Q から
#
# しかし、いつもそうなるわけではありません。次は、中心は同じで幅が五倍の Q から始めます。

# %%
wide = dl.Normal(0, 5)
print("N(0, 5) から：")
from_wide = ends(wide)

# %% [markdown]
# 五つのうち三つについて、両方の終点を図にします。

# %%
rows = [
    (name, p, {"N(0, 1) から": from_narrow[name], "N(0, 5) から": from_wide[name]})
    for name in ("forward-kl", "reverse-kl", "mse")
]
keep(dl.plot_separations(rows, grid, lang=LANG), "two-starts.png")

# %% [markdown]
# 今度は、平均二乗誤差（MSE）、L1 距離、コサインでも、両方のモードを覆います。逆方向 KL では、また -5
# のモードへ行きます。
#
# （平均二乗誤差、L1
# 距離、コサインは、このステップ数ではまだ止まっていません。さらに続けると、平均二乗誤差では N(3.17, 8.81)
# で、コサインでは N(10.92, 18.28) で終わります。L1 距離では Q
# が広がり続け、窓の中にはほとんど何も残りません。）
#
# ですから、平均二乗誤差ならいつも一つのモードへ行く、というのは正しくありません。一つのモードへ行くのは、**この狭い
# Q から始めたとき**です。
#
# ## なぜか：Q を引く力は初期点で変わる
#
# 一点での二乗誤差は $(p - q)^2$ で、$\log q$ による導関数は $2 (q - p)\, q$ です。P
# は左側の山と右側の山の和なので、これは $2 q \cdot q - 2 p_{\text{left}}\, q - 2 p_{\text{right}}\, q$
# となります。項が三つ、つまり力が三つです。どの項にも因子 q があります。ですから、**山が引くのは、Q
# のうちその山に届いている部分だけ**です。次のセルで、三つの力をすべて計算します。

# %%
for start in (narrow, wide):
    q, (score_mu, score_sigma) = start.prob(grid.x), start.score(grid.x)
    print(f"Q = N({start.mu:g}, {start.sigma:g})：勾配の符号を変えた値（Q が押される向き）")
    parts = {"左側の山": -left.prob(grid.x), "右側の山": -right.prob(grid.x), "Q そのもの": q}
    for name, part in parts.items():
        push = -grid.w * 2 * part * q
        print(f"  {name:>10}:  mu {np.sum(push * score_mu):9.1e}  sigma {np.sum(push * score_sigma):9.1e}")

# %% [markdown]
# まず $\mu$ を見ます。N(0, 1) から始めると、左側の山が引く力は、右側の山の七千万倍です。右側の山は Q
# の幅の十倍も離れていて、そこでは Q がほとんど 0 だからです。そのため、Q は左へ行きます。N(0, 5)
# から始めると、Q は両方の山に届くので、左側の山の力は右側の二倍にすぎません。
#
# 次は $\sigma$ です。Q そのものは、Q
# を広げる向きに押します。広い正規分布は低く、二乗の平均が小さいからです。N(0, 5)
# では、右側の山も同じ向きに、ほぼ同じ強さで押します。左側の山は中心からちょうど幅だけ離れているので、$\sigma$
# をほとんど変えません。その結果、Q は広がり、両方の山にいっそうよく届き、そのまま両方を覆います。
#
# 図を見ると、同じことが一点ずつ分かります。最後の段は各点での勾配で、二段目の感度と三段目のスコアの積です。狭い
# N(0, 1) の図に見えるのは、ほとんど Q そのものの力だけです。$\mu$ については、Q
# の左右の半分が打ち消し合います。残る 9.07e-05 が、左側の山の引く力です。

# %%
title = "MSE、N(0, 1)：Q は山に届かない"
keep(dl.plot_force(dl.MSE(), p, narrow, grid, title=title, lang=LANG), "forces-narrow.png")

# %%
title = "MSE、N(0, 5)：Q は両方の山に届く"
keep(dl.plot_force(dl.MSE(), p, wide, grid, title=title, lang=LANG), "forces-wide.png")

# %% [markdown]
# ## どの初期点からそうなるか
#
# 初期点を無作為に 400 個選んで試しましょう。$\mu$ は -15 から 15 まで一様に選びます。$\log\sigma$
# も一様に選び、$\sigma$ の範囲は 0.5 から 10 までとします。終点で、どちらのモードも Q
# の中心から幅の二倍以内にあれば、Q は**両方のモードを覆う**と言うことにします。
#
# 目標分布は二つ試します。一つはこれまでの P で、質量は 2 です。もう一つはその半分で、質量が 1
# なので確率分布です。半分にすると、引く力も半分になりますが、Q が自分を広げる力は変わりません。（ここでは
# `LogSigma` を使い、$\sigma$ の代わりに $\log\sigma$
# を動かします。そのため、ステップを十倍大きくできます。）

# %%
rng = np.random.default_rng(0)
starts = [dl.Normal(mu, np.exp(s)) for mu, s in rng.uniform((-15, np.log(0.5)), (15, np.log(10)), (400, 2))]


def covers_both(target: dl.Mixture, start: dl.Normal) -> bool:
    """終点で、どちらのモードも Q の中心から幅の二倍以内にあるか。"""
    quick = dl.adam(lr=0.01)
    fit = dl.fit(dl.MSE(), target, start, grid, optimizer=quick, steps=4000, coordinates=dl.LogSigma())
    return all(abs(mode.mu - fit.q.mu) < 2 * fit.q.sigma for mode in (left, right))


plt.rcParams["font.family"] = dl.font_families(LANG)
fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, mass in zip(axes, (2, 1), strict=True):
    target = dl.Mixture((mass / 2, mass / 2), (left, right))
    both = np.array([covers_both(target, start) for start in starts])
    print(f"MSE、質量 {mass} の P：{both.size} 個の初期点のうち {both.mean():.0%} が両方のモードを覆う")
    mu, sigma = np.array(starts).T
    ax.plot(mu[both], sigma[both], "o", label="両方のモードを覆う")
    ax.plot(mu[~both], sigma[~both], "x", label="覆わない")
    ax.set(title=f"MSE、質量 {mass} の P", xlabel="初期点の mu", yscale="log")
axes[0].set_ylabel("初期点の sigma")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
fig.savefig(OUT / "starts.png")

# %% [markdown]
# 質量が 2
# のとき、両方のモードを覆って終わるには、初期点がモードの間にあり、しかもあまり狭くないことが必要です。質量が
# 1 のときは、広い Q
# から始めれば、どこからでもほぼ必ず両方を覆います。割合は、極小点への進み方にもよります。`Sigma()` を使って
# 0.001 ずつ進むと、両方を覆う初期点は減ります。
#
# ## 一万ステップでは終わらない
#
# 順方向 KL の最適点は、初期点によらず一つです。そこではモーメントが一致し、Q の平均と標準偏差は P
# と同じです。

# %%
mass = p.prob(grid.x) / np.sum(p.prob(grid.x))
mean = np.sum(mass * grid.x)
deviation = np.sqrt(np.sum(mass * (grid.x - mean) ** 2))
short = from_narrow["forward-kl"]
long = dl.fit(dl.ForwardKL(), p, narrow, grid, optimizer=adam, steps=20_000, coordinates=dl.LogSigma())
print(f"P のモーメント:     平均 = {mean:.4f}  標準偏差 = {deviation:.4f}")
print(f"10,000 ステップ後:  mu   = {short.mu:.4f}  sigma = {short.sigma:.4f}")
print(f"20,000 ステップ後:  mu   = {long.q.mu:.4f}  sigma = {long.q.sigma:.4f}")
dl.write_gif(OUT / "forward-kl.gif", p, long, grid, title="forward-kl", lang=LANG)
moments = dl.Normal(float(mean), float(deviation))
keep(dl.plot_summary(p, long, grid, title="forward-kl", optimum=moments, lang=LANG), "forward-kl.png")

# %% [markdown]
# ![順方向 KL のもとで Q が P に重なっていく様子](divlite-figures/forward-kl.gif)
