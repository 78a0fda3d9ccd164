"""`divlite kl-div`: torch's table of two files, the mean KL, and one line for every file that is no array."""

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import divlite as dl
from conftest import run
from divlite.commands import array_files

RNG = np.random.default_rng(23)
LOGITS = RNG.normal(0.0, 1.0, (4, 3)).astype(np.float32)
TARGET = dl.softmax(RNG.normal(0.0, 1.0, (4, 3)))


def numbers_after(out, label):
    """The three numbers of the row with this label."""
    line = next(line for line in out.splitlines() if line.startswith(label + "  "))
    return [float(word) for word in line.removeprefix(label).split()]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("q.npy", LOGITS)
    np.save("p.npy", TARGET)
    return tmp_path


def test_the_table_is_torchs(folder, capsys):
    code, out, err = run(capsys, "kl-div", "q.npy", "p.npy")
    assert (code, err) == (0, "")
    assert "input   (4, 3), logits: exp sums to" in out
    assert "target  (4, 3), probabilities along axis 1" in out
    q, p = torch.tensor(LOGITS).double(), torch.tensor(TARGET)
    rows = {
        "input, target": (q, p, False),
        "input, target, log_target=True": (q, p, True),
        "target, input": (p, q, False),
        "target, input, log_target=True": (p, q, True),
        "F.log_softmax(input, 1), target": (F.log_softmax(q, 1), p, False),
        "target.log(), F.softmax(input, 1)": (p.log(), F.softmax(q, 1), False),
    }
    for label, (x, t, log_target) in rows.items():
        terms = F.kl_div(x, t, reduction="none", log_target=log_target)
        expected = [terms.sum(), terms.mean(), terms.sum() / 4]
        np.testing.assert_allclose(numbers_after(out, label), expected, rtol=1e-6, equal_nan=True)
    mean = dl.mean_kl(dl.log_softmax(LOGITS), TARGET, axis=1)
    assert f"is {mean:.7g}. It is batchmean of F.log_softmax(input, 1), target. Write:" in " ".join(
        out.split()
    )
    assert out.splitlines()[-1] == '    F.kl_div(F.log_softmax(input, 1), target, reduction="batchmean")'
    assert max(map(len, out.splitlines())) <= 96


def test_no_reduction_gives_the_mean_of_three_axes(folder, capsys):
    np.savez("both.npz", student=RNG.normal(size=(2, 3, 5)), teacher=RNG.normal(size=(2, 3, 5)))
    code, out, _ = run(capsys, "kl-div", "both.npz:student", "both.npz:teacher")
    assert code == 0
    assert "No reduction above gives it." in " ".join(out.split())
    assert out.rstrip().endswith('reduction="none").sum(2).mean()')


def test_a_value_is_explained(folder, capsys):
    (folder / "q.csv").write_text("a,b,c\n0.1132,0.5477,0.3390\n")
    (folder / "p.csv").write_text("0.1541 0.0511 0.0947\n")
    code, out, _ = run(capsys, "kl-div", "q.csv", "p.csv", "--value", "-0.0648")
    assert code == 0
    assert "This gives -0.0648" in out
    assert "target sums to 0.2999 along axis 1" in out
    assert "The mean KL per distribution is 0.555942." in out
    code, out, _ = run(capsys, "kl-div", "q.csv", "p.csv", "--value", "12.345678")
    assert code == 1
    assert out.count("No convention was found that gives 12.345678") == 1


def test_several_values_and_nan(folder, capsys):
    sums = dl.kl_div(dl.log_softmax(LOGITS), TARGET, "none").sum(1)
    code, out, _ = run(capsys, "kl-div", "q.npy", "p.npy", "--value", ",".join(f"{x:.6f}" for x in sums))
    assert code == 0
    assert 'reduction="none").sum(1)' in out
    np.save("logs.npy", np.log(TARGET))
    code, out, _ = run(capsys, "kl-div", "q.npy", "logs.npy", "--value", "nan")
    assert code == 0
    assert "target is below 0" in " ".join(out.split())


