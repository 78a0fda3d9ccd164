"""The disk cache: what damages it, and what it is keyed on."""

import shutil

import numba
import numba.core.caching
import pytest
from test_backends import copied

import divlite as dl
from conftest import GRID, P
from divlite.views import Density
from divlite_numba import kernels, many, solver
from divlite_numba.cache import SealedFile


def evaluated():
    """What is compiled is forgotten, and a value asked for: the value, and whether it came from the disk."""
    kernels._kernels_of.cache_clear()
    value, gradient = dl.value_and_grad(dl.MSE(), P, dl.Normal(1, 2), GRID)
    evaluate, *_ = kernels.kernels_of((dl.MSE, Density, dl.Normal))
    return (value, *gradient), sum(evaluate.stats.cache_hits.values())


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder that was empty before a value was asked for, and the value."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba.config, "CACHE_DIR", str(folder))
        first, hits = evaluated()
    assert hits == 0
    return folder, first


@pytest.fixture
def first(kept, tmp_path, monkeypatch):
    """The value, with a copy of what was kept on the disk."""
    folder, value = kept
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    yield value
    kernels._kernels_of.cache_clear()


def flipped(content: bytes) -> bytes:
    """One bit in the middle: of machine code, in a file of that."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 64]) + content[middle + 1 :]


DAMAGE = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "a byte short": lambda content: content[:-1],
    "garbage": lambda content: bytes(range(256)) * (len(content) // 256 + 1),
    "zeros": lambda content: bytes(len(content)),
    "flipped": flipped,
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_a_damaged_file_is_compiled_anew_and_replaced(first, tmp_path, suffix, damage):
    assert evaluated() == (first, 1)
    files = list(tmp_path.rglob(f"*{suffix}"))
    assert files
    for file in files:
        file.write_bytes(DAMAGE[damage](file.read_bytes()))
    assert evaluated() == (first, 0)  # compiled anew
    assert evaluated() == (first, 1)


def test_two_functions_that_were_kept_at_once_are_not_taken_for_each_other(tmp_path):
    """Two processes that compile at once may take one file name, and the file of only one of them stays."""

    def cached():
        return SealedFile(str(tmp_path), "f", "stamp")

    one, other = cached(), cached()
    found = other._load_index()
    one.save("forward-kl", "the code of forward-kl")
    other._load_index = lambda: found  # read before the first one wrote
    one_index = (tmp_path / "f.nbi").read_bytes()
    other.save("mse", "the code of mse")
    assert cached().load("mse") == "the code of mse"
    (tmp_path / "f.nbi").write_bytes(one_index)  # as if the first one had written the index last
    assert cached().load("forward-kl") is None
    cached().save("forward-kl", "the code of forward-kl")
    assert cached().load("forward-kl") == "the code of forward-kl"


def test_a_full_disk_is_no_error(first, tmp_path, monkeypatch):
    """What cannot be written is not kept; the value is the same."""

    def no_space(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(numba.core.caching.IndexDataCacheFile, "_open_for_write", no_space)
    for file in tmp_path.rglob("*.nb?"):
        file.unlink()
    assert evaluated() == (first, 0)
    assert not list(tmp_path.rglob("*.nb?"))


REFUSING = """
import numba.core.dispatcher
def refuse(*_):
    print(dl.__file__, 0)
    raise SystemExit
numba.core.dispatcher._FunctionCompiler.compile = refuse
"""
SOURCES = ["divlite/chain.py", "divlite/families/normal.py", "divlite/losses/mse.py"]


def test_every_source_of_a_kernel_is_in_its_stamp(tmp_path):
    """An edit that changes nothing but the file: the old kernel must not be found. None is compiled then."""
    with copied(tmp_path) as run:
        *first, _ = run()
        for source in (tmp_path / name for name in SOURCES):
            text = source.read_text()
            source.write_text(text + "\n# edited\n")
            assert run(REFUSING) == (0,)
            source.write_text(text)
        assert run(REFUSING) == (*first, 1)


def test_an_entry_closes_over_its_stamp_alone():
    """It is part of its key. A compiled function, made anew in each process, would fit none on the disk."""
    made = kernels.beginning, many.entries, solver.entries
    for entry in (*kernels._kernels("stamp", False), *(make("stamp", False) for make in made)):
        assert [cell.cell_contents for cell in entry.py_func.__closure__] == ["stamp"], entry
