"""Phrases and what they become in another language; lines of wide characters; the demos' words."""

import pickle
import textwrap
import unicodedata

import pytest
import translated_demos

import divlite as dl
from divlite.language import LANGUAGES, Phrase, catalogue, checked, joined, phrase, told, wrapping

ENTRIES = {
    "the derivative of {what}": "{what} no bibun",
    "{} and {}": "{} to {}",
    "the product rule": "seki no bibun",
    "{b} before {a}": "{a} no mae ni {b}",
    "After 3,000 steps $mu$ is -5.": "$mu$ wa 3,000 steppu de -5.",
    "from 1 to 1": "1 kara 1",
}


@pytest.fixture
def spoken(monkeypatch):
    """A language of a few texts."""
    monkeypatch.setattr(catalogue, "of", lambda language: catalogue.made_of(ENTRIES))
    return lambda text: told(text, "ja")


def test_a_phrase_is_its_english_text():
    made = phrase("the derivative of {what}", what=phrase("{} and {}", "$p$", 3.25))
    assert made == "the derivative of $p$ and 3.25"
    assert isinstance(made, str)
    assert {made: 1}["the derivative of $p$ and 3.25"] == 1
    assert told(made) == made
    assert type(told(made)) is str
    assert phrase("{x:.2f}, {0}", 1, x=2) == "2.00, 1"
    assert phrase("a {brace} alone") == "a {brace} alone"


def test_a_phrase_says_its_parts_too(spoken):
    made = phrase("the derivative of {what}", what=phrase("{} and {}", phrase("the product rule"), "$q$"))
    assert spoken(made) == "seki no bibun to $q$ no bibun"
    assert spoken(phrase("{b} before {a}", a=1, b=phrase("the product rule"))) == "1 no mae ni seki no bibun"


def test_what_is_no_phrase_or_not_translated_stays(spoken):
    assert spoken("the product rule") == "the product rule"
    assert spoken(phrase("the chain rule")) == "the chain rule"
    assert spoken(phrase("the derivative of {what}", what="sigma")) == "sigma no bibun"


def test_numbers_and_formulas_come_from_the_text_and_not_from_the_catalogue(spoken):
    assert spoken(phrase("After 3,000 steps $mu$ is -5.")) == "$mu$ wa 3,000 steppu de -5."
    assert spoken(phrase("After 4,000 steps $nu$ is 2.5.")) == "$nu$ wa 4,000 steppu de 2.5."


def test_numbers_that_were_one_and_are_two_are_not_guessed(spoken):
    assert spoken(phrase("from 2 to 2")) == "2 kara 2"
    assert spoken(phrase("from 1 to 2")) == "from 1 to 2"
    assert spoken(phrase("{one} and {other}", one=1, other=2)) == "1 to 2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L1 of k2 at -5, 3,000 steps (1/1000), 2e-5.", ["-5", "3,000", "1", "1000", "2e-5"]),
        (
            "$q[k]$ by `a + 1` of {x:.3g}; float32, 1.5 and 2-3",
            ["$q[k]$", "`a + 1`", "{x:.3g}", "1.5", "2", "3"],
        ),
        ("$$\\frac{1}{2}$$ in [the text](a/b.md#c)", ["$$\\frac{1}{2}$$", "(a/b.md#c)"]),
    ],
)
def test_what_is_no_word(text, found):
    assert catalogue.objects(text) == found


def test_a_word_needs_no_space_where_a_formula_has_one(monkeypatch):
    entries = {"the {x} of": "\u7684 {x} \u3092", "word": "\u5bc6 \u5ea6", "{} and {}": "{} \u3068 {}"}
    monkeypatch.setattr(catalogue, "of", lambda language: catalogue.made_of(entries))
    word = phrase("word")
    assert told(phrase("the {x} of", x=word), "ja") == "\u7684\u5bc6 \u5ea6\u3092"
    assert told(phrase("the {x} of", x="$q$"), "ja") == "\u7684 $q$ \u3092"
    assert told(phrase("the {x} of", x="\u5bc6 \u5ea6"), "ja") == "\u7684 \u5bc6 \u5ea6 \u3092"
    assert told(phrase("{} and {}", word, phrase("{} and {}", "q", word)), "ja") == (
        "\u5bc6 \u5ea6\u3068 q \u3068\u5bc6 \u5ea6"
    )


def test_texts_are_put_together():
    assert joined("{}, {}", []) == ""
    assert joined("{}, {}", ["a"]) == "a"
    several = joined("{}, {}", ["a", phrase("b"), "c"])
    assert several == "a, b, c"
    assert isinstance(several, Phrase)


def test_a_phrase_survives_its_way_to_another_process(spoken):
    made = phrase("the derivative of {what}", what=phrase("the product rule"))
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert spoken(again) == spoken(made) == "seki no bibun no bibun"


def test_a_language_is_checked():
    assert [checked(name) for name in LANGUAGES] == ["en", "ja", "zh"]
    with pytest.raises(ValueError, match=r"^lang: expected one of en, ja, zh, got 'fr'$"):
        dl.check_derivative(lambda *a: a[2], lambda *a: a[2], lang="fr")


JAPANESE = (
    "\u9806\u65b9\u5411\u306e KL \u30c0\u30a4\u30d0\u30fc\u30b8\u30a7\u30f3\u30b9\u306f\u3001"
    "p/q = (a + b)/c \u306e\u3068\u304d\uff08\u3064\u307e\u308a\u6700\u5c0f\u70b9\u3067\uff090 "
    "\u3067\u3059\u3002"
) * 3


@pytest.mark.parametrize("columns", [20, 33, 60, 97])
def test_lines_of_wide_characters_fit_and_end_where_they_may(columns):
    lines = wrapping.wrapped(JAPANESE, columns, "1. ", "   ")
    assert len(lines) > 2
    assert lines[0].startswith("1. ")
    for line in lines:
        wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
        assert wrapping.width(line) == len(line) + wide <= columns
        assert line[3] not in "\u3001\u3002\uff09\u30fc\u30a7"  # no full stop, bracket or small letter first
        assert line[-1] != "\uff08"
    assert "".join("".join(line[3:] for line in lines).split()) == "".join(JAPANESE.split())
    if columns > 30:
        assert sum("p/q" in line for line in lines) == 3  # no formula is broken but at its spaces


def test_narrow_lines_are_those_of_textwrap():
    text = "The gradient of KL, in short: \u2202L/\u2202\u03bc is 0 where the moments match. " * 3
    assert wrapping.wrapped(text, 40, "- ", "  ") == textwrap.wrap(
        text, 40, initial_indent="- ", subsequent_indent="  "
    )
    assert wrapping.padded("ab", 5) == "ab   "
    assert wrapping.padded("\u52fe\u914d", 5) == "\u52fe\u914d "


SCRIPT = """# %% [markdown]
# # A title
#
# Some words, in
# two lines with $x = 1$.
#
# $$a = b$$

# %%
x = "two words"  # said here
y = f"{x} are {len(x):>3} long", "picture.png"
"""


def test_the_words_of_a_demo():
    found = translated_demos.pieces(SCRIPT)
    assert [piece.text for piece in found] == [
        "# A title",
        "Some words, in two lines with $x = 1$.",
        '"two words"',
        "# said here",
        'f"{x} are {len(x):>3} long"',
    ]
    assert [SCRIPT[a:b] for a, b, _, markdown in found if not markdown] == [t.text for t in found[2:]]
