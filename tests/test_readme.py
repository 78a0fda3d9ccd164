"""README and docs: their code runs, prints what stands below it, and their commands and links are real."""

import pathlib
import re
import shlex
from itertools import pairwise

import pytest

from divlite import cli

ROOT = pathlib.Path(__file__).parent.parent
PAGES = (
    *("README.md", "README.ja.md", "README.zh.md", "docs/glossary.md", "docs/reference.md"),
    *("docs/decisions.md", "docs/figures.md", "docs/torch.md", "docs/names.md", "docs/threads.md"),
)
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
READMES = [page for page in PAGES if page.startswith("README")]
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def fences(page):
    """(language, content) of each code block of the page."""
    return FENCE.findall(TEXTS[page])


def commands():
    """Every command line that begins with divlite, in a code block or between backticks; once each."""
    found = []
    for page, text in TEXTS.items():
        found += [line for language, code in fences(page) if language == "sh" for line in code.splitlines()]
        found += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    return sorted({line for line in found if line.startswith("divlite ")})


def anchor(heading):
    """The name by which GitHub links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def rounded(output):
    """The size of a rounding error differs from machine to machine."""
    output = re.sub(r"gradient +[0-9.e-]+, [0-9.]+ eps", "gradient, some eps", output)
    return re.sub(r"fits to [0-9.e-]+ of", "fits to the last digits of", output)


@pytest.mark.parametrize("page", [*READMES, "docs/decisions.md", "docs/torch.md"])
def test_the_code_prints_what_stands_below_it(page, tmp_path, monkeypatch, capsys):
    """A block of Python has its output below it, and so has a command by itself if any stands there.

    A block with the name of a file is that file.
    """
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    blocks = [*fences(page), ("", "")]
    compared = 0
    for (language, code), (below, expected) in pairwise(blocks):
        _, _, file = language.partition(" ")
        if "." in file:
            (tmp_path / file).write_text(code)
        elif language == "python":
            exec(compile(code, page, "exec"), names)
            assert below == "text", f"no output below\n{code}"
        elif (language, below) == ("sh", "text"):
            cli.main(shlex.split(code.removeprefix("divlite ")))
        if below == "text" and language in ("python", "sh"):
            assert rounded(capsys.readouterr().out) == rounded(expected)
            compared += 1
    assert compared >= [language for language, _ in blocks].count("python") > 0


def test_the_commands_are_found():
    assert {"divlite reproduce", "divlite check"} < set(commands())


@pytest.mark.parametrize("command", commands())
def test_a_command_is_understood(command, capsys):
    """With --help at its end a command line is read, and not carried out."""
    words = shlex.split(command)[1:]
    assert cli.main([*words, "--help"]) == 0
    out = capsys.readouterr().out
    for option in (word for word in words if word.startswith("--")):
        assert option.split("=")[0] in out


OUTPUTS = (".csv", ".json", ".png", ".gif", ".html")
SHORT = ("fit", "explain", "microscope", "names")


@pytest.mark.parametrize("command", [c for c in commands() if c.split()[1] in SHORT and "WORD" not in c])
def test_a_short_command_runs(command, tmp_path, monkeypatch, capsys):
    """A fit for 20 of its 10,000 steps, which are drawn in as many frames."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    assert cli.main([*words, *(("--steps", "20") if words[0] == "fit" else ())]) == 0
    assert capsys.readouterr().out
    assert {file.name for file in tmp_path.iterdir()} >= {word for word in words if word.endswith(OUTPUTS)}


def test_reproduce_ends_as_it_is_quoted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["reproduce", "--no-figures"]) == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert all(f"`{last}`" in TEXTS[page] for page in READMES)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", TEXTS[page]))
    local = [link for link in links if "://" not in link]
    assert local or page != "README.md"
    for link in local:
        path, _, heading = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", FENCE.sub("", target.read_text()), re.MULTILINE)
            assert heading in map(anchor, headings), link


def test_the_test_command_is_marked():
    """.ci/run reads the line of the fence below this mark."""
    after = TEXTS["README.md"].split("<!-- test command -->\n")[1]
    language, code = FENCE.search(after).groups()
    assert after.startswith("```sh\n")
    assert language == "sh"
    assert len(code.splitlines()) == 1
    assert code.rstrip().endswith("pytest -n 2")
