# %% [markdown]
# # どちら向きに測るか：KL(P || Q) と KL(Q || P)
#
# 教科書には、二つのモードに正規分布を当てはめた図がよく載っています。順方向 KL
# では両方のモードを覆い、逆方向 KL
# では一方のモードで終わる、という図です。ただし、そうなるのはモードどうしが十分に離れているときです。どちらのモードで終わるかは、初期点で決まります。

# %%
# docs/translations.py made this file from ../forward_vs_reverse_kl.py and words.po: change those.
from pathlib import Path

from matplotlib.figure import Figure

import divlite as dl

LANG = "ja"  # 説明、検査、図の言語。en と zh もある
OUT = Path("divlite-figures")
OUT.mkdir(exist_ok=True)


def keep(figure: Figure, name: str) -> Figure:
    """図を保存する。セルの最後の行に書けば、ノートブックにも表示される。"""
    figure.savefig(OUT / name)
    return figure


grid = dl.Grid.linspace(-10, 10, 2001, weights="integral")  # 教科書に出てくる積分
start = dl.Normal(1, 1.5)
adam = dl.adam(lr=0.02)

# %% [markdown]
# ## 二通りの間隔
#
# P の四分の三は左のモードに、四分の一は 1.5 のモードにあります。オプティマイザは、sigma の代わりに log
# sigma を動かします。どんなステップでも sigma が負にならないようにするためです。

# %%
rows: list[tuple[str, dl.Mixture, dict[str, dl.Family]]] = []
for name, left in (("狭い間隔", 0.0), ("広い間隔", -2.5)):
    p = dl.Mixture((0.75, 0.25), (dl.Normal(left, 0.4), dl.Normal(1.5, 0.4)))
    fits: dict[str, dl.Family] = {}
    for direction, loss in (("順方向 KL", dl.ForwardKL()), ("逆方向 KL", dl.ReverseKL())):
        fit = dl.fit(loss, p, start, grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
        fits[direction] = fit.q
        ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  損失 = {fit.loss[-1]:.4f}"
        print(f"{name}, {direction}:  {ended}")
    rows.append((name, p, fits))
keep(dl.plot_separations(rows, grid, xlim=(-5, 5), lang=LANG), "separations.png")

# %% [markdown]
# ## 理由
#
# 逆方向 KL では、log Q - log P に Q が重みとして掛かります。そのため、P がほとんど 0 の谷間に Q
# の質量があると、損失は大きくなります。谷間が十分に深ければ、Q
# はどちらか一方へ押しやられます。この例の初期点 N(1, 1.5)
# からは（二つ目の数は標準偏差です）、近いけれども小さい、1.5 のモードへ行きます。そこでは Q が P の 4
# 倍なので、損失は log 4 = 1.386 ナットです。一方、この Q の順方向 KL は大きな値です。もう一つのモードで、Q
# がほとんど 0 だからです。

# %%
_, p, fits = rows[1]
for direction, q in fits.items():
    forward, _ = dl.value_and_grad(dl.ForwardKL(), p, q, grid)
    reverse, _ = dl.value_and_grad(dl.ReverseKL(), p, q, grid)
    print(f"{direction} の当てはめ:  KL(P || Q) = {forward:6.3f}  KL(Q || P) = {reverse:6.3f}")

# %% [markdown]
# 谷間の反対側から始めると、逆方向 KL ではもう一つのモードへ行き、順方向 KL
# では先ほどと同じ所で終わります。順方向 KL の勾配が 0 になる正規分布は一つしかありません。P
# と同じモーメントを持つ正規分布です。

# %%
for direction, loss in (("順方向 KL", dl.ForwardKL()), ("逆方向 KL", dl.ReverseKL())):
    fit = dl.fit(loss, p, dl.Normal(-1, 1.5), grid, optimizer=adam, steps=2000, coordinates=dl.LogSigma())
    ended = f"mu = {fit.q.mu:6.3f}  sigma = {fit.q.sigma:.3f}  損失 = {fit.loss[-1]:.4f}"
    print(f"{direction}, N(-1, 1.5) から:  {ended}")

# %% [markdown]
# ## 負になる KL
#
# 確率分布どうしの KL は、必ず 0 以上です。ところが、次のセルの格子（窓）では P の半分と Q
# の六分の一が切り落とされます。すると、窓の中の質量は P より Q
# の方が大きくなり、和が負になることがあります。計算は間違っていません。窓が狭すぎるのです。

# %%
window = dl.Grid.linspace(0, 10, 1001, weights="integral")
value, _ = dl.value_and_grad(dl.ForwardKL(), dl.Normal(0, 1), dl.Normal(1, 1), window)
print(f"[0, 10] だけで見た N(0, 1) から N(1, 1) への KL：{value:.4f}（数直線全体では 0.5）")
