"""The command as a process: closed and full streams, pipes, signals, and a terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from types import SimpleNamespace

import numpy as np
import pytest
from tqdm import tqdm

import divlite as dl
from divlite import _startup
from divlite.cli import main
from divlite.commands import check, screen, torch_witness
from divlite.commands import fit as fit_command
from divlite.subjects import autograd, subject

DIVLITE = f"{sys.executable} -m divlite"
FIT = "fit mse --steps 20 --backend numpy"  # nothing to compile, and no Numba to import


def shell(command, **more):
    """The command line, run by a shell: exit code, stdout, stderr."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, **more)
    return done.returncode, done.stdout, done.stderr


def errors(err):
    """The lines of stderr that are no warnings about the masses."""
    return [line for line in err.splitlines() if not line.startswith("divlite: warning: ")]


RATIOS = "reproduce kl-div-reductions --no-figures --backend numpy"
FULL, CLOSED = (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")


@pytest.mark.parametrize(
    ("command", "stream", "reason"),
    [
        *((command, *FULL) for command in (FIT, "--help", "fit --help", "explain", "explain mse --part 1")),
        *((command, *CLOSED) for command in (FIT, "--version")),
    ],
)
def test_output_that_cannot_be_written_is_one_line(command, stream, reason):
    code, _, err = shell(f"{DIVLITE} {command} {stream}")
    assert (code, errors(err)) == (2, [f"divlite: error: standard output: {reason}"])


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_errors_that_nobody_can_read_are_not_printed_elsewhere(streams):
    assert shell(f"{DIVLITE} fit mse --start 0,-1 {streams}") == (2, "", "")
    assert shell(f"{DIVLITE} fit nothing {streams}") == (2, "", "")
    code, out, _ = shell(f"{DIVLITE} {FIT} {streams}")
    assert code == 0
    assert out.startswith("P  ")


def test_all_streams_closed(tmp_path):
    """A file that is opened next must not be taken for the output."""
    file, figure = tmp_path / "f.csv", tmp_path / "f.png"
    assert shell(f"{DIVLITE} {FIT} -q --csv {file} --plot {figure} <&- >&- 2>&-")[0] == 0
    assert len(file.read_text().splitlines()) == 22
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert shell(f"{DIVLITE} explain mse <&- >&- 2>&-")[0] == 2


@pytest.mark.parametrize("command", [RATIOS, FIT + " --every 1", "explain mse", "--help"])
def test_a_closed_pipe_is_no_error(command):
    """divlite ... | head: nothing is said when the reader goes away; the exit code is that of SIGPIPE."""
    _, out, err = shell(f"(sleep 0.2; {DIVLITE} {command}) | true; echo ${{PIPESTATUS[0]}}")
    assert (errors(err), out) == ([], "141\n")
    _, out, err = shell(f"{DIVLITE} {command} | head -1")
    assert errors(err) == []
    assert out.count("\n") == 1


def test_a_pipe_that_nobody_reads_from_the_start():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "divlite", *FIT.split()]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (done.returncode, errors(done.stderr)) == (141, [])


def test_a_letter_that_the_output_does_not_know_is_escaped(tmp_path):
    code, out, _ = shell(f"{DIVLITE} {FIT} --csv {tmp_path}/caf\N{LATIN SMALL LETTER E WITH ACUTE}.csv",
                         env=os.environ | {"PYTHONIOENCODING": "ascii"})  # fmt: skip
    assert code == 0
    assert out.endswith("caf\\xe9.csv\n")


