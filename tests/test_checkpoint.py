"""Checkpoints: a sweep that was killed ends with the same bits, and no file is taken for another."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from test_fit_many import assert_same_bits

import divlite as dl
from conftest import P
from divlite.descent import key, sweep
from divlite.descent.checkpoint import Checkpoint

GRID = dl.Grid.linspace(-15, 15, 120)
STARTS = np.stack([np.linspace(-14, 14, 40), np.linspace(0.5, 6, 40)], axis=1)
PART = 31 * 120


def run(file=None, **changes):
    arguments = {"loss": dl.ReverseKL(), "p": P, "starts": STARTS, "grid": GRID}
    arguments |= {"optimizer": dl.adam(0.05), "steps": 30, "checkpoint": file, "threads": 1}
    return dl.fit_many(**(arguments | changes))


@pytest.fixture
def small_parts(monkeypatch):
    """A part is one fit, and each is written."""
    monkeypatch.setattr("divlite.descent.many.PART", PART)
    monkeypatch.setattr(sweep, "PAUSE", -1.0)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sweep.ckpt"


class StopError(Exception):
    pass


def stopped(file, after, **changes):
    """A sweep that is ended once so many fits are done; how many were done when it began."""
    heard = []

    def stop(done):
        heard.append(done)
        if done >= after:
            raise StopError

    with pytest.raises(StopError):
        run(file, progress=stop, **changes)
    return heard[0]


def assert_refused(file, words, **changes):
    """In one line that ends with what to do, and the file is left as it was."""
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(ValueError, match="^checkpoint: expected a file " + words) as caught:
        run(file, **changes)
    line = str(caught.value)
    assert "\n" not in line
    assert line.endswith("; try another name, or deleting the file")
    assert str(file) in line
    assert (file.read_bytes() if file.is_file() else None) == before


def test_it_goes_on_where_it_was(file, small_parts):
    right = run()
    assert stopped(file, 9) == 0
    assert stopped(file, 10) == 9
    assert stopped(file, 25, threads=2) >= 10
    heard = []
    assert_same_bits(run(file, progress=heard.append), right)
    assert heard[0] >= 25
    assert heard[-1] == 40


def test_the_parts_may_be_others(file, small_parts, monkeypatch):
    stopped(file, 9)
    monkeypatch.setattr("divlite.descent.many.PART", 7 * PART)
    assert_same_bits(run(file, threads=2), run())


def test_a_finished_one_is_read_and_nothing_is_computed(file, monkeypatch):
    right = run(file)
    content, written = file.read_bytes(), file.stat().st_mtime_ns
    monkeypatch.setattr("divlite.descent.many.Descents.run", None)
    assert_same_bits(run(file), right)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (content, written)


def test_a_landscape_is_kept_too(file):
    args = dl.MSE(), P, GRID, STARTS[:, 0], STARTS[:, 1]
    right, first = dl.landscape(*args), dl.landscape(*args, checkpoint=file)
    again = dl.landscape(*args, checkpoint=str(file))
    for land in (first, again):
        assert land.loss.tobytes() == right.loss.tobytes()
    assert_refused(file, "of this sweep, .* of one with another kind of sweep;")


DAMAGE = {
    "that a sweep of divlite wrote, got .*, an empty one": lambda content: b"",
    "that a sweep of divlite wrote, got .*, another one": lambda content: b"PNG" + content,
    "that is whole, got .*, which is cut short": lambda content: content[:-1],
    "that is whole, got .*, which is cut short;": lambda content: content[: len(content) // 2],
    "that is whole, got .*, which is cut short; ": lambda content: content[:16],
    "that is whole, got .*, which is damaged": lambda content: (
        content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    ),
    "that is whole, got .*, which is damaged:": lambda content: content + b"x",
    "of layout 1, got .*, of layout 2: another version of divlite wrote it": (
        lambda content: content.replace(b"divlite-sweep 1", b"divlite-sweep 2", 1)
    ),
}


@pytest.mark.parametrize("words", DAMAGE)
def test_a_damaged_file_is_said_and_left_alone(file, words):
    run(file)
    file.write_bytes(DAMAGE[words](file.read_bytes()))
    assert_refused(file, words)


def test_every_wrong_byte_is_seen(file):
    """In each of the parts of the file, at a hundred places."""
    run(file)
    content = file.read_bytes()
    for i in [*range(60), *np.linspace(60, len(content) - 1, 60, dtype=int).tolist()]:
        wrong = content[:i] + bytes([content[i] ^ 4]) + content[i + 1 :]
        file.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"^checkpoint: expected a file .*deleting the file$"):
            run(file)


class Mine(NamedTuple):
    """A loss of a caller's own; the numbers depend on its formulas, and on those that they call."""

    def value(self, p, log_p, q, log_q):
        return half(p - q) * (p - q)

    def d_log_q(self, p, log_p, q, log_q):
        return -q * (p - q)


