"""Files: written whole or not at all, never over an input; and what a person's file may look like."""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import divlite as dl
from divlite.articles.report import Report
from divlite.cli import main
from divlite.commands import outputs, reproduce

OUTPUTS = (
    ("--csv", "f.csv"),
    ("--json", "f.json"),
    ("--plot", "f.pdf"),
    ("--plot", "f.png"),
    ("--gif", "f.gif"),
)
FIT = ("fit", "mse", "--steps", "20")
NUMPY = ("--backend", "numpy")  # in processes: nothing to compile, and no Numba to import


def run(capsys, *argv):
    """(exit code, stdout, stderr)."""
    return main(argv), *capsys.readouterr()


def assert_refused(capsys, argv, words):
    code, out, err = run(capsys, *map(str, argv))
    assert (code, out) == (2, ""), "refused before the work, and before a line is printed"
    assert err.count("\n") == 1
    assert words in err


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(code):
    """A process that runs the code."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_killed_before_the_end_the_old_file_is_whole(folder):
    """The process is killed where all is written but nothing has been replaced."""
    Path("f.csv").write_bytes(b"the old one")
    kill = "import os, signal, pathlib\n"
    kill += "def killed(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
    kill += "pathlib.Path.replace = os.replace = killed\n"
    kill += f"from divlite.cli import main\nmain({[*FIT, *NUMPY, '-q', '--csv', 'f.csv']!r})\n"
    done = python(kill)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert Path("f.csv").read_bytes() == b"the old one"


# Each output's writer, and how its file begins.
FIRST = {
    "f.csv": b"step,loss",
    "f.json": b"{",
    "f.pdf": b"%PDF",
    "f.PNG": b"\x89PNG",  # the temporary name has the suffix, in capital letters too
    "f.svg": b"<?xml",
    "f.gif": b"GIF89a",
    "f.txt": b"1. The definition",
}
WRITERS = [
    (*FIT, "--csv", "f.csv", "--json", "f.json", "--plot", "f.pdf", "--gif", "f.gif"),
    (*FIT, "--plot", "f.PNG"),
    ("explain", "mse", "--part", "1", "--out", "f.txt"),
    ("explain", "mse", "--plot", "f.svg", "--gif", "f.gif"),
]


@pytest.mark.filterwarnings("error::divlite.FitWarning")
@pytest.mark.parametrize("argv", WRITERS, ids=" ".join)
def test_an_old_file_is_whole_until_the_new_one_is(capfd, folder, monkeypatch, argv):
    """What a process that is killed there would leave: all is written, but nothing has been replaced.

    And no writer says a word. The fit of `explain` has the articles' masses, 2 and 1, of which its page
    speaks.
    """
    names = [word for word in argv if word in FIRST]
    for name in names:
        Path(name).write_bytes(b"the old one")
    replace, replaced = Path.replace, []

    def replacing(new, old):
        if old.name in names:  # and no name that one writer gave another
            replaced.append((old.name, old.read_bytes(), new.read_bytes().startswith(FIRST[old.name])))
        return replace(new, old)

    monkeypatch.setattr(Path, "replace", replacing)
    monkeypatch.setattr("divlite.commands.explain.STEPS", 10)
    assert main([*argv, "-q"]) == 0
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", argv[0] == "fit"), "the warning of the masses alone"
    assert replaced == [(name, b"the old one", True) for name in names]
    assert sorted(os.listdir()) == sorted(names)
    for name in names:
        assert Path(name).read_bytes().startswith(FIRST[name])
        if name == "f.gif":
            with Image.open(name) as image:
                assert image.n_frames == (21 if argv[0] == "fit" else 11)


def test_an_interrupt_before_the_end_leaves_the_old_drawing(folder, monkeypatch):
    name = "forward.png"
    Path(name).write_bytes(b"the old one")
    drawn = []

    def draw(file, lang):
        file.write_bytes(b"the new one")
        drawn.append(file)

    def interrupt(new, old):
        assert (new.read_bytes(), old.name) == (b"the new one", name)
        raise KeyboardInterrupt

    def reproduced(article, *_):
        return Report(article, (), {name: draw})

    monkeypatch.setattr(reproduce, "reproduce", reproduced)
    monkeypatch.setattr(Path, "replace", interrupt)
    assert main(["reproduce", "forward-vs-reverse-kl", "-q", "--out", "."]) == 130
    assert len(drawn) == 1
    assert os.listdir() == [name]
    assert Path(name).read_bytes() == b"the old one"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_file_is_written_takes_the_part_away(folder, number):
    Path("f.csv").write_bytes(b"the old one")
    stop = "import os, signal, sys\nsys.argv = ['divlite', 'fit', 'mse', '-q', '--csv', 'f.csv']\n"
    if number == signal.SIGHUP:  # which nohup ignores, and so does all that is started from there
        stop += "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    stop += "sys.argv += ['--steps', '20', '--backend', 'numpy']\n"
    stop += "import divlite.commands.fit as fit\nfrom divlite.cli import main\n"
    stop += (
        f"def pieces(path):\n    yield b'part'\n    os.kill(os.getpid(), {int(number)})\n    yield b'rest'\n"
    )
    stop += "fit.csv_pieces = pieces\nmain()\n"
    done = python(stop)
    assert done.returncode == 128 + number
    assert "Traceback" not in done.stderr
    assert os.listdir() == ["f.csv"]
    assert Path("f.csv").read_bytes() == b"the old one"


@contextmanager
def largest_file(size):
    """Inside, no file can grow beyond so many bytes: the system refuses it as it refuses what a disk has no
    room for."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("option", "name"), OUTPUTS)
