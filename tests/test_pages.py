"""Pages, notebooks and narrow terminals: what is shown there, and the formulas among the words."""

import re
from html.parser import HTMLParser

import pytest
import sympy as sp
from fontTools.ttLib import TTFont

import divlite as dl
from conftest import LOSSES, derive, explained
from divlite.derive import notation
from divlite.losses.protocol import loss_title
from divlite.page import html, terminal
from divlite.page.printers import inline

SUBJECTS = (*LOSSES, "discrete-kl", "normal-kl")
COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())


@pytest.fixture(scope="module", params=SUBJECTS, ids=str)
def explanation(request):
    return explained(request.param)


@pytest.fixture(scope="module")
def font():
    with TTFont(html.WEB / "math.woff") as font:
        yield font


class MathReader(HTMLParser):
    """The characters of a page's formulas, a name of one letter in italics, as browsers set it."""

    def __init__(self):
        super().__init__()
        self.inside, self.tag, self.characters = False, "", set()

    def handle_starttag(self, tag, attrs):
        self.inside, self.tag = self.inside or tag == "math", tag

    def handle_endtag(self, tag):
        self.inside, self.tag = self.inside and tag != "math", ""

    def handle_data(self, data):
        text = data.strip() if self.inside else ""
        self.characters |= {italic(text)} if self.tag == "mi" and len(text) == 1 else set(text)


def italic(letter):
    """The letter of the block of mathematical letters that MathML shows for it."""
    if letter == "h":
        return "\N{PLANCK CONSTANT}"
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("\u03b1", "\u03c9", 0x1D6FC)):
        if first <= letter <= last:
            return chr(start + ord(letter) - ord(first))
    return {"\N{GREEK LUNATE EPSILON SYMBOL}": "\U0001d716"}.get(letter, letter)


def characters(page):
    reader = MathReader()
    reader.feed(page)
    return reader.characters


def test_the_font_has_every_character_of_every_page(font):
    shown = set()
    for what in SUBJECTS:
        for coordinates in COORDINATES if what != "discrete-kl" else (None,):
            shown |= characters(html.document(derive(what, None, coordinates)))
    shown |= characters(dl.explain("mse", at=dl.Normal(-1.5, 0.03)).html())
    assert len(shown) > 50
    assert {"\U0001d70e", "\N{N-ARY SUMMATION}", "\N{INTEGRAL}", "\N{LEFT RIGHT DOUBLE ARROW}"} <= shown
    assert {c for c in shown if ord(c) not in font.getBestCmap()} == set()


def test_the_font_is_made_from_its_list(font):
    lines = (html.WEB / "characters.txt").read_text(encoding="utf-8").splitlines()
    ranges = [line.split()[0][2:].split("-") for line in lines if line.startswith("U+")]
    listed = {c for ends in ranges for c in range(int(ends[0], 16), int(ends[-1], 16) + 1)}
    assert set(font.getBestCmap()) == listed


def test_the_font_can_stretch(font):
    """Brackets, sums, integrals and roots that grow: what the MATH table is for."""
    glyphs, variants = font.getBestCmap(), font["MATH"].table.MathVariants
    stretched = {
        glyph: construction.GlyphAssembly or construction.MathGlyphVariantRecord[1:]
        for glyph, construction in zip(
            variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True
        )
    }
    for character in "()|\N{N-ARY SUMMATION}\N{INTEGRAL}\N{SQUARE ROOT}":
        assert stretched[glyphs[ord(character)]], character


def test_style_touches_derivations_alone():
    """In a notebook the style stands among other people's output."""
    style = re.sub(r"/\*.*?\*/", "", (html.WEB / "formulas.css").read_text(encoding="utf-8"), flags=re.S)
    style = re.sub(r"@font-face\s*{.*?}", "", style, flags=re.S)
    style = re.sub(r"@container[^{]*{", "", style)
    selectors = [one for group in re.findall(r"([^{}]+){", style) for one in re.split(r",(?![^(]*\))", group)]
    assert len(selectors) > 15
    assert [one for one in selectors if not one.strip().startswith(".divlite")] == []


def test_each_formula_is_followed_by_its_reason(explanation):
    page = explanation.html()
    body = page[page.index("<main") :]
    classes = re.findall(r'<div class="(head|formula|why)">', body)
    lines = sum(len(chain.lines) for chain in explanation.derivation.chains)
    assert classes.count("why") == lines
    assert "".join(name[0] for name in classes).replace("hfw", "fw") == "fw" * lines
    assert "<table" not in page


