"""docs/threads.md is what docs/threads.py makes of the threads, and README has its totals."""

import importlib.util
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent


@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch, about "mean"
def test_the_page_of_the_threads():
    spec = importlib.util.spec_from_file_location("docs_threads", ROOT / "docs" / "threads.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found = script.reports()
    assert len(found) == 46
    assert script.page(found) == (ROOT / "docs" / "threads.md").read_text()
    assert " ".join(script.totals(found).split()) in " ".join((ROOT / "README.md").read_text().split())