def test_a_full_disk_is_one_line(capsys, folder, option, name):
    """A limit of 1 KiB on every file: 20 steps and a figure are larger."""
    Path(name).write_bytes(b"the old one")
    with largest_file(1024):
        code, _, err = run(capsys, *FIT, *NUMPY, "-q", option, name)
    assert code == 2
    assert err.splitlines()[-1] == f"divlite: error: {option}: {name}: File too large"
    assert "Traceback" not in err
    assert os.listdir() == [name]
    assert Path(name).read_bytes() == b"the old one"


def test_a_device_is_written_to_and_not_replaced(folder):
    """/dev/full, whatever the suffix; and a pipe."""
    Path("full.csv").symlink_to("/dev/full")
    done = subprocess.run(
        [sys.executable, "-m", "divlite", *FIT, *NUMPY, "-q", "--csv", "full.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--csv: full.csv: No space left on device" in done.stderr
    assert Path("/dev/full").is_char_device()
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert main([*FIT, "-q", "--csv", "pipe"]) == 0
    assert len(reader.communicate()[0].splitlines()) == 22
    assert Path("pipe").is_fifo()


def test_a_signal_leaves_a_device_where_it_is(folder):
    """A figure is on its way into a pipe: what is begun is the pipe itself, and not a file beside it."""
    os.mkfifo("pipe.gif")
    stop = "import os, sys\nsys.argv = ['divlite']\n"
    stop += "from pathlib import Path\nfrom divlite.commands import outputs\n"
    stop += "with outputs.writing('--gif', Path('pipe.gif')):\n    os.kill(os.getpid(), 15)\n"
    assert subprocess.run([sys.executable, "-c", stop], check=False).returncode == 128 + signal.SIGTERM
    assert Path("pipe.gif").is_fifo()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/../dev/stdout"])
def test_the_standard_output_is_a_file_too(folder, name):
    """Only the CSV goes there, and what was in the file before stays."""
    command = f"(echo before; {sys.executable} -m divlite {' '.join((*FIT, *NUMPY))} --csv {name}) > out.txt"
    assert subprocess.run(command, shell=True, stderr=subprocess.DEVNULL, check=False).returncode == 0
    lines = Path("out.txt").read_text().splitlines()
    assert lines[:2] == ["before", "step,loss,mu,sigma"]
    assert len(lines) == 2 + 21


@pytest.mark.parametrize("other", ["d.csv", "./d.csv", "link.csv", "hard.csv", "sub/../d.csv"])
def test_an_output_never_overwrites_an_input(capsys, folder, other):
    Path("sub").mkdir()
    Path("d.csv").write_text("0,1\n1,1\n")
    Path("link.csv").symlink_to("d.csv")
    Path("hard.csv").hardlink_to("d.csv")
    for option in ("--target-file", "--samples"):
        assert_refused(
            capsys, (*FIT, option, "d.csv", "--csv", other), f"{Path(other)}, the file of {option}"
        )
    assert Path("d.csv").read_text() == "0,1\n1,1\n"


@pytest.mark.parametrize("other", ["new.csv", "./new.csv", "NEW.CSV", "link", "sub/../new.csv"])
def test_two_outputs_are_two_files(capsys, folder, other):
    """Also where neither is there yet, and where letters of both sizes may be the same."""
    Path("sub").mkdir()
    Path("link").symlink_to("new.csv")
    assert_refused(capsys, (*FIT, "--csv", "new.csv", "--json", other), "--json: expected a file of its own")
    assert run(capsys, *FIT, "-q", "--csv", "/dev/null", "--json", "/dev/null")[0] == 0
    assert not outputs.same(Path("a/x"), Path("b/x"))


def test_files_that_are_two_are_not_taken_for_one(capsys, folder):
    Path("A").write_text("")
    Path("a").write_text("")
    if len(os.listdir()) == 2:  # not on a file system where they are one
        assert not outputs.same(Path("A"), Path("a"))
    assert outputs.same(Path("A"), Path("./A"))


def test_the_shell_must_not_have_emptied_the_output(folder):
    done = subprocess.run(
        f"{sys.executable} -m divlite {' '.join((*FIT, *NUMPY))} --csv f.csv > f.csv",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--csv: expected a file of its own, got f.csv, to which the standard output goes" in done.stderr


def test_a_link_is_followed_and_rights_are_kept(capsys, folder):
    Path("real.csv").write_text("old")
    Path("real.csv").chmod(0o640)
    Path("link.csv").symlink_to("real.csv")
    assert run(capsys, *FIT, "-q", "--csv", "link.csv")[0] == 0
    assert Path("link.csv").is_symlink()
    assert Path("real.csv").read_text().startswith("step,loss")
    assert Path("real.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/f.csv", "expected a file in an existing folder"),
        (".", "expected a file, and not a folder"),
        ("a" * 300 + ".csv", "File name too long"),
        ("loop.csv", "symbolic links"),
        ("f.csv/g.csv", "expected a file in an existing folder"),
    ],
)
def test_a_file_that_cannot_be_is_refused_at_the_door(capsys, folder, name, words):
    Path("loop.csv").symlink_to("loop.csv")
    Path("f.csv").write_text("")
    for argv in ((*FIT, "--csv", name), ("explain", "mse", "--out", name)):
        assert_refused(capsys, argv, words)


def test_what_may_not_be_written_is_refused_at_the_door(capsys, folder, monkeypatch):
    """Root may write anywhere: the answers of the system are put in its mouth."""
    Path("f.csv").write_text("")
    monkeypatch.setattr(outputs.os, "access", lambda file, mode: False)
    assert_refused(
        capsys, (*FIT, "--csv", "f.csv"), "expected a file that may be written, got f.csv, which is read-only"
    )

    def refused(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    words = "expected a folder that can be written"
    assert_refused(capsys, (*FIT, "--csv", "new.csv"), f"--csv: {words}, got {folder}: Permission denied")
    assert_refused(capsys, ("reproduce", "--out", "new/folder"), f"--out: {words}")


@pytest.mark.parametrize("out", ["f.txt", "f.txt/sub", "/dev/null"])
def test_the_folder_of_the_drawings_is_refused_at_the_door(capsys, folder, out):
    Path("f.txt").write_text("")
    assert_refused(capsys, ("reproduce", "--out", out), "--out: expected a folder, or the name of a new one")


def test_a_name_that_is_no_text(folder):
    """A byte that is no UTF-8: written under that name, and shown as an escape."""
    if sys.platform == "darwin":
        pytest.skip("this system has no such names")
    files = {option: b"\xff" + os.fsencode(name[1:]) for option, name in OUTPUTS}
    command = [sys.executable, "-m", "divlite", *FIT, *NUMPY]
    command += [word for pair in files.items() for word in pair]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()[-len(files) :]
    assert sorted(said) == sorted(b"wrote \\udcff" + file[1:] for file in files.values())
    assert sorted(os.listdir(b".")) == sorted(files.values())


def test_a_fit_is_made_again_from_its_json(capsys, folder):
    options = ["--target", "-1,2 3,0.5", "--weights", "2,1", "--grid", "-9,9,101", "--reduction", "sum"]
    options += ["--start", "0.1,1.7", "--steps", "1e2", "--lr", "0.03", "--smoothing", "1e-3"]
    options += ["--coordinates", "log-sigma"]
    more = ["--optimizer", "adam", "--betas", "0.8,0.99", "--epsilon-hat", "--backend", "numpy"]
    assert run(capsys, "fit", "forward-kl", *options, *more, "--json", "a.json", "-q")[0] == 0
    assert run(capsys, "fit", "--from-json", "a.json", "--json", "b.json", "--csv", "b.csv", "-q")[0] == 0
    a, b = (json.loads(Path(name).read_text()) for name in ("a.json", "b.json"))
    assert a == b
    assert a["divlite"] == dl.__version__
    assert a["settings"]["optimizer"] == {
        **{"name": "adam", "lr": 0.03, "beta1": 0.8, "beta2": 0.99, "eps": 1e-8},
        "epsilon_hat": True,
    }
    assert run(capsys, "fit", "--from-json", "a.json", "--steps", "50", "--json", "c.json", "-q")[0] == 0
    c = json.loads(Path("c.json").read_text())
    assert c["path"]["mu"] == a["path"]["mu"][:51]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (("--family=student-t", "--nu=3"), ("--family=normal",)),
        (("--betas=0.8,0.99", "--eps=1e-4", "--epsilon-hat"), ("--optimizer=sgd",)),
        (("--optimizer=sgd", "--momentum=0.5"), ("--optimizer=adam",)),
        (("--coordinates=variance", "--scale=3"), ("--coordinates=sigma",)),
        (("--target=0,1 3,1", "--weights=1,2", "--grid=-9,9,101"), ("--target-file=p.csv",)),
        (("--samples=p.npy", "--estimate=histogram"), ("--target-file=p.csv",)),
    ],
    ids=str,
)
def test_what_another_choice_has_no_use_for_is_not_taken_from_a_json(capsys, folder, was, now):
    """As if it had not been given there; but what is given beside that choice is refused."""
    np.save("p.npy", np.linspace(-1, 2, 30)[:, None])
    Path("p.csv").write_text("".join(f"{x},{np.exp(-(x**2))}\n" for x in np.linspace(-4, 4, 81)))
    common = ("--steps=5", "--start=0,1", "--backend=numpy", "-q")
    assert run(capsys, "fit", "mse", *was, *common, "--json=a.json")[0] == 0
    assert run(capsys, "fit", "--from-json=a.json", *now, "--json=b.json", "-q")[0] == 0
    assert run(capsys, "fit", "mse", *now, *common, "--json=c.json")[0] == 0
    assert Path("b.json").read_text() == Path("c.json").read_text()
    name, _, _ = was[1].partition("=")
    assert_refused(capsys, ("fit", "--from-json=a.json", *now, was[1]), f"{name}: expected only with")