def test_notebooks_get_the_words_and_the_formulas(explanation):
    """HTML before Markdown, as Jupyter and editors prefer; LaTeX, which would lose the words, not at all."""
    assert not hasattr(explanation, "_repr_latex_")
    shown = explanation._repr_html_()
    assert shown.startswith('<div class="divlite" lang="en">')
    assert not re.search(r"<(html|head|body|main|title)\b", shown)
    for item in explanation.derivation.parts:
        assert item.title in shown
        assert f". {item.title}" in explanation._repr_markdown_()


def test_viewers_that_strip_mathml_say_so():
    """They strip the style too, which hides the line."""
    part = dl.explain("mse").part(1)
    assert html.STRIPPED in part._repr_html_()
    assert ".divlite .stripped { display: none; }" in part._repr_html_().partition("</style>")[0]
    assert html.STRIPPED not in part.html()


def test_a_part_is_an_explanation(explanation):
    whole, page, markdown = explanation.text(80), explanation.html(), explanation.markdown()
    first = explanation.part(1)
    for number, part in enumerate(explanation.derivation.parts, 1):
        alone = explanation.part(number)
        assert isinstance(alone, dl.Explanation)
        assert alone.part(1) == first
        assert alone.text(80) in whole
        assert str(alone).startswith(f"{number}. {part.title}\n\n")
        assert alone.markdown() in markdown
        section = alone.html().partition("<section>")[2].partition("</section>")[0]
        assert section in page
        for shown in (alone.html(), alone._repr_html_()):
            assert shown.count("<section>") == 1
            assert "<h1>" not in shown
        assert re.findall(r"</span>(.*?)</h2>", alone.html()) == [part.title]


def test_a_page_has_small_numbers_under_a_power():
    """2 x 10^-5 squared: without brackets it would have two exponents, which is no formula."""
    wide = dl.explain("cosine", at=dl.Normal(0, 20000)).part(7)
    assert r"\left(1.995 \times 10^{-5}\right)^{2}" in wide.markdown()
    assert "<math" in wide.html()


def test_titles_have_symbols():
    page = dl.explain(dl.Smoothed(dl.ReverseKL(), 1e-3)).html()
    epsilon = "\N{GREEK SMALL LETTER EPSILON}"
    title = f"smoothed reverse-kl, {epsilon} 0.001: {epsilon} is added to p and q"
    assert f"<title>{title}</title>" in page
    assert re.search(r"<h1>smoothed reverse-kl, .*<mi>&#x003F5;</mi>.* 0.001: .*<mi>q</mi>.*</h1>", page)


def test_a_title_begins_with_the_name_of_the_loss(loss):
    assert derive(loss).title.startswith(f"{loss_title(loss, '${}$')}: ")


@pytest.mark.parametrize("width", [60, 72, 100, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_lines_fit_the_width(explanation, width, unicode):
    for line in explanation.text(width, unicode).splitlines():
        assert len(line) <= width, line
        assert line == line.rstrip()


def test_narrow_formulas_are_broken_at_spaces():
    """On one line, and broken: nothing is lost."""
    with sp.evaluate(False):
        long = sp.Add(*(notation.log(notation.q[notation.k]) ** j for j in range(20, 40)))
        chain = notation.chain(notation.L, notation.line(long, "long"))
    part = notation.Part("A part", (chain,))
    _, shown = terminal.blocks(notation.Derivation("", "A title", {}, (part,), {}), 60, True, None)
    assert len(shown) > 5
    assert re.sub(r"\s+", "", inline(long)) in re.sub(r"\s+", "", "".join(shown))


@pytest.mark.parametrize(("topic", "formula"), [("forward-kl", "z\N{SUPERSCRIPT TWO} - 1"), ("mse", "q - p")])
def test_a_short_formula_among_words_is_not_broken(topic, formula):
    part = explained(topic).part(5)
    for width in range(60, 120):
        text = part.text(width)
        assert "\N{NO-BREAK SPACE}" not in text
        for row in text.splitlines():
            assert not re.search(rf"(terms of|errors) {formula[0]}\S?( -)?$", row)


def test_what_is_wide_has_a_row_of_its_own():
    """A wide head would leave its formula no room, and a wide formula its reason."""
    heads, formulas = (
        {name: f'class="{kind} wide"' in explained(name).part(part).html() for name, part in at}
        for kind, at in (
            ("head", (("jensen-shannon", 5), ("forward-kl", 4))),
            ("line", (("jensen-shannon", 2), ("forward-kl", 2))),
        )
    )
    assert heads == formulas == {"jensen-shannon": True, "forward-kl": False}
