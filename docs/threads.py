"""Make docs/threads.md anew: `python docs/threads.py`. It runs the code of the threads, and needs torch."""

import re
import sys
from collections import Counter
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "tests"))

import test_crosscheck_threads as tested  # noqa: E402

import divlite as dl  # noqa: E402

HEAD = """# What 46 public threads computed

People asked in public why their KL, or a loss like it, looks wrong. A few lines of each thread are in
[tests/torch_kl_threads.json](../tests/torch_kl_threads.json): the same formula and the same slip, with
other names and numbers. The table says what `dl.crosscheck` makes of them. It is told what the author of
the thread would say: which arguments are logits, and which loss is meant.
[The test](../tests/test_crosscheck_threads.py) compares each verdict and each name with what was found
out in the thread. It also tries the threads with nothing said.

These threads were known when the cross-check was written. So the table does not measure how it does on
others.
"""
TABLE = "| id | thread | verdict | what is named |\n|---|---|---|---|\n"


def reports() -> dict[int, dl.Report]:
    """The report on each thread by its id."""
    found: dict[int, dl.Report] = {}
    for number in tested.THREADS:
        fn, arguments, said = tested.asked(number)
        found[number] = dl.crosscheck(fn, *arguments, **said)
    return found


def totals(found: dict[int, dl.Report]) -> str:
    """How many threads got each verdict, the commonest first."""
    counts = Counter(report.verdict for report in found.values())
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())


def page(found: dict[int, dl.Report]) -> str:
    """The whole of docs/threads.md."""
    rows = "".join(
        f"| {number} | {_thread(tested.THREADS[number])} | {report.verdict} | {_named(report)} |\n"
        for number, report in found.items()
    )
    return f"{HEAD}\nThe verdicts: {totals(found)}.\n\n{TABLE}{rows}"


def _named(report: dl.Report) -> str:
    slips = dict.fromkeys(finding.slip for finding in report.findings)
    return ", ".join(slips) or "nothing: the code is right"


def _thread(thread: dict[str, str]) -> str:
    """Its place as a link, where there is one that can be told, and its title."""
    first = re.match(r"[^\s(]+", thread["thread"])
    assert first, "a thread has a place"
    place, rest = first[0], thread["thread"][first.end() :]
    github = re.fullmatch(r"([\w-]+/[\w.-]+[\w-])#(\d+)", place)
    address = f"github.com/{github[1]}/issues/{github[2]}" if github and "..." not in place else ""
    if "stackexchange" in place:
        address = place
    link = f"[{place}](https://{address})" if address else place
    title = thread["title"].replace("|", "\\|")
    return f"{link}{rest}: {title}"


if __name__ == "__main__":
    (DOCS / "threads.md").write_text(page(reports()), encoding="utf-8")
