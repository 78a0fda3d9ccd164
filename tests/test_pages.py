"""Pages, notebooks and narrow terminals: what is shown there, and the formulas among the words."""

import re
from html.parser import HTMLParser

import pytest
import sympy as sp
from fontTools.ttLib import TTFont
from mutants import mutants

import divlite as dl
from conftest import LOSSES
from divlite.derive import derive, notation
from divlite.losses.protocol import loss_title
from divlite.page import html, printers, terminal
from divlite.page.formulas import formula
from divlite.page.inline import inline

SUBJECTS = (*LOSSES, "discrete-kl", "normal-kl")
COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())


@pytest.fixture(scope="module", params=SUBJECTS, ids=str)
def explanation(request):
    return dl.explain(request.param)


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
    assert shown.startswith('<div class="divlite">')
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
    whole = explanation.text(80)
    for number, part in enumerate(explanation.derivation.parts, 1):
        alone = explanation.part(number)
        assert isinstance(alone, dl.Explanation)
        assert alone.part(1) == explanation.part(1)
        assert alone.text(80) in whole
        assert str(alone).startswith(f"{number}. {part.title}\n\n")
        assert alone.markdown() in explanation.markdown()
        section = alone.html().partition("<section>")[2].partition("</section>")[0]
        assert section in explanation.html()
        for shown in (alone.html(), alone._repr_html_()):
            assert shown.count("<section>") == 1
            assert "<h1>" not in shown
        assert re.findall(r"</span>(.*?)</h2>", alone.html()) == [part.title]


@pytest.mark.parametrize(
    ("number", "one_line", "flat", "tex"),
    [
        (2e-5, "(2e-5)^2", "(2e-5)\N{SUPERSCRIPT TWO}", r"\left(2 \times 10^{-5}\right)^{2}"),
        (-2e-5, "(-2e-5)^2", "(-2e-5)\N{SUPERSCRIPT TWO}", r"\left(-2 \times 10^{-5}\right)^{2}"),
        (-2.688, "(-2.688)^2", "(-2.688)\N{SUPERSCRIPT TWO}", r"\left(-2.688\right)^{2}"),
        (10.11, "10.11^2", "10.11\N{SUPERSCRIPT TWO}", "10.11^{2}"),
    ],
)
def test_a_number_under_a_power_has_one_pair_of_brackets_or_none(number, one_line, flat, tex):
    squared = sp.Pow(notation.Figure(number), 2, evaluate=False)
    assert inline(squared, unicode=False) == one_line
    assert printers.pretty(squared).picture == [flat]
    assert printers.latex(squared) == tex
    assert printers.latex(sp.Mul(2, notation.Figure(abs(number)), evaluate=False)).count("(") == 0


def test_a_page_has_small_numbers_under_a_power():
    """2 x 10^-5 squared: without brackets it would have two exponents, which is no formula."""
    assert r"\left(1.995 \times 10^{-5}\right)^{2}" in dl.explain("cosine", at=dl.Normal(0, 20000)).markdown()
    assert "<math" in dl.explain("cosine", at=dl.Normal(0, 20000)).part(7).html()


def test_titles_have_symbols():
    page = dl.explain(dl.Smoothed(dl.ReverseKL(), 1e-3)).html()
    epsilon = "\N{GREEK SMALL LETTER EPSILON}"
    title = f"smoothed reverse-kl, {epsilon} 0.001: {epsilon} is added to p and q"
    assert f"<title>{title}</title>" in page
    assert re.search(r"<h1>smoothed reverse-kl, .*<mi>&#x003F5;</mi>.* 0.001: .*<mi>q</mi>.*</h1>", page)


def test_a_title_begins_with_the_name_of_the_loss(loss):
    assert derive(loss).title.startswith(f"{loss_title(loss)}: ")


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
    shown = terminal.part_lines(1, part, 60)
    assert len(shown) > 5
    assert re.sub(r"\s+", "", inline(long)) in re.sub(r"\s+", "", "".join(shown))


def test_bold_headings_differ_in_nothing_else(explanation):
    derivation = explanation.derivation
    bold = terminal.lines(derivation, 80, bold=True)
    assert [re.sub("\x1b\\[[01]m", "", text) for text in bold] == terminal.lines(derivation, 80)
    assert sum(text.startswith("\x1b[1m") for text in bold) == 1 + len(derivation.parts)


@pytest.mark.parametrize(("topic", "formula"), [("forward-kl", "z\N{SUPERSCRIPT TWO} - 1"), ("mse", "q - p")])
def test_a_short_formula_among_words_is_not_broken(topic, formula):
    part = dl.explain(topic).part(5)
    for width in range(60, 120):
        text = part.text(width)
        assert "\N{NO-BREAK SPACE}" not in text
        for row in text.splitlines():
            assert not re.search(rf"(terms of|errors) {formula[0]}\S?( -)?$", row)