def test_json_is_enough_for_the_library(capsys, folder):
    """The points alone, without the files and options that they were made from, give the same fit."""
    np.savetxt("s.txt", np.random.default_rng(3).normal(2, 1.5, 200))
    argv = (
        "fit",
        "reverse-kl",
        "--samples",
        "s.txt",
        "--steps",
        "30",
        "--lr",
        "0.1",
        "--json",
        "f.json",
        "-q",
    )
    assert run(capsys, *argv)[0] == 0
    told = json.loads(Path("f.json").read_text())
    points = told["points"]
    fit = dl.fit(
        dl.ReverseKL(),
        dl.Tabulated(np.array(points["log_p"])),
        dl.Normal(**told["settings"]["start"]),
        dl.Grid(np.array(points["x"]), np.array(points["w"])),
        optimizer=dl.adam(told["settings"]["optimizer"]["lr"]),
        steps=told["settings"]["steps"],
    )
    assert told["path"]["mu"] == fit.mu.tolist()
    assert (told["mu"], told["sigma"]) == fit.q
    assert told["gradient"] == {"mu": fit.gradient.mu, "sigma": fit.gradient.sigma}
    assert (told["p_mass"], told["q_mass"], told["converged"]) == (fit.p_mass, fit.q_mass, fit.converged)
    assert told["notes"] == list(fit.notes)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"command": 3}', '{"command": "divlite fit mse \\""}', "\xff", None]
)
def test_json_of_another_kind_gets_one_line(capsys, folder, content):
    if content is not None:
        Path("f.json").write_text(content, encoding="latin-1")
    assert_refused(
        capsys, ("fit", "--from-json", "f.json"), "expected a file that divlite fit --json wrote, got f.json"
    )


