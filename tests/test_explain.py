"""What `explain` shows: the derivations' ends as numbers, the four formats, and bad input."""

import html.parser
import re
import subprocess
import sys
from functools import partial
from typing import Any, NamedTuple

import pytest
from mpmath import mp

import divlite as dl
from conftest import DENSITY_LOSSES, LOSSES, derive, explained
from divlite import elementary, plotting
from divlite.cli import main
from divlite.derive import notation
from divlite.derive.notation import D, L, log, mu, sigma, t, u
from divlite.evidence.experiment import GRID, TARGET
from divlite.losses.protocol import summary as loss_summary
from divlite.subjects import SUBJECTS
from divlite.views import CDF

COORDINATES = (dl.Sigma(), dl.Variance(), dl.LogSigma())
WHATS = (*LOSSES, "discrete-kl", "normal-kl")


@pytest.fixture(scope="module", params=WHATS, ids=str)
def explanation(request):
    return explained(request.param)


@pytest.mark.parametrize(
    ("what", "ratio", "expected"),
    [
        (dl.ForwardKL(), "p/q", u * log(u) - u + 1),
        (dl.ReverseKL(), "p/q", u - 1 - log(u)),
        ("normal-kl", "s**2/sigma**2", u - 1 - log(u)),
    ],
    ids=str,
)
def test_a_kl_is_a_sum_of_terms_that_are_not_below_0(what, ratio, expected):
    """The words of part 5: the factor is 0 at u = 1, its derivative below 0 before and above 0 behind it."""
    content = derive(what).parts[4].content
    (place,) = (
        j for j, item in enumerate(content) if isinstance(item, str) and f"Let $u$ be ${ratio}$" in item
    )
    chain = content[place + 1]
    factor, slope = chain.head.args[0], chain.lines[-1].math
    assert notation.sp.simplify(factor - expected) == 0
    assert factor.subs(u, 1).doit() == 0
    places = [notation.sp.Rational(n, 4) for n in (1, 4, 9)]
    assert [notation.sp.sign(slope.subs(u, at).doit()) for at in places] == [-1, 0, 1]


SMOOTHED = [dl.Smoothed(loss, 1e-3) for loss in dl.LOSSES if loss in DENSITY_LOSSES]


@pytest.mark.parametrize("what", [*SUBJECTS, *SMOOTHED], ids=str)
def test_no_part_ends_within_a_sentence(what):
    for part in derive(what).parts:
        last = part.content[-1]
        assert not isinstance(last, str) or last.endswith((".", ".)")), last


def test_a_name_stands_for_its_loss():
    assert explained("mse").text() == explained(dl.MSE()).text()
    assert explained("smoothed").text() == explained(dl.Smoothed(dl.ForwardKL(), 1e-3)).text()


@pytest.mark.parametrize("width", [59, 0, 72.5])
def test_a_width_too_small_is_refused(width):
    explanation = explained("discrete-kl")
    for show in (explanation.text, explanation.part(1).text):
        with pytest.raises(ValueError, match="width: expected"):
            show(width)
    assert explanation.text(60)


def test_ascii_without_unicode(explanation):
    assert explanation.text(unicode=False).isascii()
    assert not explanation.text().isascii()


def test_html_needs_nothing_else(explanation):
    class Reader(html.parser.HTMLParser):
        stack: list[str] = []  # noqa: RUF012
        seen: set[str] = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.seen.add(tag)
            assert not {"src", "href"} & {name for name, _ in attrs}
            if tag not in ("meta", "mspace"):
                self.stack.append(tag)

        def handle_endtag(self, tag):
            if tag != "mspace":
                assert self.stack.pop() == tag

    page, reader = explanation.html(), Reader()
    reader.feed(page)
    assert not reader.stack
    assert "math" in reader.seen
    assert not {"script", "link", "img", "iframe"} & reader.seen
    assert "\\" not in re.sub(r"<(style|pre)>.*?</\1>", "", page, flags=re.S)  # no LaTeX left over


def test_markdown_tables_have_two_columns(explanation):
    text = explanation._repr_markdown_()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 3, row
        assert row.count("$") % 2 == 0