def test_options(folder, capsys):
    code, out, _ = run(capsys, "kl-div", "q.npy", "p.npy", "--temperature", "2", "--axis", "-1")
    assert code == 0
    assert "F.log_softmax(input / 2, 1)" in out
    code, out, _ = run(capsys, "kl-div", "q.npy", "q.npy", "--axis", "0")
    assert code == 0
    assert "F.log_softmax(input, 0)" in out


def test_every_format_gives_the_same(folder, capsys, monkeypatch):
    values = LOGITS.astype(float)
    text = "\n".join(",".join(map(repr, map(float, row))) for row in values)
    np.savez("one.npz", a=values)
    np.savez_compressed("two.npz", a=values, b=TARGET)
    np.save("fortran.npy", np.asfortranarray(values))
    (folder / "q.csv").write_text("x;y;z\n" + text.replace(",", ";"))
    (folder / "q.txt").write_text(text.replace(",", " "))
    torch.save(torch.tensor(values), "q.pt")
    torch.save({"a": torch.tensor(values), "epoch": 3}, "d.pth")
    for name in (
        "q.npy",
        "one.npz",
        "two.npz:a",
        "fortran.npy",
        "q.csv",
        "q.txt",
        "q.pt",
        "d.pth",
        "d.pth:a",
    ):
        np.testing.assert_array_equal(array_files.read("INPUT", name), values)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    np.testing.assert_array_equal(array_files.read("INPUT", "-"), values)
    (folder / "column.csv").write_text("0.5\n0.5\n")
    assert array_files.read("INPUT", "column.csv").shape == (2,)


def header(text):
    """A .npy file's beginning, with this header."""
    padded = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


HUGE = header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }")
PART = header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000,), }") + bytes(80)
NEGATIVE = header("{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }") + bytes(80)
OBJECTS = header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + b"cos\nsystem\n(S'true'\ntR."
RECORDS = header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }") + bytes(8)

