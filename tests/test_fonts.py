"""Japanese and Chinese in figures: drawn with a font that is installed, or one line says which to install."""

import io
import logging
import string
import warnings

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager, pyplot, rc_context
from matplotlib.font_manager import fontManager
from PIL import Image

import divlite as dl
from conftest import GRID, P
from divlite.plotting import arguments, fonts, style

FIT = dl.fit(dl.ForwardKL(), P, dl.Normal(0, 1), GRID, optimizer=dl.adam(0.05), steps=5, backend="numpy")
TITLE = "順方向の損失"
CHINESE = "目标分布"


def glyph(k):
    """A triangle, another one for each letter."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((500, 800 - 40 * k))
    pen.lineTo((900, 40 * k))
    pen.closePath()
    return pen.glyph()


def write_font(file, family, letters):
    names = [f"u{ord(letter):x}" for letter in letters]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names, strict=True)})
    builder.setupGlyf({name: glyph(k) for k, name in enumerate([".notdef", *names])})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(file)
    return str(file)


@pytest.fixture(autouse=True)
def _no_font(monkeypatch):
    """As on a machine without any of these fonts, on which nothing was said yet."""
    named = {*fonts.JAPANESE, *fonts.CHINESE}
    monkeypatch.setattr(fontManager, "ttflist", [f for f in fontManager.ttflist if f.name not in named])
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    known = fontManager.ttflist[0].fname

    def forget():
        for cached in (fonts._say, fonts._hush, fonts._look_again):
            cached.cache_clear()
        for name in ("matplotlib.font_manager", "matplotlib.mathtext"):
            logging.getLogger(name).removeFilter(fonts._about_others)
        fontManager.addfont(known)  # which forgets what was found before

    forget()
    yield
    forget()


@pytest.fixture
def installed(tmp_path):
    def install(family, letters=TITLE + CHINESE + "的" + string.printable[:95]):
        fontManager.addfont(write_font(tmp_path / f"{len(fontManager.ttflist)}.ttf", family, letters))

    return install


@pytest.fixture
def boxes():
    """Draws without a word where there is no font."""

    def drawn(draw):
        fonts._say.cache_clear()
        with pytest.warns(UserWarning, match="no font here has Japanese or Chinese") as caught:
            result = draw()
        assert [str(warning.message) for warning in caught] == [fonts.MISSING]
        return result

    return drawn


def pixels(figure, **options):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=50, **options)  # enough to tell letters from boxes
    with Image.open(file) as image:
        return np.asarray(image.convert("L"))


def gif(**options):
    file = io.BytesIO()
    dl.write_gif(file, P, FIT, GRID, frames=2, **options)
    with Image.open(file) as image:
        return np.asarray(image.convert("L"))


def set_later(text):
    figure = dl.plot_fit(P, FIT, GRID)
    pixels(figure)
    figure.axes[0].set_xlabel(text)
    return figure


PICTURES = {
    "summary": lambda: pixels(dl.plot_summary(P, FIT, GRID, title=TITLE, loss_label="損失")),
    "cut out": lambda: pixels(dl.plot_fit(P, FIT, GRID, title=TITLE), bbox_inches="tight"),
    "names": lambda: pixels(dl.plot_densities({CHINESE: P, "Q 的": FIT.q}, GRID)),
    "legend": lambda: pixels(dl.plot_separations([(CHINESE, P, {"分": FIT.q})], GRID)),
    "mathematics": lambda: pixels(dl.plot_fit(P, FIT, GRID, title=f"{TITLE} $\\mu = -1$")),
    "set later": lambda: pixels(set_later(TITLE)),
    "notebook": lambda: dl.plot_fit(P, FIT, GRID, title=TITLE)._repr_png_()[0],
    "animation": lambda: gif(title=TITLE, loss_label="損失"),
    "animation with mathematics": lambda: gif(title=f"{TITLE} $\\mu$"),
}


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_an_installed_font_is_used(draw, installed, boxes, caplog):
    """Warnings are errors in these tests; of bold letters and of mathematics matplotlib writes to a log."""
    without = boxes(draw)
    installed("Noto Sans CJK JP")
    with_font = draw()
    assert not np.array_equal(without, with_font)
    assert caplog.text == ""


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_other_formats(form, installed, boxes):
    def draw():
        dl.plot_fit(P, FIT, GRID, title=TITLE).savefig(io.BytesIO(), format=form)

    boxes(draw)
    installed("Noto Sans CJK JP")
    draw()


def test_what_is_missing_is_said_once(boxes):
    boxes(lambda: [pixels(dl.plot_fit(P, FIT, GRID, title=title)) for title in (TITLE, CHINESE, "地形 $x$")])


@pytest.mark.parametrize(("text", "family"), [(TITLE, "IPAexGothic"), (CHINESE, "SimHei")])
def test_the_font_of_the_language_comes_first(text, family, installed):
    for name in ("SimHei", "IPAexGothic"):
        installed(name)
    figure = style.figure(2, 1)
    usual = figure.text(0, 0, "x").get_fontfamily()
    drawn, other = figure.text(0, 0, text), figure.text(0, 0, "KL")
    figure.canvas.draw()
    assert drawn.get_fontfamily() == [*usual, family]
    assert other.get_fontfamily() == usual


def test_one_kana_makes_a_figure_japanese(installed):
    for name in ("SimHei", "IPAexGothic"):
        installed(name)
    figure = style.figure(2, 1)
    first, _ = figure.text(0, 0, "損失"), figure.text(0, 0, "の")
    figure.canvas.draw()
    assert first.get_fontfamily()[-1] == "IPAexGothic"


def test_what_one_font_lacks_is_looked_for_in_the_others(installed, boxes):
    installed("Noto Sans CJK SC", "目标")
    boxes(lambda: pixels(dl.plot_fit(P, FIT, GRID, title=CHINESE)))
    installed("IPAGothic", "分布")
    pixels(dl.plot_fit(P, FIT, GRID, title=CHINESE))


def test_words_beside_mathematics_have_one_font(installed):
    """matplotlib draws them with the first family alone; the minus sign is that of its own fonts."""
    installed("Noto Sans CJK JP")
    figure = style.figure(2, 1)
    text = figure.text(0, 0, f"{TITLE} abc $-1$")
    figure.canvas.draw()
    assert text.get_fontfamily()[0] == "Noto Sans CJK JP"


def test_a_font_of_the_users_own_is_enough(installed):
    installed("Mine")
    with rc_context({"font.family": ["Mine", "DejaVu Sans"]}):
        figure = style.figure(2, 1)
        text = figure.text(0, 0, TITLE)
        figure.canvas.draw()
    assert text.get_fontfamily() == ["Mine", "DejaVu Sans"]


def test_a_font_that_was_installed_after_matplotlib_is_found(tmp_path, monkeypatch):
    file = write_font(tmp_path / "new.ttf", "Noto Sans CJK JP", TITLE)
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(broken), file])
    pixels(dl.plot_fit(P, FIT, GRID, title=TITLE))


def test_other_figures_look_for_no_font(monkeypatch):
    monkeypatch.setattr(fonts, "_installed", lambda families: pytest.fail("looked for"))
    with warnings.catch_warnings(record=True) as caught:
        pixels(dl.plot_summary(P, FIT, GRID, title="KL — $\\mu$ …", loss_label="été"))
    assert caught == []


def test_mathematics_is_still_checked(caplog):
    assert arguments.text("title", "損失と $\\nu$") == "損失と $\\nu$"
    assert caplog.text == ""
    with pytest.raises(ValueError, match=r"^title: expected mathematics as matplotlib reads it"):
        dl.plot_fit(P, FIT, GRID, title="損失 $\\nosuch$")


def test_a_figure_of_ones_own_is_drawn_with_the_families_for_its_language(installed):
    installed("Noto Sans CJK JP")
    installed("Noto Sans CJK SC")
    families = {lang: dl.font_families(lang) for lang in ("en", "ja", "zh")}
    own = families["en"]
    assert families["ja"] == [*own, "Noto Sans CJK JP", "Noto Sans CJK SC"]
    assert families["zh"] == [*own, "Noto Sans CJK SC", "Noto Sans CJK JP"]
    with rc_context({"font.family": families["ja"]}):
        figure = pyplot.figure()
        figure.suptitle(TITLE)
        figure.savefig(io.BytesIO())
    pyplot.close(figure)
    with pytest.raises(ValueError, match=r"^lang: expected one of en, ja, zh, got 'fr'$"):
        dl.font_families("fr")


def test_without_a_font_a_figure_of_ones_own_has_boxes_and_one_line():
    assert dl.font_families() == dl.font_families("en")
    with pytest.warns(UserWarning, match="^figure: no font here") as said:
        families = dl.font_families("zh")
    with rc_context({"font.family": families}):
        figure = pyplot.figure()
        figure.suptitle(CHINESE)
        figure.savefig(io.BytesIO())
    pyplot.close(figure)
    assert len(said) == 1
