"""Every text has its translations, with the same formulas, numbers and code; what is made of them is new."""

import re
from pathlib import Path

import pytest
import translated_demos
import translations

from divlite.language import catalogue

ROOT = Path(__file__).parent.parent
LANGUAGES = translations.OTHERS
WANTED = {
    f"{language}, {wanted.path.name}": wanted
    for language in LANGUAGES
    for wanted in translations.texts(language)
}
READMES = [f"README.{language}.md" for language in LANGUAGES]


@pytest.mark.parametrize("name", WANTED)
def test_every_text_has_a_translation(name):
    known = catalogue.read(WANTED[name].path)
    assert [text for text in WANTED[name].messages if not known.said(text)] == []


@pytest.mark.parametrize("name", WANTED)
def test_a_translation_has_the_formulas_numbers_and_code_of_its_text_and_the_terms_of_the_glossary(name):
    known = catalogue.read(WANTED[name].path).exact
    faults = {text: translations.faults(text, said) for text, said in known.items()}
    assert {english: found for english, found in faults.items() if found} == {}


@pytest.mark.parametrize("name", WANTED)
def test_no_translation_is_of_a_text_that_is_gone(name):
    texts = {catalogue.words(text) for text in WANTED[name].messages}
    known = catalogue.read(WANTED[name].path).exact
    assert [text for text in known if catalogue.words(text) not in texts] == []


def test_what_is_wrong_with_a_translation_is_named():
    assert translations.faults("$q$ is {n} of 3", "3 no uchi {n} ga $q$") == []
    assert translations.faults("$q$ is {n} of 3", "4 no uchi ga $p$") == [
        *("lacks $q$", "lacks {n}", "lacks 3"),
        *("has 4", "has $p$"),
    ]
    term = translations.avoided()[0]
    assert translations.faults("a", f"b {term} c") == [f"says {term}, see docs/glossary.md"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", translated_demos.LESSONS)
def test_the_demos_of_other_languages_are_those_that_are_made(name, language):
    """After a change of an English demo: python docs/translations.py."""
    made = translated_demos.made(name, language)
    assert (translated_demos.DEMOS / language / f"{name}.py").read_text(encoding="utf-8") == made


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_of_a_demo_is_changed_once(language):
    """In the code, in a formula and among the words."""
    source = (translated_demos.DEMOS / "understanding_kl.py").read_text(encoding="utf-8")
    before = translated_demos.translated(source, "understanding_kl", language)
    for old, new in (("lr=1e-3", "lr=2e-3"), ("e^{-113}", "e^{-114}"), ("N(3.17, 8.81)", "N(3.18, 8.82)")):
        assert source.count(old) == before.count(old) == 1
        after = translated_demos.translated(source.replace(old, new), "understanding_kl", language)
        assert after == before.replace(old, new)


def blocks(text):
    return re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", READMES)
def test_a_readme_of_another_language_has_the_code_of_readme(name):
    """Besides, there are commands with --lang. test_readme.py runs them all."""
    text, known = (
        (ROOT / name).read_text(encoding="utf-8"),
        blocks((ROOT / "README.md").read_text(encoding="utf-8")),
    )
    own = [block for block in blocks(text) if block not in known]
    assert {kind for kind, _ in blocks(text)} >= {"sh", "python", "text"}
    assert all(kind == "sh" and "--lang" in code for kind, code in own)


@pytest.mark.parametrize("name", READMES)
def test_readmes_are_linked_to_each_other(name):
    assert f"]({name})" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "](README.md)" in (ROOT / name).read_text(encoding="utf-8")
