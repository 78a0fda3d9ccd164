"""A report as a page: what it says, in which order, how wide, and as HTML."""

import re
from html.parser import HTMLParser

import pytest

from divlite.crosscheck.report import Alternative, Finding, Report

LONG = "a sum of many things that are taken one after the other and " * 4
FINDINGS = (
    Finding("first slip", "The first thing is wrong, " + LONG, "0.5 where 1 is due", "a = 1\nb = 2", 0.5),
    Finding("second slip", "The second is <b>wrong</b> & bad.", "", "c < d"),
)
REPORT = Report(
    "wrong value",
    "half of Jeffreys, " + LONG,
    FINDINGS,
    (Alternative("k2 of the other side", "double the rows"),),
    ("Something worth knowing, " + LONG,),
    -0.5,
    1.25,
    3e-15,
)


def test_the_page_has_verdict_findings_alternatives_and_notes_in_this_order():
    page = str(REPORT)
    said = ["Wrong value.", "Half of Jeffreys", "Value -0.5; expected 1.25; ", "1. The first", "write: a = 1"]
    said += [
        "2. The second",
        "k2 of the other side.",
        "To tell them apart: double the rows",
        "Note: Something",
    ]
    places = [page.index(text) for text in said]
    assert places == sorted(places)
    assert repr(REPORT) == page


def test_no_line_is_wider_than_the_page():
    assert max(map(len, str(REPORT).splitlines())) <= 96
    worst = (("an argument " * 20, 1.0, float("nan")), ("short", -1e-300, float("inf")))
    assert max(map(len, str(Report("unexplained", "", worst=worst)).splitlines())) <= 96


def test_lines_of_code_stay_as_they_are():
    lines = str(REPORT).splitlines()
    first = next(k for k, line in enumerate(lines) if "write: a = 1" in line)
    assert lines[first + 1].index("b = 2") == lines[first].index("a = 1")


@pytest.mark.parametrize(
    ("verdict", "head"),
    [
        ("right", "Right."),
        ("right up to a constant", "Right up to a constant"),
        ("wrong gradient only", "The value is right, the gradient is not."),
        ("differs by precision", "Right, but for its precision."),
        ("unexplained", "Unexplained"),
    ],
)
def test_each_verdict_has_its_head_and_only_right_is_true(verdict, head):
    report = Report(verdict, "")
    assert str(report).startswith(head)
    assert bool(report) == (verdict == "right")
    assert head in report._repr_html_()


def test_numbers_that_are_not_known_are_left_out():
    page = str(Report("right", "the KL", value=2.0))
    assert "Value 2." in page
    assert "nan" not in page
    assert "expected" not in page


def test_a_name_with_a_digit_keeps_its_small_letter():
    assert "  k3, the mean" in str(Report("right", "k3, the mean"))
    assert "  KL(q || p)." in str(Report("right", "KL(q || p)"))


class Tags(HTMLParser):
    """Which tags are open, and that each is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_html_is_well_formed_escaped_and_says_the_same():
    tags = Tags()
    tags.feed(REPORT._replace(worst=(("x < 3", 1.0, 2.0),))._repr_html_())
    tags.close()
    assert tags.open == []
    assert not {"b", "script", "link", "img"} & set(tags.seen)
    assert {"div", "h2", "ol", "li", "pre", "table", "caption", "th"} <= set(tags.seen)
    for text in ("The second is <b>wrong</b> & bad.", "c < d", "a = 1\nb = 2", "x < 3", "half of Jeffreys"):
        assert text.lower() in tags.text.lower()


def test_the_style_touches_nothing_else_and_fetches_nothing():
    html = REPORT._repr_html_()
    assert "url(" not in html
    style = re.sub(
        r"/\*.*?\*/", "", html[html.index("<style>") + 7 : html.index("</style>")], flags=re.DOTALL
    )
    selectors = [selector.strip() for selector in re.findall(r"[^{}]+(?={)", style)]
    assert len(selectors) > 10
    assert [s for s in selectors if not s.startswith((".divlite", "@container"))] == []
