"""Pages in another language: no text is forgotten, and lines are as wide as asked.

The language is a made-up one: all letters of a text are one Japanese character, which takes two columns.
"""

import re

import pytest
import translations

import divlite as dl
from conftest import LOSSES, derive, explained, spelled
from divlite.cli import main
from divlite.derive import theorems
from divlite.derive.notation import Chain, Derivation, Eq, Listing, Part, k, line, mu, p, q, sigma
from divlite.derive.request import request
from divlite.evidence import balance
from divlite.explain import Explanation
from divlite.language import Phrase, catalogue, phrase, wrapping
from divlite.page import html, terminal
from divlite.page.printers import inline
from divlite.page.words import Words
from divlite.subjects import SUBJECTS, subject

CHARACTER = "\N{HIRAGANA LETTER A}"
NAMES = "cpu", "mse"  # of torch's version, and of a loss
WORD = re.compile(rf"(?<![A-Za-z])(?!(?:{'|'.join(NAMES)})(?![A-Za-z]))[A-Za-z]{{2,}}")
WORDS = Words(lambda math: "", language="ja")
LAPLACE = dl.Laplace(0.5, 1.2)


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    def said(template, language):
        assert language == "ja"
        return spelled(template)

    monkeypatch.setattr(catalogue, "said", said)


def texts(part):
    """What a part says in words: its title, paragraphs and reasons, and its lines that are no code."""
    yield part.title
    for item in part.content:
        if isinstance(item, Chain):
            yield from (WORDS.because(step) for step in item.lines)
        elif isinstance(item, Listing):
            yield from (one for one in item.lines if isinstance(one, Phrase))
        else:
            yield item


def templates(text):
    """Those of a text, and of the texts in it."""
    if isinstance(text, Phrase):
        yield text.template
        for inner in (*text.args, *text.names.values()):
            yield from templates(inner)


def assert_no_english(part):
    for text in texts(part):
        assert not WORD.search(WORDS.typeset(text)), text


def of_family(loss, coordinates=None):
    return subject(loss, None, coordinates, LAPLACE).derivation()


@pytest.mark.parametrize("what", [*LOSSES, "discrete-kl", "normal-kl"], ids=str)
def test_no_text_of_a_derivation_is_forgotten(what):
    coordinates = None if what == "discrete-kl" else dl.LogSigma()
    derivation = derive(what, None, coordinates)
    for part in derivation.parts:
        assert_no_english(part)
    name, _, words = WORDS.typeset(derivation.title).partition(": ")
    assert name.startswith(derivation.name)
    assert words
    assert not WORD.search(words)


@pytest.mark.parametrize("loss", [dl.ForwardKL(), dl.L1(), dl.Wasserstein1()], ids=str)
def test_no_text_is_forgotten_for_another_family(loss):
    for part in of_family(loss, dl.Variance()).parts:
        assert_no_english(part)


def test_no_text_of_the_evidence_is_forgotten():
    numbers, code, witnesses = explained("discrete-kl").derivation.parts[6:]
    for part in (numbers, code, witnesses, explained(dl.Smoothed(dl.MSE(), 0.1)).derivation.parts[6]):
        assert_no_english(part)
    (listing,) = witnesses.content
    assert all(isinstance(one, Phrase) for one in listing.lines)


def test_every_text_is_there_to_be_translated():
    """Also those that no source has as a literal: of lessons, of theorems, the summaries of losses."""
    shown = [found.summary for found in SUBJECTS.values()]
    derivations = [*map(derive, SUBJECTS), of_family(dl.L1()), of_family(dl.MSE())]
    for derivation in (*derivations, explained("discrete-kl").derivation):
        shown += [derivation.title, *(part.title for part in derivation.parts)]
        items = [item for part in derivation.parts for item in part.content]
        shown += [item for item in items if isinstance(item, str)]
        shown += [step.why for item in items if isinstance(item, Chain) for step in item.lines]
        shown += [one for item in items if isinstance(item, Listing) for one in item.lines]
    found = {template for text in shown for template in templates(text)}
    assert len(found) > 200
    assert found - set(translations.messages()) == set()


def test_no_verdict_of_a_balance_is_forgotten():
    verdicts = {balance._verdict(*at) for at in ((0, 1, 0), (0.1, 1, 0.2), (1e-4, 1, 0), (0.1, 1, 0))}
    assert len(verdicts) == 4
    assert_no_english(Part("", tuple(verdicts)))


def plain(page):
    """A page without its formulas, its code and the names in it that all languages share."""
    page = re.sub(r"<(style|pre|math)\b.*?</\1>|```.*?```|\$[^$]*\$", "", page, flags=re.DOTALL)
    return re.sub(r"<[^>]*>|&\w+;", "", page)