def interrupted(command, seconds, number=signal.SIGINT):
    """The command in a group of its own, which gets the signal after so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "divlite", *command.split()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    time.sleep(seconds)
    os.killpg(process.pid, number)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize("tenths", range(2, 12, 2))
@pytest.mark.parametrize("command", ["explain mse", "reproduce --no-figures --backend numpy"])
def test_an_interrupt_is_quiet(command, tenths):
    """In the imports, in the work, and while the other process of `explain` imports torch."""
    code, _, err = interrupted(command, tenths / 10)
    assert (code, errors(err)) == (130, [])


def test_an_interrupt_in_the_very_first_import():
    """When NumPy is about to be imported, a traceback would still come from nowhere in divlite."""
    code = "import os, signal, sys\nsys.argv = ['divlite', 'fit', 'mse']\n"
    code += "class Finder:\n    def find_spec(self, name, *_):\n"
    code += "        if name == 'numpy': os.kill(os.getpid(), signal.SIGINT)\n"
    code += "sys.meta_path.insert(0, Finder())\nimport divlite.cli"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_a_library_leaves_signals_alone():
    code = (
        "import signal, divlite.cli\nassert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    code = "import signal, sys\nsys.argv = ['divlite']\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    code += "import divlite\nassert signal.getsignal(signal.SIGINT) is signal.SIG_IGN\n"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("argv", "original", "is_program"),
    [
        (["/usr/bin/divlite", "fit"], [], True),
        (["divlite.exe"], [], True),
        (["-m", "fit"], ["python", "-m", "divlite", "fit"], True),
        (["-m"], ["python", "-X", "dev", "-mdivlite"], True),
        (["-m", "divlite"], ["python", "-m", "pytest", "divlite"], False),
        (["-c"], ["python", "-c", "import divlite"], False),
        (["/usr/bin/my-divlite"], [], False),
        ([""], ["python"], False),
        ([], [], False),
    ],
)
def test_which_process_is_the_command(argv, original, is_program):
    assert _startup.is_program(argv, original) is is_program


def test_an_interrupt_inside_another_program_is_130(capsys, monkeypatch):
    """Where divlite is called, Ctrl-C raises KeyboardInterrupt, as everywhere."""

    def interrupt(request):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit_command, "follow", interrupt)
    assert main(["fit", "mse"]) == 130
    assert capsys.readouterr() == ("", "")


def test_torch_is_asked_in_another_process():
    """And here, with the same answer, where it is imported already."""
    found = subject("mse", at=dl.Normal(1, 2))
    expected = autograd(found)
    assert expected is not None
    with torch_witness.elsewhere(found) as there, torch_witness.asked(found) as here:
        assert there() == here() == expected


def test_no_other_process_is_started_where_torch_is_imported(monkeypatch):
    monkeypatch.setattr(torch_witness, "elsewhere", lambda found: "elsewhere")
    assert torch_witness.asked(subject("mse")) != "elsewhere"
    monkeypatch.delitem(sys.modules, "torch")
    assert torch_witness.asked(subject("mse")) == "elsewhere"


def test_an_answer_that_does_not_come_is_none(monkeypatch, capfd):
    for child in ("raise KeyboardInterrupt", "print('nonsense')", "print('null')", "import os; os.abort()"):
        monkeypatch.setattr(torch_witness, "CHILD", child)
        with torch_witness.elsewhere(subject("mse")) as ask:
            assert ask() is None
    assert capfd.readouterr() == ("", "")


def on_a_terminal(argv, until=None, **environment):
    """What the command prints on a terminal of 72 columns; Ctrl-C ends it when it has printed `until`."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 72))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "divlite", *argv],
        stdin=end, stdout=end, stderr=end, env={**inherited, "TERM": "xterm", **environment},
    )  # fmt: skip
    os.close(end)
    shown, ended = b"", False
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
            if until and until in shown and not ended:
                process.send_signal(signal.SIGINT)
                ended = True
    except OSError:  # how Linux says that the other end has gone
        pass
    os.close(terminal)
    assert process.wait() == (130 if ended else 0)
    return shown.decode().replace("\r\n", "\n")