def test_words_parse_in_every_derivation():
    """Each formula in the prose is read by SymPy when it is shown, in every coordinate."""
    for what in WHATS:
        for coordinates in COORDINATES if what != "discrete-kl" else (None,):
            derivation = derive(what, None, coordinates)
            assert dl.Explanation(derivation).text()
            assert derivation.title in repr(derivation)  # the objects behind it can be looked at too


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "kl"}, "loss: expected one of forward-kl, .*, got 'kl'"),
        ({"loss": dl.MSE}, "loss: expected a value such as dl.ForwardKL.., got the class MSE"),
        ({"loss": dl.MSE(), "wrt": "m"}, "wrt: expected one of mu, sigma, got 'm'"),
        ({"loss": dl.MSE(), "wrt": "variance"}, "wrt: expected one of mu, sigma, got 'variance'"),
        ({"loss": dl.MSE(), "coordinates": dl.Variance(2.0)}, "coordinates: expected dl.Sigma"),
        ({"loss": dl.MSE(), "at": dl.Normal(0, -1.0)}, "sigma: expected a finite number > 0, got -1.0"),
        ({"loss": dl.MSE(), "at": 3}, "at: expected a value such as dl.Normal"),
        ({"loss": dl.Smoothed(dl.MSE(), -1)}, "epsilon: expected a finite number > 0"),
        ({"loss": "discrete-kl", "at": dl.Normal(0, 1)}, "at: expected none"),
        ({"loss": "discrete-kl", "coordinates": dl.Sigma()}, "coordinates: expected none"),
        ({"loss": "discrete-kl", "wrt": "mu"}, "wrt: expected one of logits"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        dl.explain(**arguments)


def test_part_numbers():
    with pytest.raises(ValueError, match=r"number: expected one of 1, 2, .*, got '0'"):
        explained(dl.MSE()).part(0).text()


def test_wrt_leaves_the_other_out():
    only_mu = dl.explain(dl.MSE(), wrt="mu").derivation
    heads = {chain.head for chain in only_mu.chains}
    assert D(L, mu) in heads
    assert not any(head.has(D) and head.args[-1] == sigma for head in heads if isinstance(head, D))
    only_t = dl.explain(dl.MSE(), wrt="log-sigma", coordinates=dl.LogSigma()).derivation
    heads = {chain.head for chain in only_t.chains}
    assert D(L, t) in heads
    assert D(L, mu) not in heads


def test_command_lists(capsys):
    assert main(["explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(SUBJECTS)]] == [*SUBJECTS]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--family", "laplace", "--part", "8"], "divlite/families/laplace.py"),
        (
            ["--family", "student-t", "--nu", "3", "--at", "1,2", "--part", "8"],
            "divlite/families/student_t.py",
        ),
        (["--at", "1,2", "--part", "8"], "divlite/families/normal.py"),
    ],
)
def test_command_takes_any_family(arguments, shown, capsys):
    assert main(["explain", "mse", *arguments]) == 0
    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("name", ["smoothed", "forward-kl"])
def test_command_smooths_once(name, capsys, monkeypatch):
    """--smoothing says with how much: of what is smoothed already, in the place of that."""
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["explain", name, "--smoothing", "0.25", "--part", "7"]) == 0
    assert capsys.readouterr().out.count("= 0.25.") == 1


@pytest.mark.parametrize("format", ["terminal", "markdown", "html"])
def test_command_writes_files(format, tmp_path, capsys):
    out = tmp_path / "mse"
    arguments = ["--wrt", "mu", "--at", "5,1", "--format", format, "--out", str(out)]
    assert main(["explain", "mse", *arguments]) == 0
    assert capsys.readouterr().out == f"wrote {out}\n"
    text = out.read_text(encoding="utf-8")
    assert {"terminal": "=====", "markdown": "$\\displaystyle", "html": "<math"}[format] in text
    assert "torch 2" in text


def test_command_draws(tmp_path, capsys, monkeypatch):
    """Its animation is drawn with fewer frames than the command asks for."""
    monkeypatch.setattr(plotting, "write_force_gif", partial(plotting.write_force_gif, frames=5))
    plot, gif = tmp_path / "force.png", tmp_path / "force.gif"
    asked = ["--part", "1", "--plot", str(plot), "--gif", str(gif), "--coordinates", "variance"]
    assert main(["explain", "l1", *asked]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-2:] == [f"wrote {plot}", f"wrote {gif}"]
    assert plot.stat().st_size > 10_000
    assert gif.stat().st_size > 10_000