def half(x):
    return 0.5 * x


OTHERS = {
    "loss": {"loss": dl.ForwardKL()},
    "p": {"p": dl.Normal(0, 3)},
    "grid": {"grid": dl.Grid.linspace(-15, 15, 120, "sum")},
    "family": {"family": dl.Laplace},
    "mu": {"starts": STARTS + np.array([1e-12, 0])},
    "sigma": {"starts": STARTS * np.array([1, 2])},
    "mu, sigma": {"starts": STARTS[:-1]},
    "optimizer": {"optimizer": dl.adam(0.05, eps=1e-7)},
    "steps": {"steps": 31},
    "coordinates": {"coordinates": dl.LogSigma()},
    "backend": {"backend": "numpy"},
}


@pytest.mark.parametrize("what", OTHERS)
def test_one_of_another_sweep_is_said_and_left_alone(file, what):
    run(file)
    assert_refused(file, rf"of this sweep, got .*, of one with another {what};", **OTHERS[what])


def test_the_parameters_of_a_loss_count(file):
    run(file, loss=dl.Smoothed(dl.MSE(), 1e-3))
    assert_refused(file, "of this sweep, got .*, of one with another loss;", loss=dl.Smoothed(dl.MSE(), 2e-3))


def test_the_formulas_of_a_loss_of_ones_own_count(file, monkeypatch):
    first = run(file, loss=Mine(), backend="numpy")
    assert_same_bits(run(file, loss=Mine(), backend="numpy"), first)
    code = half.__code__
    quarter = code.replace(co_consts=tuple(0.25 if c == 0.5 else c for c in code.co_consts))
    assert quarter != code
    monkeypatch.setattr(half, "__code__", quarter)
    assert_refused(file, "of this sweep, got .*, of one with another loss;", loss=Mine(), backend="numpy")


class Scaled(NamedTuple):
    """A loss whose numbers depend on an attribute of its class, on a base's method, and on a table."""

    def value(self, p, log_p, q, log_q):
        return self.scale * self._half(p - q) * TABLE[0]

    def d_log_q(self, p, log_p, q, log_q):
        return -2.0 * self.scale * q * 0.5 * (p - q) * TABLE[0]


class Base:
    def _half(self, d):
        return 0.5 * d * d


class OfAll(Scaled, Base):
    scale = 1.0


TABLE = np.array([1.0])


@pytest.mark.parametrize("what", ["attribute", "table", "method of a base"])
def test_what_the_class_of_a_loss_names_counts(file, monkeypatch, what):
    run(file, loss=OfAll(), backend="numpy")
    if what == "attribute":
        monkeypatch.setattr(OfAll, "scale", 2.0)
    elif what == "table":
        monkeypatch.setattr(f"{__name__}.TABLE", np.array([2.0]))
    else:
        monkeypatch.setattr(Base, "_half", lambda self, d: d * d)
    assert_refused(file, "of this sweep, got .*, of one with another loss;", loss=OfAll(), backend="numpy")


def test_the_versions_count(file, monkeypatch):
    run(file)
    monkeypatch.setattr(key, "_version", lambda name: "0.0")
    key._computer.cache_clear()
    try:
        assert_refused(file, "of this sweep, got .*, of one with another version of a library;")
    finally:
        key._computer.cache_clear()