READ = [
    ("p < e q", "p < e*q", r"p \lt e q"),
    ("0 < p <= 1", "0 < p <= 1", r"0 \lt p \le 1"),
    ("q_k -> 0", "q_k -> 0", r"q_{k} \to 0"),
    ("sum w_i p_i z_i = 0", "sum w_i*p_i*z_i = 0", r"\sum_i w_{i} p_{i} z_{i} = 0"),
    ("2 sum w_i", "2*sum w_i", r"2 \sum_i w_{i}"),
    ("(sum w_i x_i)/sum w_i", "(sum w_i*x_i)/(sum w_i)", r"\frac{\sum_i w_{i} x_{i}}{\sum_i w_{i}}"),
    ("1/(2 sigma sqrt(pi))", "1/(2*sigma*sqrt(pi))", r"\frac{1}{2 \sigma \sqrt{\pi}}"),
    ("int q^2 dx", "int q^2 dx", r"\int q^{2} \, dx"),
    ("log q_k", "log q_k", r"\log q_{k}"),
    ("q log(q/p)", "q*log(q/p)", r"q \log \left(\frac{q}{p}\right)"),
    ("-w_k p_k", "-w_k*p_k", "- w_{k} p_{k}"),
    ("mu = -1.25", "mu = -1.25", r"\mu = {- 1.25}"),
    ("2.5e-09", "2.5e-9", r"2.5 \times 10^{-9}"),
    ("epsilon = 0.00123456", "epsilon = 0.00123456", r"\epsilon = 0.00123456"),
    ("p_k' = p_k + epsilon", "p'_k = p_k + epsilon", r"\tilde{p}_{k} = p_{k} + \epsilon"),
    ("dL/dlog q_k", "dL/dlog q_k", r"\frac{\partial L}{\partial \log q_{k}}"),
    ("d2L/dmu2", "d2L/dmu2", r"\frac{\partial^2 L}{\partial \mu^2}"),
    ("|u| != 0", "|u| != 0", r"\left\lvert u \right\rvert \ne 0"),
    ("f(u) ~ N(x; m, s)", "f(u) ~ N(x; m, s)", r"f{\left(u \right)} \approx N\left(x; m, s\right)"),
    ("2*(m - mu)/sigma**3", "2*(m - mu)/sigma^3", r"\frac{2 \left(m - \mu\right)}{\sigma^{3}}"),
    ("x - (y - z)", "x - (y - z)", r"x - \left(y - z\right)"),
    ("e^-t", "e^(-t)", "e^{- t}"),
    ("(1 - q) 0.25", "(1 - q)*0.25", r"\left(1 - q\right) \cdot 0.25"),
    ("sum (-p_i q_i)", "sum (-p_i*q_i)", r"\sum_i \left(- p_{i} q_{i}\right)"),
    ("x/sigma/2", "x/(sigma*2)", r"\frac{x}{\sigma 2}"),
    ("(log q)^2", "(log q)^2", r"\log^{2} q"),
]


@pytest.mark.parametrize(("text", "one_line", "latex"), READ)
def test_formulas_among_the_words(text, one_line, latex):
    assert (inline(formula(text), unicode=False), printers.latex(formula(text))) == (one_line, latex)


@pytest.mark.parametrize(
    "text", ["", "p <", "(p", "p q)", "p # q", "sum", "|p", "mean of p", "p = = q", "sqrt 2"]
)
def test_bad_formulas(text):
    with pytest.raises(ValueError, match=f"formula: expected .*, got {re.escape(repr(text))}"):
        formula(text)


def number(math):
    """A number by which formulas differ if their brackets do."""
    if isinstance(math, notation.Total | notation.Integral):
        return number(math.args[0]) ** 2 + 3
    if isinstance(math, notation.D):
        return number(math.args[0]) ** 3 + number(math.args[1]) / 7
    if isinstance(math, notation.Comparison | sp.Eq):
        sides = math.args[:: 2 if isinstance(math, notation.Comparison) else 1]
        return sum(number(side) * 11**place for place, side in enumerate(sides))
    if isinstance(math, sp.Symbol | sp.Indexed):
        return 0.5 + sum(map(ord, str(math))) % 97 / 89
    if isinstance(math, notation.Figure):
        return float(math.text)
    if isinstance(math, notation.Normal):
        return sum(number(a) * 5**place for place, a in enumerate(math.args))
    return complex(math.func(*map(sp.sympify, map(number, math.args)))) if math.args else complex(math)


def test_one_line_has_all_brackets(explanation):
    """What is printed on one line, read again, is the same number."""
    read = 0
    for chain in explanation.derivation.chains:
        for math in (chain.head, *(step.math for step in chain.lines)):
            taken_apart = any("(" in inline(d) for d in math.atoms(notation.D))
            if not taken_apart and not math.atoms(notation.Limit, sp.KroneckerDelta):
                shown = inline(math, unicode=False)
                assert number(formula(shown)) == pytest.approx(number(math)), shown
                read += 1
    assert read > 20


@pytest.mark.parametrize("what", [dl.MSE(), dl.ReverseKL(), "discrete-kl", "normal-kl"], ids=str)
def test_no_slip_looks_like_the_line(what):
    """On one line too."""
    for chain in derive(what).chains:
        for step in chain.lines:
            for slip, mutant in mutants(step.math):
                assert inline(mutant) != inline(step.math) or slip == "a sign", (slip, mutant)