def test_json_cannot_make_a_fit_write_files(capsys, folder):
    Path("f.json").write_text('{"command": "divlite fit mse --csv=stolen.csv"}')
    assert_refused(capsys, ("fit", "--from-json", "f.json"), "--csv=stolen.csv")
    assert os.listdir() == ["f.json"]


X = np.linspace(-4, 6, 300)
DENSITY = dl.Normal(1.5, 0.8).prob(X)
TO_FILE = ("fit", "forward-kl", "--reduction", "integral", "--lr", "0.05", "--steps", "2000", "-q")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "   ", ", ", " ; "])
@pytest.mark.parametrize("head", ["", "x{}density\n", "# a comment\n\nx{}density\n"])
def test_columns_however_they_are_separated(capsys, folder, delimiter, head):
    rows = [f"{x!r}{delimiter}{p!r}\n" for x, p in zip(X.tolist(), DENSITY.tolist(), strict=True)]
    Path("d.txt").write_text(head.format(delimiter) + "".join(rows))
    code, _, err = run(capsys, *TO_FILE, "--target-file", "d.txt", "--json", "f.json")
    assert (code, err) == (0, "")
    told = json.loads(Path("f.json").read_text())
    assert (told["mu"], told["sigma"]) == pytest.approx((1.5, 0.8), rel=1e-5)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_number(capsys, folder, encoding):
    rows = [f"{x!r},{p!r}\r\n" for x, p in zip(X.tolist(), DENSITY.tolist(), strict=True)]
    Path("d.csv").write_text("".join(rows), encoding=encoding)
    assert run(capsys, *TO_FILE, "--target-file", "d.csv", "--json", "f.json")[0] == 0
    told = json.loads(Path("f.json").read_text())
    assert told["points"]["x"] == X.tolist(), "no row was taken for a header"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0;0,1\n1;0,2\n", "line 1 is '0;0,1', with a decimal comma; write a decimal point"),
        ("0,5 1,5\n1,5 2,5\n", "line 1 is '0,5 1,5', with a decimal comma"),
        ("0,1\n1,1,1\n2,1\n", "line 2 is '1,1,1'"),
        ("x,y\na,b\n", "line 2 is 'a,b'"),
        ("x,y\n", "no numbers in it"),
        ("", "no numbers in it"),
        ("0,1\n1,x\n", "line 2 is '1,x'"),
        ("0,1\n\n# no\n1,1\n2\n", "line 5 is '2'"),
        ("1,1\n0,1\n", "--target-file, x: expected strictly increasing points"),
        ("0,-1\n1,1\n", "--target-file, density: expected finite densities >= 0, got p[0] = -1"),
    ],
)
def test_a_line_that_is_wrong_is_named(capsys, folder, content, words):
    Path("d.csv").write_text(content)
    assert_refused(capsys, (*FIT, "--target-file", "d.csv"), words)