def test_the_hash_of_a_value_is_the_same_in_another_process():
    values = (
        "dl.Smoothed(dl.MSE(), 1e-3), {'a', 'b', 'c'}, np.arange(3.0), dl.backends.resolve('torch'), None"
    )
    imports = "import numpy as np, divlite as dl; from divlite.descent.key import digest_of"
    code = f"{imports}; print(digest_of(({values})))"
    here: dict[str, str] = {}
    exec(code.replace("print(", "here['digest'] = ("), {"here": here})
    other = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "2"},  # another order of the set
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == here["digest"]


def test_values_that_differ_have_other_hashes():
    values = [0.0, -0.0, 0, False, "0", b"0", None, (), (0.0,), ((0.0,),), [0.0], {0.0: 1}, {0.0}, "", 1, 1.0]
    values += [np.zeros(2), np.zeros((2, 1)), np.zeros(2, np.float32), np.zeros(3), np.float32(0)]
    values += [dl.MSE(), dl.ForwardKL(), dl.adam(), dl.adam(1e-2), dl.Normal(0, 1), dl.Cauchy(0, 1)]
    values += [dl.backends.resolve("numpy"), SimpleNamespace(a=1), SimpleNamespace(a=2), half, Mine()]
    digests = [key.digest_of(value) for value in values]
    assert len(set(digests)) == len(values)


def test_what_a_killed_process_left_is_removed(file):
    old, new, other = (
        file.with_name(name)
        for name in (".sweep.0a1b2c3d.part.ckpt", ".sweep.0a1b2c3e.part.ckpt", ".other.0a1b2c3d.part.ckpt")
    )
    for left in (old, new, other):
        left.write_bytes(b"half of it")
    for left in (old, other):
        os.utime(left, (time.time() - 100.0,) * 2)
    run(file)
    assert sorted(file.parent.iterdir()) == sorted([new, other, file])


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr("divlite.descent.many.Descents.run", None)
    missing = tmp_path / "missing" / "sweep.ckpt"
    words = f"checkpoint: expected a file that can be written, got {missing}: No such file or directory"
    with pytest.raises(ValueError, match="^" + re.escape(words) + "$"):
        run(missing)
    with pytest.raises(
        ValueError, match=r"^checkpoint: expected a file, got .*, which is no regular file; try"
    ):
        run(tmp_path)
    with pytest.raises(ValueError, match=r"^checkpoint: expected a file, got /dev/null, which is no regular"):
        run("/dev/null")
    for name in (b"\0", "\0"):
        with pytest.raises(ValueError, match=r"^checkpoint: expected the path of a file, got b?.*0"):
            run(name)


