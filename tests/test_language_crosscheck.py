"""The report of a cross-check in a language of one letter: every word is a phrase, and no line too wide."""

import math
import re
import sys
from html import unescape

import pytest
import test_crosscheck_threads as threads
import torch
import torch.nn.functional as F
import translations

import divlite as dl
from conftest import spelled
from divlite.cli import main
from divlite.crosscheck.distributions.cores import CORES
from divlite.crosscheck.report import Alternative, Finding, Report
from divlite.language import Phrase, catalogue, phrase, told
from divlite.language.wrapping import width

LETTER = "\u3042"
# What stays in any language: names of functions, of losses, of a Normal's numbers, of types.
NAMES = {"KL", "log", "exp", "sum", "abs", "max", "dx", "nan", "sigma", "mu", "tau", "log_sigma", "variance"}
NAMES |= {"log_variance", "p_mu", "p_sigma", "log_q", "log_p", "bfloat16", "float16", "float32", "float64"}
NAMES |= {"kl", "forward", "reverse", "jensen", "shannon", "squared", "hellinger", "detach"}


@pytest.fixture
def used(monkeypatch):
    """Japanese is written with one letter; the templates that were asked for."""
    asked = set()

    def said(text, language):
        asked.add(text)
        return spelled(text)

    monkeypatch.setattr(catalogue, "said", said)
    return asked


MARKED = set(translations.messages())


def foreign(text, known=frozenset()):
    """The English words of a text that are no names."""
    return set(re.findall(r"[A-Za-z_]\w+", text, re.ASCII)) - NAMES - known


def assert_is_spoken(fn, report, used):
    """No word of the report is English, no line is too wide, and each template is one that is translated."""
    known = set(fn.__code__.co_varnames)
    for finding in report.findings:
        # Code is code in all languages; what stands in the braces of an advice is code too.
        of = finding.instead.names.values() if isinstance(finding.instead, Phrase) else [finding.instead]
        known |= {word for thing in of for word in foreign(str(thing))}
    page, html = report.text("ja"), report.html("ja")
    shown = unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL))
    assert foreign(page, known) == foreign(shown, known) == set()
    code = [line for finding in report.findings for line in told(finding.instead, "ja").splitlines()]
    assert [line for line in page.splitlines() if width(line) > 96 and not line.endswith(tuple(code))] == []
    assert [text for text in used - MARKED if foreign(re.sub(r"\{[^{}]*\}", " ", text))] == []


@pytest.mark.parametrize("number", [2, 4, 17, 28, 31, 33, 34, 37, 43, 45, 47, 49, 51, 54, 59, 60, 61, 68])
def test_a_thread_has_no_english(number, used):
    fn, arguments, said = threads.asked(number)
    assert_is_spoken(fn, dl.crosscheck(fn, *arguments, **said), used)


def kl(s, t, **how):
    return F.kl_div(F.log_softmax(s, -1), F.softmax(t, -1), **how)


def rows(s, t):
    return kl(s, t, reduction="none").sum(-1)


def vae(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp())


def ratio(a, b):
    return torch.exp(b - a) - 1 + a - b