def test_each_format_speaks_it():
    page = explained("mse")._replace(lang="ja")
    assert not WORD.search(plain(page.markdown()))
    assert not WORD.search(plain(page.html().replace("<!DOCTYPE html>", "")))
    assert not WORD.search(plain(page.part(1)._repr_html_()))
    assert '<html lang="ja">' in page.html()
    assert page._repr_html_().startswith('<div class="divlite" lang="ja">')
    assert page._repr_markdown_() == page.markdown()
    assert repr(page) == page.text() != explained("mse").text()
    assert WORD.search(plain(explained("mse").markdown()))


@pytest.mark.parametrize("what", ["mse", "discrete-kl"])
@pytest.mark.parametrize("width", [60, 80])
def test_lines_fit_the_width(what, width):
    text = explained(what)._replace(lang="ja").text(width)
    title, _, rest = text.partition("\n\n")
    *rows, underline = title.splitlines()
    assert underline == "=" * max(map(wrapping.width, rows))
    assert CHARACTER in rest
    for row in text.splitlines():
        assert wrapping.width(row) <= width, row
        assert row == row.rstrip()


def test_reasons_stand_in_one_column():
    """Beside a formula of several rows too: no row is moved by the characters in another."""
    part = explained("mse")._replace(lang="ja").part(2)
    rows = [row for row in part.text(80).splitlines() if re.search(f"  {CHARACTER}", row)]
    assert len(rows) > 5
    assert len({wrapping.width(row[: row.index(CHARACTER)]) for row in rows}) == 1


def test_columns_of_figures_stay():
    listing = Listing((phrase("code          {}: it is so", phrase("yes")), "x = 1  # two spaces"))
    derivation = Derivation("", "", {}, (Part("", (listing,)),), {})
    ((_, _, figures, code),) = terminal.blocks(derivation, 60, True, 1, "ja")
    assert figures == f"  {CHARACTER * 4}          {CHARACTER * 3}: " + " ".join([CHARACTER * 2] * 3)
    assert code == "  x = 1  # two spaces"


def test_conditions_stand_where_the_language_wants_them(monkeypatch):
    """The formulas of a reason are SymPy's objects: a translator moves them as he does any other."""
    behind = {"if {}": "{} NARA", "both sides times {}, which is not 0": "{} (NOT 0) TIMES"}
    monkeypatch.setattr(catalogue, "said", lambda template, language: behind.get(template, template))
    step = line(mu, "so", Eq(q[k], p[k], evaluate=False), times=-sigma)
    words = Words(lambda math: inline(math, unicode=False), language="ja")
    assert words.because(step) == "q_k = p_k NARA: -sigma (NOT 0) TIMES: so"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\u3042$q$\u3042", "\u3042[q]\u3042"),
        ("\u3042\u300c$q$\u300d\u3001\u3042", "\u3042[\u300cq\u300d\u3001]\u3042"),
        ("\u3042$p$\u3001$q$\u3002", "\u3042[p\u3001][q\u3002]"),
        ("a ($q$'s), b", "a [(q's),] b"),
        ("$p$/$q$\uff08\u3042\uff09", "[p/q]\uff08\u3042\uff09"),
    ],
)
def test_no_line_of_a_page_ends_between_a_formula_and_its_mark(text, kept):
    shown = html._kept(re.sub(r"\$(\w)\$", r"<math><mi>\1</mi></math>", text))
    shown = shown.replace('<span class="kept">', "[").replace("</span>", "]")
    assert re.sub("<[^>]*>", "", shown) == kept


def test_the_theorems_about_jumps_are_said():
    """Texts that only another family has."""
    said = theorems.second(dl.ForwardKL(), request(None, "sigma", LAPLACE))
    assert_no_english(Part("", tuple(said)))


def test_languages_are_checked(capsys, monkeypatch):
    expected = "expected one of en, ja, zh, got 'fr'"
    with pytest.raises(ValueError, match=f"lang: {expected}"):
        dl.explain("mse", lang="fr")
    assert main(["explain", "mse", "--lang", "fr"]) == 2
    assert f"--lang: {expected}" in capsys.readouterr().err
    monkeypatch.setenv("DIVLITE_LANG", "fr")
    assert main(["explain"]) == 2
    assert f"DIVLITE_LANG: {expected}" in capsys.readouterr().err


@pytest.mark.parametrize("how", [["--lang", "ja"], []])
def test_the_command_speaks_it(how, capsys, monkeypatch):
    monkeypatch.setenv("DIVLITE_LANG", "en" if how else "ja")
    assert main(["explain", *how]) == 0
    *rows, _, last = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == [*SUBJECTS]
    assert not WORD.search("".join(row.partition(" ")[2] for row in (*rows, last)))
    assert main(["explain", "mse", "--part", "1", *how]) == 0
    assert capsys.readouterr().out.startswith(f"1. {CHARACTER * 3} {CHARACTER * 10}\n")


def test_the_language_is_that_of_the_explanation():
    page = dl.explain("mse", lang="ja")
    assert page.lang == "ja"
    assert page.part(2).lang == "ja"
    assert page == Explanation(page.derivation, None, "ja")