def test_a_disk_that_is_full_leaves_the_last_file(file, small_parts, monkeypatch):
    stopped(file, 9)
    before = file.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        run(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
    monkeypatch.undo()
    assert_same_bits(run(file), run())


def test_it_is_written_about_once_a_second(file, small_parts, monkeypatch):
    """At the door, at the end, and in between no more often than that."""
    monkeypatch.setattr(sweep, "PAUSE", 1.0)
    saved, clock, save = [], [0.0], Checkpoint.save
    monkeypatch.setattr(sweep.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(Checkpoint, "save", lambda self, arrays: saved.append(clock[0]) or save(self, arrays))

    def tick(done):
        clock[0] += 0.3

    run(file, progress=tick)
    assert saved[:3] == pytest.approx([0.0, 1.2, 2.4])
    assert len(saved) == 2 + 10


KILLED = """
many.PART, sweep.PAUSE = 40_000, {pause}
{more}
starts = np.stack([np.linspace(-14, 14, 2_000), np.linspace(0.5, 6, 2_000)], axis=1)
p = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1)))
import warnings; warnings.simplefilter("ignore")
told = lambda done: print(done, flush=True)
grid, optimizer = dl.Grid.linspace(-15, 15, 120), dl.adam(0.05)
fits = dl.fit_many(dl.ReverseKL(), p, starts, grid, optimizer=optimizer, steps=300, threads=2,
                   checkpoint={file!r}, progress=told)
print("end", hashlib.sha256(b"".join(a.tobytes() for a in fits[:7])).hexdigest(), flush=True)
"""


# Imports and loads the kernel once; each line that it reads names a code and where that prints its lines,
# and is a process of its own, a fork. The first of the lines is its number.
FORKS = """
import hashlib, json, os, signal, sys, numpy as np, divlite as dl
from divlite.descent import many, sweep
p, grid = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), dl.Grid.linspace(-15, 15, 120)
dl.fit_many(dl.ReverseKL(), p, [(0.0, 1.0)], grid, optimizer=dl.adam(0.05), steps=1, threads=1)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code, pipe = json.loads(line)
        sys.stdout = open(pipe, "w")
        print(os.getpid(), flush=True)
        exec(code, dict(globals()))
        sys.stdout.flush()
        os._exit(0)
"""


@pytest.fixture(scope="module")
def forks():
    """A process that starts others, which have no library to import."""
    command = [sys.executable, "-W", "ignore", "-c", FORKS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, bufsize=1) as process:
        yield process.stdin


# The process kills itself in its fourth write, with so many blocks of the file written.
WHILE_IT_WRITES = """
import io, pathlib
class Dying(io.BufferedWriter):
    opened = 0
    def writelines(self, blocks):
        for block in list(blocks)[: {blocks} if Dying.opened == 4 else None]:
            self.write(block)
        if Dying.opened == 4:
            self.flush()
            os.kill(os.getpid(), signal.SIGKILL)
real = pathlib.Path.open
def opened(self, mode="r", *args, **others):
    if mode != "wb":
        return real(self, mode, *args, **others)
    Dying.opened += 1
    return Dying(io.FileIO(self, mode))
pathlib.Path.open = opened
"""


def swept(forks, file, pause, kill_after=None, more=""):
    """(numbers of fits done, hash of the results or None) of the sweep, killed soon after its first line."""
    pipe = file.with_name("lines")
    os.mkfifo(pipe)
    code = KILLED.format(pause=pause, more=more, file=str(file))
    forks.write(json.dumps([code, str(pipe)]) + "\n")
    with pipe.open() as stream:
        number, lines = int(stream.readline()), [stream.readline()]
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        lines += stream.read().splitlines()
    pipe.unlink()
    done = [int(line) for line in lines if line.strip().isdigit()]
    ends = [line.split()[1] for line in lines if line.startswith("end ")]
    return done, ends[0] if ends else None


@pytest.fixture(scope="module")
def whole(forks, tmp_path_factory):
    """The hash of the results of the sweep that nothing killed."""
    return swept(forks, tmp_path_factory.mktemp("whole") / "whole.ckpt", 1.0)[1]


@pytest.mark.parametrize("blocks", [0, 1, 5])
def test_killed_while_it_writes_it_ends_with_the_same_bits(tmp_path, forks, whole, blocks):
    file = tmp_path / "sweep.ckpt"
    (begun, *_), ended = swept(forks, file, -1.0, more=WHILE_IT_WRITES.format(blocks=blocks))
    assert (begun, ended) == (0, None)
    (begun, *_), ended = swept(forks, file, 1.0)
    assert 0 < begun < 2_000
    assert ended == whole


@pytest.mark.parametrize("pause", [0.05, -1.0])
def test_killed_at_ten_moments_it_ends_with_the_same_bits(tmp_path, forks, whole, pause):
    """Twenty moments in all; without a pause it is killed while it writes, as often as not."""
    rng, file = np.random.default_rng(int(pause * 100) % 97), tmp_path / "sweep.ckpt"
    kills, last, most = 0, 0, 0
    while kills < 10:
        done, ended = swept(forks, file, pause, rng.uniform(0.0, 0.15))
        assert done[0] >= last  # nothing that was kept is lost
        last = done[0]
        most = max(most, last)
        kills += ended is None
        if ended is not None:
            assert ended == whole
            file.unlink()
            last = 0
    done, ended = swept(forks, file, pause)
    assert ended == whole
    assert done[-1] == 2_000
    assert most > 0  # something was kept, and gone on from