MASK = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0])
WEIGHTS = torch.tensor([1.0, 2.0, 3.0, 1.0, 1.0, 2.0, 1.0])
FORWARD, REVERSE = {"expected": dl.ForwardKL()}, {"expected": dl.ReverseKL()}
LOGITS = {"given": "logits"}
NORMALS = {"given": ("mu", "log_variance")}
SAMPLES = {"given": ("log_q", "log_p")}
CASES = {
    "unexplained": (lambda s, t: (s.sin() * t.cos() ** 3).sum(), LOGITS),
    "another loss": (lambda s, t: rows(t, s).mean(), LOGITS | {"expected": dl.SquaredHellinger()}),
    "no fit in it": (lambda s, t: t.exp().sum() + 0.0 * s.sum(), LOGITS),
    "terms": (lambda s, t: kl(s, t, reduction="none"), LOGITS | FORWARD),
    "a mask": (lambda s, t: (MASK * rows(s, t)).mean(), LOGITS | FORWARD),
    "weights of outcomes": (lambda s, t: (kl(s, t, reduction="none") * WEIGHTS).sum(-1).mean(), LOGITS),
    "a root": (lambda s, t: -3.0 * rows(s, t).sqrt().sum() / 7, LOGITS | FORWARD),
    "a constant": (lambda s, t: rows(s, t).mean() + 0.25, LOGITS | FORWARD),
    "a branch": (lambda s, t: rows(s, t).mean().clamp(max=30.0) + (s.max() > 50.0) * 1.0, LOGITS | FORWARD),
    "two sums": (lambda s, t: 0.7 * rows(s, t).mean() - 0.3 * rows(t, s).mean(), LOGITS),
    "a mixture": (lambda s, t: rows((0.3 * s.softmax(-1) + 0.7 * t.softmax(-1)).log(), t).mean(), LOGITS),
    "no softmax": (lambda s, t: (t.exp() * (t - s)).sum(-1).mean(), LOGITS | FORWARD),
    "smoothing": (lambda s, t: F.kl_div(s.log_softmax(-1), 0.9 * t.softmax(-1) + 0.1 / t.shape[-1],
                                        reduction="batchmean"), LOGITS | FORWARD),
    "temperatures": (lambda s, t: rows(s / 2, t / 3).mean(), LOGITS | FORWARD),
    "logs as target": (lambda s, t: F.kl_div(s.log_softmax(-1), t.log_softmax(-1)), LOGITS | FORWARD),
    "a wrong gradient": (lambda s, t: rows(s.detach(), t).mean() + 0 * s.sum(), LOGITS | FORWARD),
    "Normals": (lambda mu, logvar: vae(mu, logvar).mean(), NORMALS),
    "Normals, a term": (lambda mu, logvar: -0.5 * (logvar - mu - logvar.exp()).sum(), NORMALS),
    "Normals, free bits": (lambda mu, logvar: vae(mu, logvar).clamp(min=0.5).sum(-1).mean(), NORMALS),
    "Normals, another prior": (lambda mu, logvar: 0.5 * ((mu**2 + logvar.exp()) / 4 - 1 - logvar
                                                         + math.log(4.0)).sum(-1).mean(), NORMALS),
    "Normals, detached": (lambda mu, logvar: vae(mu.detach() + 0 * mu, logvar).sum(-1).mean(), NORMALS),
    "Normals, unexplained": (lambda mu, logvar: (mu.sin() * logvar).sum(), NORMALS),
    "Normals, a branch": (lambda mu, logvar: vae(mu, logvar).sum(-1).mean() * (1 + (mu.max() > 40)), NORMALS),
    "k2": (lambda a, b: 0.5 * ((a - b) ** 2).mean(), SAMPLES),
    "k3": (lambda a, b: ratio(a, b).sum(), SAMPLES | REVERSE | {"mean": "distribution"}),
    "k3, a mask": (lambda a, b: 3.0 * (ratio(a, b) * MASK[:, None]).mean(), SAMPLES),
    "samples, clamped": (lambda a, b: (a - b).mean().clamp(min=0), SAMPLES),
    "samples, unexplained": (lambda a, b: (a.sin() * b).sum(), SAMPLES),
    "samples, a sum": (lambda a, b: (a - 2 * b).sum(), SAMPLES),
    "samples, a branch": (lambda a, b: (a - b).mean() * (1 + (a.min() < -20)), SAMPLES),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_function_has_no_english(name, used):
    fn, said = CASES[name]
    torch.manual_seed(0)
    arguments = [torch.randn(5, 7, dtype=torch.float64) * (60 if "a branch" in name else 1) for _ in range(2)]
    if said.get("given") == SAMPLES["given"]:
        arguments = [-1.0 - a.abs() for a in arguments]
    assert_is_spoken(fn, dl.crosscheck(fn, *arguments, **said), used)


def test_every_sum_is_marked():
    said = {core.says(p="p", q="q").template for core in CORES}
    assert {text for text in said - MARKED if foreign(re.sub(r"\{[^{}]*\}", " ", text))} == set()


REPORT = Report(
    "right up to a constant",
    phrase("the cross-entropy -sum {p} log {q}", p="t", q="s"),
    (Finding("constant", phrase("The constant {n} is added."), phrase("value {}", 2.0), "a = 1\nb = 2"),),
    (Alternative("k3", phrase("nothing")),),
    (phrase("summed"),),
    2.0,
    worst=(
        (phrase("the distributions, with weights that are not all alike"), 1.0, 2.0),
        (phrase("mass {:.4g}", 1.5), 1.0, 2.0),
    ),
)


def test_the_page_is_put_together_as_the_language_has_it(used):
    page = REPORT.text("ja")
    assert f"{LETTER * 3} {LETTER * 5}-{LETTER * 7} -{LETTER * 3} t {LETTER * 3} s\u3002" in page
    lines = page.splitlines()
    first = next(line for line in lines if line.endswith("a = 1"))
    second = next(line for line in lines if line.endswith("b = 2"))
    assert width(first) == width(second)
    assert len({width(line) for line in lines[-2:]}) == 1
    assert str(REPORT) == REPORT.text() == REPORT.text("en") != page
    assert REPORT._repr_html_() == REPORT.html("en")
    assert '<div class="divlite" lang="en">' in REPORT.html()
    assert '<div class="divlite" lang="zh">' in REPORT.html("zh")
    assert str(REPORT.findings[0]) == REPORT.findings[0].text("en")
    assert REPORT.findings[0].text("ja").startswith(f"constant: {LETTER * 3} ")


@pytest.mark.parametrize("said", [REPORT.text, REPORT.html, REPORT.findings[0].text])
def test_a_language_is_checked(said):
    with pytest.raises(ValueError, match=r"^lang: expected one of en, ja, zh, got 'fr'$"):
        said("fr")


@pytest.mark.parametrize("spoken", [["--lang", "ja"], []])
@pytest.mark.parametrize("given", ["", "probabilities", "mu,log_variance"])
def test_the_command_speaks(spoken, given, used, tmp_path, monkeypatch, capsys):
    (tmp_path / "named.py").write_text("def f(a, b):\n    return b.exp().sum()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIVLITE_LANG", "en" if spoken else "ja")
    options = ["--given", given] if given else []
    assert main(["crosscheck", "named.py:f", *options, *spoken]) == 1
    sys.modules.pop("named", None)
    head, _, verdict, *_ = capsys.readouterr().out.splitlines()
    assert head.startswith("f(a, b), ")
    assert foreign(head) == foreign(verdict) == set()
    assert main(["crosscheck", "named.py:f", "--lang", "en"]) == 1
    assert capsys.readouterr().out.startswith("f(a, b), called with random logits of shape (8, 10), seed 0")


def test_the_command_wants_a_language_that_is_spoken(monkeypatch, capsys):
    monkeypatch.setenv("DIVLITE_LANG", "fr")
    assert main(["crosscheck", "named.py:f"]) == 2
    line = "divlite: error: DIVLITE_LANG: expected one of en, ja, zh, got 'fr'\n"
    assert capsys.readouterr() == ("", line)