def test_text_in_another_encoding_gets_one_line(capsys, folder):
    Path("d.csv").write_text("0,1\n1,1\n", encoding="utf-16")
    assert_refused(capsys, (*FIT, "--target-file", "d.csv"), "d.csv: this is not text in UTF-8")


@pytest.mark.parametrize("option", ["--target-file", "--samples"])
def test_a_folder_is_no_file_to_read(capsys, folder, option):
    for suffix in ("", ".npy"):
        Path(f"sub{suffix}").mkdir()
        assert_refused(
            capsys, (*FIT, option, f"sub{suffix}"), f"{option}: expected a file, and not a folder, got sub"
        )


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("harm",)


@pytest.mark.parametrize("option", ["--target-file", "--samples"])
def test_a_pickle_is_never_run(capsys, folder, option):
    np.save("d.npy", np.array([[Harmful(), 1]], dtype=object), allow_pickle=True)
    assert_refused(capsys, (*FIT, option, "d.npy"), "allow_pickle=False")
    assert os.listdir() == ["d.npy"]


@pytest.mark.parametrize("reduction", ["mean", "sum", "integral"])
def test_the_reduction_holds_for_a_target_file(capsys, folder, reduction):
    """Points that are not evenly spaced: the three differ in more than a factor."""
    x = np.sort(np.random.default_rng(1).uniform(-4, 6, 100))
    np.save("d.npy", np.stack([x, dl.Normal(1.5, 0.8).prob(x)], axis=1))
    argv = (*FIT, "--target-file", "d.npy", "--reduction", reduction, "--json", "f.json", "-q")
    assert run(capsys, *argv)[0] == 0
    told = json.loads(Path("f.json").read_text())
    assert told["points"]["w"] == dl.Grid.from_points(x, reduction).w.tolist()