@pytest.mark.parametrize("coordinates", ["sigma", "variance", "log-sigma"])
def test_command_draws_the_force_on_what_is_moved(tmp_path, capsys, monkeypatch, coordinates):
    asked = []

    def drawn(*arguments, **options):
        asked.append(options)
        return plot_force(*arguments, **options)

    plot_force = plotting.plot_force
    monkeypatch.setattr(plotting, "plot_force", drawn)
    file = tmp_path / "force.png"
    assert (
        main(["explain", "mse", "-q", "--part", "1", "--coordinates", coordinates, "--plot", str(file)]) == 0
    )
    known = {"sigma": dl.Sigma(), "variance": dl.Variance(), "log-sigma": dl.LogSigma()}
    assert [options["coordinates"] for options in asked] == [known[coordinates]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kl"], "expected one of forward-kl, "),
        (["mse", "--at", "1"], "expected 2 numbers separated by commas, got '1'"),
        (["mse", "--at", "0,-1"], "--at SIGMA: expected a finite number > 0, got -1.0"),
        (["mse", "--wrt", "x"], "wrt: expected one of mu, sigma, got 'x'"),
        (["mse", "--smoothing", "0"], "--smoothing: expected a finite number > 0, got 0.0"),
        (["discrete-kl", "--smoothing", "1"], "--smoothing: expected"),
        (["normal-kl", "--plot", "a.png"], "--plot: expected a loss that is taken on a grid"),
        (["discrete-kl", "--at", "0,1"], "at: expected none"),
        (["discrete-kl", "--coordinates", "variance"], "coordinates: expected none"),
        (["mse", "--out", "nowhere/mse.html"], "--out: expected a file in an existing folder"),
        (["mse", "--plot", "a.txt"], "--plot: expected a file name that ends in"),
        (["--at", "0,1"], "LOSS: expected one with --at, got none"),
        (["--nu", "3"], "LOSS: expected one with --nu, got none"),
        (["mse", "--nu", "3"], "--nu: expected only with --family student-t"),
        (["mse", "--family", "student-t"], "--nu: expected a number > 0, for --family student-t, got none"),
        (["mse", "--family", "student-t", "--nu", "-1"], "--nu: expected a finite number > 0, got -1.0"),
        (["mse", "--family", "gamma"], "expected one of normal, laplace, logistic, cauchy, student-t, got"),
        (["normal-kl", "--family", "laplace"], "--at: expected a Normal(mu, sigma), got Laplace("),
        (["normal-kl", "--smoothing", "1"], "--smoothing: expected a loss that is taken on a grid"),
        (["discrete-kl", "--gif", "a.gif"], "--gif: expected a loss that is taken on a grid"),
    ],
)
def test_command_bad_input_is_one_line(arguments, message, capsys):
    try:
        code = main(["explain", *arguments])
    except SystemExit as stop:
        code = stop.code
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_import_loads_no_sympy():
    code = "import sys, divlite, divlite.cli; print('sympy' in sys.modules, 'mpmath' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]


def test_normal_kl():
    p_, q_ = dl.Normal(0.3, 1.2), dl.Normal(-0.5, 2.0)
    grid = dl.Grid.linspace(-40, 40, 8001, weights="integral")
    value, gradient = dl.value_and_grad(dl.ForwardKL(), p_, q_, grid)
    assert dl.normal_kl(p_, q_) == pytest.approx(value, rel=1e-12)
    assert dl.d_normal_kl(p_, q_) == pytest.approx(gradient, rel=1e-12)
    assert dl.normal_kl(q_, p_) == pytest.approx(
        dl.value_and_grad(dl.ReverseKL(), p_, q_, grid)[0], rel=1e-12
    )
    assert dl.normal_kl(p_, p_) == 0
    assert dl.d_normal_kl(p_, p_) == (0, 0)
    with pytest.raises(ValueError, match="sigma: expected a finite number > 0, got -1"):
        dl.normal_kl(p_, dl.Normal(0, -1))


def test_normal_kl_keeps_its_digits():
    """Near-equal and far widths, against 60 digits: r - 1 - log r loses all of its own near r = 1."""
    for ratio in (1 + 1e-12, 1 - 1e-9, 1.05, 0.91, 1.11, 3.0, 1e-3, 1e6):
        with mp.workdps(60):
            u = mp.mpf(ratio) - 1
            exact = float(u + u * u / 2 - mp.log1p(u))
        assert dl.normal_kl(dl.Normal(0, ratio), dl.Normal(0, 1)) == pytest.approx(exact, rel=1e-14, abs=0)
    assert dl.normal_kl(dl.Normal(0, 1e-200), dl.Normal(0, 1e200)) == pytest.approx(920.534037197618)