# (name, content, what the line says)
HOSTILE = {
    "words": ("a.csv", b"0.1,0.2\nfoo,bar\n", "line 2 is 'foo,bar'"),
    "ragged": ("a.csv", b"1,2,3\n4,5\n", "line 2 is '4,5'"),
    "decimal commas": ("a.csv", b"0,5;0,5\n", "decimal comma"),
    "empty": ("a.csv", b"", "no numbers in it"),
    "only a heading": ("a.csv", b"x,y\n", "no numbers in it"),
    "binary": ("a.csv", bytes(range(256)), "not text in UTF-8"),
    "wrong magic": ("a.npy", b"hello world, this is no array", "the magic string is not correct"),
    "nothing": ("a.npy", b"", "EOF"),
    "half a header": ("a.npy", HUGE[:50], "its header is none of an array"),
    "10^12 entries": ("a.npy", HUGE, "shape (1000000000000,), which is more than 20,000,000 numbers"),
    "cut short": ("a.npy", PART, "its header promises shape (1000000,), and it ends after 80 bytes"),
    "negative shape": ("a.npy", NEGATIVE, "shape (-4,)"),
    "objects": ("a.npy", OBJECTS, "entries of type object"),
    "records": ("a.npy", RECORDS, "which are no numbers"),
    "header that is a program": (
        "a.npy",
        header("__import__('os').system('touch ran')"),
        "its header is none",
    ),
    "no zip": ("a.npz", b"PK\x03\x04" + b"x" * 100, "File is not a zip file"),
    "no torch file": ("a.pt", b"\x80\x02c", "more than tensors"),
    "a pickle": ("a.pt", b"cos\nsystem\n(S'touch ran'\ntR.", "more than tensors"),
    "cut torch file": ("a.pt", b"PK\x03\x04" + bytes(200), "a.pt: it is damaged"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gets_one_line(case, folder, capsys):
    name, content, says = HOSTILE[case]
    (folder / name).write_bytes(content)
    for arguments, option in (((name, "p.npy"), "INPUT"), (("p.npy", name), "TARGET")):
        code, out, err = run(capsys, "kl-div", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"divlite: error: {option}: expected an array of numbers in a .npy")
        assert says in err
    assert not (folder / "ran").exists()


def test_a_zip_bomb_is_not_unpacked(folder, capsys):
    with zipfile.ZipFile("bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", HUGE + bytes(50_000_000))
        archive.writestr(
            "y.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }") + bytes(50_000_000)
        )
    code, _, err = run(capsys, "kl-div", "bomb.npz:x", "p.npy")
    assert (code, err.count("\n")) == (2, 1)
    assert "more than 20,000,000 numbers" in err
    assert array_files.read("INPUT", "bomb.npz:y").shape == (1,)  # what follows its one number is not read


def test_a_tensor_that_is_wide_only_by_its_strides_is_refused(folder, capsys):
    torch.save(torch.zeros(1).expand(1_000_000, 1_000_000), "wide.pt")
    torch.save(torch.nn.Linear(2, 2), "model.pt")
    torch.save(torch.zeros(2, dtype=torch.complex64), "complex.pt")
    torch.save([1, 2], "list.pt")
    for name, says in {
        "wide.pt": "which is more than 20,000,000",
        "model.pt": "more than tensors",
        "complex.pt": "no real numbers",
        "list.pt": "a list, and no tensor",
    }.items():
        code, _, err = run(capsys, "kl-div", name, "p.npy")
        assert (code, err.count("\n")) == (2, 1)
        assert says in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("none.npy", "p.npy"), "INPUT: expected an existing file, or -, got none.npy"),
        (("p.npy", "."), "TARGET: expected a file, and not a folder, got ."),
        (("p.npy/x.npy", "p.npy"), "INPUT: expected an existing file, or -, got p.npy/x.npy"),
        (("-", "-"), "TARGET: expected a file, as standard input is INPUT, got -"),
        (("q.npy", "wide.npy"), "TARGET: expected a shape that broadcasts with input's (4, 3), got (7, 3)"),
        (("two.npz", "p.npy"), "say which, FILE:NAME, of a, b"),
        (("two.npz:c", "p.npy"), "it has no array c; it has a, b"),
        (("q.npy", "p.npy", "--axis", "2"), "--axis: expected an axis of shape (4, 3), got 2"),
        (("q.npy", "p.npy", "--temperature", "0"), "--temperature: expected a finite number > 0, got 0.0"),
        (("q.npy", "p.npy", "--value", "much"), "--value: expected a number such as -0.0648"),
    ],
)
def test_bad_input_gets_one_line(arguments, says, folder, capsys):
    np.savez("two.npz", a=LOGITS, b=TARGET)
    np.save("wide.npy", np.ones((7, 3)))
    code, out, err = run(capsys, "kl-div", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_a_file_that_may_not_be_read(folder, capsys, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refused)
    code, _, err = run(capsys, "kl-div", "q.npy", "p.npy")
    assert (code, err.count("\n")) == (2, 1)
    assert err.endswith("got q.npy: Permission denied\n")


def test_without_torch_a_pt_file_says_what_it_needs(folder, capsys, monkeypatch):
    torch.save(torch.tensor(TARGET), "p.pt")
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = run(capsys, "kl-div", "q.npy", "p.pt")
    assert (code, err) == (
        2,
        "divlite: error: TARGET: expected torch to be installed, for a .pt file, got p.pt\n",
    )


def test_torch_is_imported_for_its_own_files_alone(folder):
    called = "from divlite.cli import main; main(['kl-div', 'q.npy', 'p.npy'])"
    code = f"import sys; {called}; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.splitlines()[-1] == "False"


def test_an_empty_array(folder, capsys):
    np.save("empty.npy", np.ones((0, 3)))
    code, out, err = run(capsys, "kl-div", "empty.npy", "empty.npy")
    assert (code, err) == (0, "")
    assert out.count("empty") == 2