@pytest.mark.parametrize("name", ["s.txt", "s.csv", "s.npy"])
@pytest.mark.parametrize("method", ["kernel", "histogram"])
def test_samples(capsys, folder, name, method):
    samples = np.random.default_rng(2).normal(3, 2, 500)
    if name == "s.npy":
        np.save(name, samples)
    else:
        Path(name).write_text("height\n" * (name == "s.csv") + "\n".join(map(repr, samples.tolist())))
    argv = (
        "fit",
        "forward-kl",
        "--samples",
        name,
        "--estimate",
        method,
        "--bandwidth",
        "0.7",
        "--steps",
        "5",
    )
    code, out, _ = run(capsys, *argv, "--json", "f.json")
    assert code == 0
    assert f"{method} estimate of 500 samples in {name}" in " ".join(out.split())
    points = json.loads(Path("f.json").read_text())["points"]
    x = np.array(points["x"])
    low, high = samples.min(), samples.max()
    margin = (high - low) / 4
    assert (x[0], x[-1], x.size) == pytest.approx((low - margin, high + margin, 1000))
    expected = dl.Tabulated.from_samples(samples, x, 0.7, method).log_p
    assert [-np.inf if p is None else p for p in points["log_p"]] == list(expected)


@pytest.mark.parametrize("option", ["--samples", "--target-file"])
def test_a_fit_to_a_file_begins_at_the_moments_of_p(capsys, folder, option):
    """From (0, 1) it would never reach data around 170."""
    if option == "--samples":
        np.savetxt("d.csv", np.random.default_rng(3).normal(170, 7, 500))
    else:
        x = np.linspace(100, 240, 281)
        np.savetxt("d.csv", np.stack([x, dl.Normal(170, 7).prob(x)], axis=1))
    argv = ("fit", "forward-kl", option, "d.csv", "--steps", "100")
    code, _, err = run(capsys, *argv, "--json", "f.json")
    assert (code, err) == (0, "")
    told = json.loads(Path("f.json").read_text())
    assert told["settings"]["start"] == pytest.approx({"mu": 170, "sigma": 7}, rel=0.05)
    assert [told["mu"], told["sigma"]] == pytest.approx(list(told["settings"]["start"].values()), rel=1e-2)
    assert run(capsys, "fit", "--from-json", "f.json", "--json", "g.json")[0] == 0
    assert Path("g.json").read_text() == Path("f.json").read_text()
    assert "from Normal(3, 2) down" in run(capsys, *argv, "--start", "3,2")[1]


@pytest.mark.parametrize("density", ["0", "1"])
def test_a_table_without_moments_starts_where_every_fit_does(capsys, folder, density):
    Path("d.csv").write_text(f"-1 0\n0 {density}\n1 0\n")
    code, out, _ = run(capsys, "fit", "mse", "--target-file", "d.csv", "--steps", "0")
    assert code == 0
    assert "from Normal(0, 1) down" in " ".join(out.split())


def test_samples_on_a_grid_of_ones_own(capsys, folder):
    Path("s.txt").write_text("1\n2\n4\n")
    code, out, _ = run(capsys, "fit", "mse", "--samples", "s.txt", "--grid=-5,8,53", "--steps", "0")
    assert code == 0
    assert "53 points from -5 to 8" in " ".join(out.split())


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("1,2\n3,4\n", (), "--samples: expected one column of numbers, got s.txt: line 1 is '1,2'"),
        ("1,5\n", (), "with a decimal comma"),
        ("1\nnan\n", (), "--samples"),
        ("1\n1\n", (), "--samples: expected at least 2 different numbers"),
        ("1\n2\n", ("--bandwidth", "0"), "--bandwidth: expected a finite number > 0"),
        ("1\n2\n", ("--target", "0,1"), "--target: expected only with no --samples"),
        ("1\n2\n", ("--target-file", "s.txt"), "--samples: expected only with no --target-file"),
    ],
)
def test_bad_samples_get_one_line(capsys, folder, content, more, words):
    Path("s.txt").write_text(content)
    assert_refused(capsys, ("fit", "mse", "--samples", "s.txt", *more), words)
    assert_refused(capsys, ("fit", "mse", "--bandwidth", "1"), "--bandwidth: expected only with --samples")


def test_csv_is_made_in_pieces_without_a_seam(capsys, folder, monkeypatch):
    assert run(capsys, *FIT, "-q", "--csv", "one.csv")[0] == 0
    monkeypatch.setattr("divlite.commands.fit.PIECE", 6)
    assert run(capsys, *FIT, "-q", "--csv", "four.csv")[0] == 0
    assert Path("one.csv").read_bytes() == Path("four.csv").read_bytes()
    assert [line.split(",")[0] for line in Path("four.csv").read_text().splitlines()[1:]] == [
        *map(str, range(21))
    ]