class Overlap(NamedTuple):
    """A function of one sum, whose gradient where q is p is 0 on the whole line only."""

    def value(self, p, log_p, q, log_q):
        return elementary.sqrt(p * q)

    def d_log_q(self, p, log_p, q, log_q):
        return 0.5 * elementary.sqrt(p * q)

    def finish(self, sums):
        return -elementary.log(sums)

    def d_finish(self, sums):
        return -1.0 / sums


@pytest.mark.parametrize("coordinates", [dl.Sigma(), dl.Variance()], ids=repr)
def test_the_page_of_a_function_of_one_sum_is_proved(coordinates):
    page = dl.explain(Overlap(), coordinates=coordinates)
    assert "symbolic      yes" in page.part(9).text()


def test_a_view_is_a_value():
    class Late(NamedTuple):
        view = CDF

        def value(self, cdf_p, sf_p, cdf_q, sf_q):
            return (cdf_p - cdf_q) * (cdf_p - cdf_q)

        def d_cdf_q(self, cdf_p, sf_p, cdf_q, sf_q):
            return 2.0 * (cdf_q - cdf_p)

    with pytest.raises(
        ValueError, match=r"^loss: expected a view such as CDF\(\), got a Late with the class"
    ):
        dl.explain(Late())


class Numbered(NamedTuple):
    """Numbers of its own under names that stand for something else on the page, one of them below 0."""

    sigma: float = 0.5
    k: float = 2.0
    c: float = -0.25
    ab: float = 0.75

    def value(self, p, log_p, q, log_q):
        return self.sigma * (p - q) * (p - q) + self.k * q + self.c * p * q + self.ab * p

    def d_log_q(self, p, log_p, q, log_q):
        return -2.0 * self.sigma * q * (p - q) + self.k * q + self.c * p * q


def test_a_number_of_a_loss_may_have_any_name():
    text = dl.explain(Numbered()).text(unicode=False)
    assert "symbolic      yes" in text
    assert "the loss has sigma' = 0.5, k' = 2, c = -0.25 and ab = 0.75" in " ".join(text.split())
    value, _ = dl.value_and_grad(Numbered(), TARGET, dl.Normal(0, 1), GRID, "numpy")
    assert f" = {value:.4g}\n" in text


class Scaled(NamedTuple):
    """A multiple of another loss.

    This is not in a title.
    """

    loss: Any
    c: float

    def value(self, p, log_p, q, log_q):
        return self.c * self.loss.value(p, log_p, q, log_q)

    def d_log_q(self, p, log_p, q, log_q):
        return self.c * self.loss.d_log_q(p, log_p, q, log_q)


def test_losses_within_losses_keep_their_numbers_apart():
    """Each has a c of its own, and each is put in where it belongs."""
    loss = Scaled(Scaled(Scaled(dl.ForwardKL(), 2.0), 3.0), 5.0)
    page = dl.explain(loss)
    assert "c = 5, c' = 3 and c'' = 2" in " ".join(page.text().split())
    value, _ = dl.value_and_grad(loss, TARGET, dl.Normal(0, 1), GRID, "numpy")
    assert f" = {value:.4g}\n" in page.text()
    assert "c''" in page.markdown()


def test_smoothed_twice_is_smoothed_with_both_epsilons():
    page = dl.explain(dl.Smoothed(dl.Smoothed(dl.ForwardKL(), 1e-3), 2e-3)).text()
    assert page == dl.explain(dl.Smoothed(dl.ForwardKL(), 3e-3)).text()


def test_the_title_of_your_own_loss_is_its_own():
    """The file in which it stands may have many, and begins with other words."""
    assert loss_summary(Scaled(dl.MSE(), 2.0)) == "A multiple of another loss"
    assert loss_summary(NamedTuple("Bare", [("c", float)])(1.0)) == ""
    assert derive(Numbered(c=-0.5)).title.endswith("on the page, one of them below 0")
    assert derive(dl.MSE()).title == "mse: Mean squared error between two densities"


@pytest.mark.parametrize(
    ("what", "moves"), [(dl.MSE(), "$log(q)$ at every point"), (dl.CramerVonMises(), "$G$ at every point")]
)
def test_a_gradient_is_a_sum_over_points(what, moves):
    said, *_ = derive(what).parts[3].content
    assert f"changes {moves}" in said
    assert "a sum over the points:" in said


def test_a_gradient_by_quantiles_is_a_sum_over_levels():
    said, *_ = derive(dl.Wasserstein1()).parts[3].content
    assert "changes $y$ at every level" in said
    assert "a sum over the levels:" in said