def test_headings_are_bold_on_a_terminal(capsys):
    argv = ("explain", "mse", "--part", "1")
    assert "\033[1m1. The definition\033[0m\n" in on_a_terminal(argv, NO_COLOR="")
    assert main(argv) == 0
    assert "\033" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("terminal", "term", "no_color", "shown"),
    [
        (True, "xterm", "", "\033[1ma\033[0m"),
        (False, "xterm", "", "a"),
        (True, "dumb", "", "a"),
        (True, "xterm", "1", "a"),
    ],
)
def test_bold_is_for_a_terminal_that_has_it(monkeypatch, terminal, term, no_color, shown):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(screen.sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert screen.bold("a") == shown
    assert screen.bold("") == ""


def test_lines_are_as_wide_as_the_terminal(capsys, monkeypatch):
    """At a terminal; or as COLUMNS says."""
    argv = ("explain", "mse", "--part", "4")
    words = re.sub(r"\033\[\dm", "", on_a_terminal(argv))
    assert 60 < max(map(len, words.splitlines())) <= 72
    for columns, widest in (("60", 60), ("30", 60), ("1000", 120)):
        monkeypatch.setenv("COLUMNS", columns)
        assert main(["explain", "mse", "--part", "1"]) == 0
        assert widest - 12 < max(map(len, capsys.readouterr().out.splitlines())) <= widest


def test_width_before_a_pager(monkeypatch):
    """Which leaves stderr at the terminal."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(screen.stat, "S_ISREG", lambda mode: False)

    def size(fd):
        if fd == 2:
            return os.terminal_size((77, 24))
        raise OSError

    monkeypatch.setattr(screen.os, "get_terminal_size", size)
    assert screen.width() == 77
    monkeypatch.setattr(screen.stat, "S_ISREG", lambda mode: True)
    assert screen.width() == 100, "a file is not as wide as the terminal that it is written from"


def test_progress_after_a_second_on_a_terminal_alone(monkeypatch, capsys):
    long = ("fit", "mse", "--steps", "2e5", "--backend", "numpy")
    assert "steps/s" in on_a_terminal(long, until=b"steps/s")
    short = ("fit", "mse", "--steps", "200", "--backend", "numpy")
    assert "steps/s" not in on_a_terminal(short)
    at_once = {"delay": 0}  # in the place of a second
    monkeypatch.setattr(fit_command, "tqdm", lambda **how: tqdm(**(how | at_once)))
    assert main(short) == 0
    assert "steps/s" not in capsys.readouterr().err


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "tcsh", "fish"])
def test_completion_knows_commands_options_and_names(capsys, shell_name):
    assert main(["--print-completion", shell_name]) == 0
    script, err = capsys.readouterr()
    assert err == ""
    for word in ("reproduce", "optima", "landscape", "starts", "smoothing", "forward-kl", "log-sigma"):
        assert word in script


def test_completion_in_bash(tmp_path):
    """The Tab key's own question, put to bash."""
    (tmp_path / "density.csv").write_text("")
    ask = f"source <({DIVLITE} --print-completion bash); cd {tmp_path}\n"
    ask += 'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
    ask += '$(complete -p divlite | sed "s/.*-F \\([^ ]*\\).*/\\1/"); echo "${COMPREPLY[*]}"; }\n'
    ask += "ask divlite re\nask divlite fit for\nask divlite fit mse --coordinates l\n"
    ask += "ask divlite fit mse --target-file den\n"
    code, out, err = shell(ask)
    assert (code, err) == (0, "")
    assert out.splitlines() == ["reproduce", "forward-kl", "log-sigma", "density.csv"]


def test_quiet_is_quiet(capsys, tmp_path, monkeypatch):
    assert main(["fit", "mse", "--steps", "20", "-q"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["explain", "mse", "-q", "--out", str(tmp_path / "mse.txt"), "--part", "2"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "mse.txt").read_text().startswith("2. The sensitivity\n")
    assert main(["reproduce", "kl-div-reductions", "-q", "--no-figures"]) == 0
    assert capsys.readouterr().out == "7 of 7 rows reproduced on the numba backend\n"
    monkeypatch.setattr(check, "COMPARED", (dl.MSE(), dl.L1()))
    assert main(["check", "-q", "--steps", "3"]) == 0
    assert re.fullmatch(r"(\d+) of \1 rows hold\n", capsys.readouterr().out)


def test_quiet_shows_what_differs(capsys, monkeypatch):
    monkeypatch.setattr("divlite.articles.report.RELATIVE", 0.0)
    monkeypatch.setattr("divlite.articles.report.ABSOLUTE", 2.6e-5)
    assert main(["reproduce", "kl-div-reductions", "-q", "--no-figures"]) == 1
    out = capsys.readouterr().out
    assert out.count("DIFFERS") == 2
    assert "ok" not in out


def test_the_end_of_a_fit_is_told(capsys, tmp_path):
    file = tmp_path / "fit.json"
    argv = ("fit", "forward-kl", "--grid", "-20,25,901", "--steps", "1e3", "--json", str(file))
    assert main(argv) == 0
    out, err = capsys.readouterr()
    told = json.loads(file.read_text())
    end = out.split("\n\n")[2].splitlines()
    g, best = told["gradient"], told["optimum"]
    slope = f"gradient dL/dmu = {g['mu']:.3g}, dL/dsigma = {g['sigma']:.3g}"
    assert end[:2] == [f"stopped    at step 1,000; {slope}", "converged  no"]
    where = f"mu {best['mu']:.7g}, sigma {best['sigma']:.7g}, loss {best['loss']:.8g}"
    said = f"optimum {where}: a certified minimum, downhill from there basin the start lies in the same one"
    assert " ".join(" ".join(end[2:-2]).split()) == said
    assert best["verdict"] == told["optimum_of_start"]["verdict"] == "minimum"
    assert end[-2:] == [f"mass of Q  {told['q_mass']:.4g} on the grid", f"wrote {file}"]
    assert (best["mu"], best["sigma"]) == pytest.approx((2.5, 57.25**0.5), rel=1e-6), "the moments of P"
    assert errors(err) == []
    assert err.splitlines() == [f"divlite: warning: {note}" for note in told["notes"]]


def test_a_converged_fit_says_so(capsys):
    assert main(["fit", "mse", "--lr", "0.1", "--steps", "3000"]) == 0
    assert "\nconverged  yes: the loss is larger all around Q" in capsys.readouterr().out
    assert main(["fit", "reverse-kl", "--start=-15,60", "--lr", "0.1"]) == 0
    out, err = capsys.readouterr()
    assert "\nconverged  no\noptimum    none found: downhill from there the way ends off the window" in out
    assert "Q leaves the window" in err


def test_a_start_in_another_basin_is_told(capsys, tmp_path):
    file = tmp_path / "fit.json"
    assert main(["fit", "mse", "--start", "2,3", "--json", str(file)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    told = json.loads(file.read_text())["optimum_of_start"]
    where = f"mu {told['mu']:.7g}, sigma {told['sigma']:.7g}, loss {told['loss']:.8g}: a minimum"
    assert f"basin the start lies in another one; short steps down from there lead to {where} mass" in said


def test_an_infinite_loss_at_the_end_is_told(capsys, tmp_path):
    """P is 0 on the right half, and Q is not: reverse KL is infinite."""
    table, file = tmp_path / "p.csv", tmp_path / "fit.json"
    x = np.linspace(-5, 5, 101)
    np.savetxt(table, np.column_stack([x, np.where(x < 0, 0.2, 0.0)]))
    argv = ["fit", "reverse-kl", "--target-file", str(table), "--start", "0,1", "--steps", "0"]
    assert main([*argv, "--json", str(file)]) == 0
    assert (
        "\noptimum    none is looked for: the loss is inf where the fit stopped\n" in capsys.readouterr().out
    )
    told = json.loads(file.read_text())
    assert told["optimum"] is told["optimum_of_start"] is told["loss"] is None


def test_the_header_says_what_is_done(capsys):
    options = ["--weights", "2,1", "--smoothing", "1e-3", "--reduction", "integral", "--steps", "3"]
    options += ["--backend", "numpy"]  # nothing to compile
    for coordinates, moved in (("sigma", "sigma"), ("variance", "sigma^2"), ("log-sigma", "log sigma")):
        assert main(["fit", "reverse-kl", *options, "--coordinates", coordinates]) == 0
        header = " ".join(capsys.readouterr().out.split("\n\n")[0].split())
        assert header == (
            "P 2 Normal(-5, 1) + Normal(10, 1); mass 3 on 1,000 points from -15 to 15; reduction integral "
            "Q from Normal(0, 1) down the loss smoothed reverse-kl, epsilon 0.001; adam, lr 0.001, 3 steps "
            f"in mu and {moved}"
        )


@pytest.mark.parametrize("spelling", ["1200", "1.2e3", "1_200", "1,200", "+1200", "1200.0"])
def test_whole_numbers_in_any_usual_spelling(capsys, spelling):
    assert main(["fit", "mse", "--steps", spelling, "--every", spelling]) == 0
    table = capsys.readouterr().out.split("\n\n")[1].splitlines()
    assert [row.split()[0] for row in table] == ["step", "0", "1200"]


@pytest.mark.parametrize("spelling", ["-.5,.5", "-0.5,0.5", "-5e-1,5e-1"])
def test_a_number_may_begin_with_a_minus_and_a_point(capsys, spelling):
    assert main(["fit", "mse", "--start", spelling, "--steps", "0"]) == 0
    assert "from Normal(-0.5, 0.5)" in capsys.readouterr().out
    assert main(["explain", "mse", "--at", spelling, "--part", "1"]) == 0


def test_one_part_alone(capsys):
    assert main(["explain", "mse", "--part", "4"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4. ")
    assert not re.search(r"^[1-35-9]\. ", out, re.MULTILINE)
    assert main(["explain", "mse", "--part", "9"]) == 0
    assert "autograd " in capsys.readouterr().out


def test_start_up_is_light():
    """No library but NumPy before a command needs one."""
    heavy = "{'numba', 'torch', 'matplotlib', 'tqdm', 'sympy', 'shtab', 'PIL'}"
    code = f"import sys, divlite.cli as c\nc.main(['fit', '--help'])\nassert not {heavy} & set(sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.DEVNULL).returncode == 0
    )


def test_another_backend_than_numba_needs_none():
    code = "import sys, divlite.cli as c\n"
    code += "assert c.main(['fit', 'mse', '--steps', '3', '--backend', 'numpy', '-q']) == 0\n"
    code += "assert 'numba' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, errors(done.stderr)) == (0, [])


def test_every_help_fits_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for command in ([], ["reproduce"], ["fit"], ["explain"], ["check"], ["bench"]):
        assert main([*command, "--help"]) == 0
        out = capsys.readouterr().out
        assert out.endswith("\n")
        assert [line for line in out.splitlines() if len(line) > 90] == []
