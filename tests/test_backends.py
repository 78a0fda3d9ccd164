"""What the backends promise beyond numbers: fresh kernels, light imports, loops of vectors."""

import os
import pathlib
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest
import torch

import divlite as dl
import divlite_numba
from conftest import GRID, P
from divlite import _check
from divlite.losses import protocol
from divlite.views import Density
from divlite_numba import kernels

ROOT = pathlib.Path(dl.__file__).parent.parent


def place(folder: pathlib.Path | None, environment: dict[str, str]) -> dict[str, Any]:
    """Where a Python is started, so that divlite comes from `folder`, if one is given."""
    paths = [str(folder), str(folder / "backends")] if folder else []
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | environment
    # python -c looks in the working directory first.
    return {"env": env, "cwd": folder, "text": True}


def python(code: str, folder: pathlib.Path | None = None, **environment: str) -> str:
    """What a fresh Python prints; divlite comes from `folder`, if one is given."""
    done = subprocess.run(
        [sys.executable, "-c", code], **place(folder, environment), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FORKING = """
import os, sys, numba
numba.njit(lambda a: a)(1.0)
while code := sys.stdin.readline():
    if not os.fork():
        exec(eval(code), {})
        break
    print("ended", os.wait()[1], flush=True)
"""


@contextmanager
def forks(folder: pathlib.Path, **environment: str):
    """As `python`, of a process that has Numba already, and nothing of divlite, and forks for each code."""
    command, pipe = [sys.executable, "-c", FORKING], subprocess.PIPE
    with subprocess.Popen(command, **place(folder, environment), stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        ask, told = process.stdin, process.stdout

        def run(code: str) -> str:
            print(repr(code), file=ask, flush=True)
            shown = ""
            while not (line := told.readline()).startswith("ended "):
                assert line, "the process has ended"
                shown += line
            assert line == "ended 0\n"
            return shown

        yield run


PROBE = """
import divlite as dl, divlite_numba.kernels as k
{before}
d = dl.d_log_q(dl.MSE(), [-1.0, -2.0], [-2.0, -1.5], [0.5, 0.5])
sensitivity = k.kernels_of((dl.MSE,))[1]
print(dl.__file__, *map(repr, d.tolist()), sum(sensitivity.stats.cache_hits.values()))
"""
PROBE_OF_ALL = """
import divlite as dl, divlite_numba.kernels as k
{before}
p, q, grid = dl.Normal(0, 1), dl.Normal(1, 2), dl.Grid.linspace(-5, 5, 50)
value, d = dl.value_and_grad(dl.MSE(), p, q, grid)
sensitivity = dl.d_log_q(dl.MSE(), p.log_prob(grid.x), q.log_prob(grid.x), grid.w)[20]
end = dl.fit(dl.MSE(), p, q, grid, optimizer=dl.sgd(1.0), steps=1).q.mu
seen = dl.MSE, dl.views.Density, dl.Normal
kernels = k.kernels_of(seen)[0], k.kernels_of((dl.MSE,))[1]
kernels = *kernels, k.kernels_of((*seen, dl.Sigma, dl.optimizers.SGD))[2]
hits = sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels)
print(dl.__file__, repr(value), repr(d.mu), repr(float(sensitivity)), repr(end - 1), hits)
"""
PROBE_OF_A_VALUE = """
import divlite as dl, divlite_numba.kernels as k
{before}
value, _ = dl.value_and_grad(dl.MSE(), dl.Normal(0, 1), dl.Normal(1, 2), dl.Grid.linspace(-5, 5, 50))
kernel = k.kernels_of((dl.MSE, dl.views.Density, dl.Normal))[0]
print(dl.__file__, repr(value), sum(kernel.stats.cache_hits.values()))
"""


@contextmanager
def copied(folder):
    """The sources of both packages, and a way to run a probe on them: (its numbers, hits).

    Each run imports divlite anew, in a fork; a `fresh` one in a Python with other hashes of strings.

    PROBE compiles one kernel, and a small one, PROBE_OF_A_VALUE another one, PROBE_OF_ALL these and a third,
    each with the stamp in it.
    """
    for name in ("divlite", "backends"):  # with Python's compiled files, and without Numba's
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.nbi", "*.nbc"))

    with forks(folder, NUMBA_CACHE_DIR="") as forked:

        def run(before="", probe=PROBE, fresh=False):
            code = probe.format(before=before)
            shown = python(code, folder, NUMBA_CACHE_DIR="") if fresh else forked(code)
            file, *numbers = shown.split()
            assert pathlib.Path(file).is_relative_to(folder)
            return *map(float, numbers[:-1]), int(numbers[-1])

        yield run


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_an_edited_loss_never_runs_a_stale_kernel(tmp_path):
    """Really edited, in a copy: the next process must not see the kernels that the one before cached."""
    with copied(tmp_path) as run:
        value, *derivatives, hits = run(probe=PROBE_OF_ALL)
        assert hits == 0
        assert run(probe=PROBE_OF_ALL, fresh=True) == (value, *derivatives, 3), (
            "the second run must come from the cache, or this shows nothing"
        )
        edit(tmp_path / "divlite" / "losses" / "mse.py", "2.0 * (q - p) * q", "6.0 * (q - p) * q")
        edited_value, *edited, hits = run(probe=PROBE_OF_ALL)
        assert hits == 0
        assert edited_value == value
        assert edited == pytest.approx([3 * d for d in derivatives], rel=1e-12)
        # The elementary functions are in the kernel too, inlined from a file of their own.
        edit(tmp_path / "backends" / "divlite_numba" / "elementary.py", "(2.0 + 2.0 * t)", "(4.0 + 2.0 * t)")
        edited_value, hits = run(probe=PROBE_OF_A_VALUE)
        assert hits == 0
        assert edited_value != pytest.approx(value, rel=1e-3)


def test_a_kernel_is_kept_for_what_was_compiled_not_for_what_the_file_says(tmp_path):
    """A file edited after its import, and a method replaced, must not poison the next process's cache."""
    with copied(tmp_path) as run:
        late = """
import pathlib
file = pathlib.Path(dl.losses.mse.__file__)
file.write_text(file.read_text().replace("2.0 * (q - p) * q", "6.0 * (q - p) * q"))
import importlib
importlib.reload(k)
"""
        *derivatives, _ = run(late)  # as it was imported
        *edited, hits = run()  # as the file says now
        assert hits == 0
        assert edited == pytest.approx([3 * d for d in derivatives], rel=1e-12)
        replaced = "dl.MSE.d_log_q = lambda self, p, log_p, q, log_q: 20.0 * (q - p) * q"
        *tenfold, hits = run(replaced)
        assert hits == 0
        assert tenfold == pytest.approx([10 * d for d in derivatives], rel=1e-12)
        assert run() == (*edited, 1)
        # Replaced after it was compiled: this process goes on with the old kernel, but keeps nothing of it.
        first = "dl.d_log_q(dl.MSE(), [-1.0], [-2.0], [0.5])\n"
        replaced = replaced.replace("20.0", "22.0")
        run(first + replaced)
        *elevenfold, hits = run("\n" + replaced)  # on the same line: a code object knows its own
        assert hits == 0
        assert elevenfold == pytest.approx([11 * d for d in derivatives], rel=1e-12)


def test_importing_divlite_loads_numpy_and_nothing_heavy():
    heavy = ("numba", "torch", "matplotlib", "scipy", "sympy", "PIL", "tqdm", "argparse")
    heavy += ("hashlib", "logging", "tempfile")  # of the standard library: with OpenSSL, and for sweeps alone
    loaded = python(f"import sys, divlite; print([m for m in {heavy} if m in sys.modules])")
    assert loaded == "[]"


def test_without_torch_the_rest_works_and_asking_for_it_says_how_to_install_it():
    """As if it were not installed: None in sys.modules makes the import fail so."""
    code = """
import sys
sys.modules["torch"] = None
import divlite as dl
arguments = dl.MSE(), dl.Normal(0, 1), dl.Normal(1, 2), dl.Grid.linspace(-5, 5, 50)
assert dl.value_and_grad(*arguments) and dl.value_and_grad(*arguments, backend="numpy")
try:
    dl.value_and_grad(*arguments, backend="torch")
except ModuleNotFoundError as error:
    print(error)
"""
    message = python(code)
    assert "install it, in a checkout, with: pip install '.[torch]'" in message
    assert "download.pytorch.org/whl/cpu" in message
    assert "\n" not in message


class ChiSquare(NamedTuple):
    """A loss that divlite does not know, as a user would write it."""

    scale: float = 1.0

    def value(self, p, log_p, q, log_q):
        return self.scale * (p - q) * (p - q) / q

    def d_log_q(self, p, log_p, q, log_q):
        return self.scale * (q - p * p / q)


def test_a_loss_of_ones_own_compiles_as_it_stands():
    grid, p, q = dl.Grid.linspace(-3, 3, 200), dl.Normal(0.2, 1), dl.Normal(0, 1.2)
    for loss in (ChiSquare(2.5), ChiSquare(3)):
        expected, gradient = dl.value_and_grad(loss, p, q, grid, "numpy")
        value, d = dl.value_and_grad(loss, p, q, grid, "numba")
        assert (value, *d) == pytest.approx((expected, *gradient), rel=1e-12)
    assert dl.value_and_grad(dl.Smoothed(ChiSquare(), 0.1), p, q, grid)[0] > 0
    with pytest.raises(
        ValueError, match=r"^loss: expected one with a torch oracle \(ForwardKL, .*, got ChiSquare"
    ):
        dl.value_and_grad(loss, p, q, grid, "torch")


class Decay(NamedTuple):
    """An optimizer that divlite does not know."""

    lr: float

    def init(self):
        return (0.0,)

    def step(self, theta, g, state, t):
        return theta - self.lr / t * g, state


def test_what_is_ones_own_is_not_cached_on_disk():
    """The cache's stamp covers divlite's sources alone: a user's edit would run a stale kernel."""
    dl.value_and_grad(ChiSquare(1.5), P, dl.Normal(0, 9), GRID)
    dl.value_and_grad(dl.Smoothed(ChiSquare(), 1e-3), P, dl.Normal(0, 9), GRID)
    fit = dl.fit(dl.MSE(), P, dl.Normal(0, 9), GRID, optimizer=Decay(1.0), steps=2)
    expected = dl.fit(dl.MSE(), P, dl.Normal(0, 9), GRID, optimizer=Decay(1.0), steps=2, backend="numpy")
    assert fit.q == pytest.approx(tuple(expected.q), rel=1e-12)
    for classes in ((ChiSquare,), (dl.Smoothed, ChiSquare), (dl.MSE, Decay, dl.Sigma)):
        assert all(kernel.stats.cache_path is None for kernel in kernels.kernels_of(classes))
    assert all(kernel.stats.cache_path is not None for kernel in kernels.kernels_of((dl.MSE,)))


def test_two_losses_of_one_name_are_two_losses():
    """As when a notebook's cell is edited and run again: the new class must not get the old kernel."""

    def made(k):
        class Mine(NamedTuple):
            def value(self, p, log_p, q, log_q):
                return k * (p - q) * (p - q)

            def d_log_q(self, p, log_p, q, log_q):
                return 2.0 * k * (q - p) * q

        return Mine()

    value, d = dl.value_and_grad(dl.MSE(), P, dl.Normal(0, 1), GRID)
    losses = [made(1.0), made(3.0)]
    for k, loss in zip((1.0, 3.0), losses, strict=True):
        got, gradient = dl.value_and_grad(loss, P, dl.Normal(0, 1), GRID)
        assert got == pytest.approx(k * value, rel=1e-6)
        assert gradient.sigma == pytest.approx(k * d.sigma, rel=1e-6)
    at = np.array([-1.0, -2.0]), np.array([-2.0, -1.5]), np.array([0.5, 0.5])
    sensitivities = dl.d_log_q(dl.MSE(), *at)
    for k, loss in zip((1.0, 3.0), losses, strict=True):  # in another one: its smallest kernel
        got = dl.d_log_q(dl.Smoothed(loss, 1e-9), *at)
        assert got == pytest.approx(k * sensitivities, rel=1e-6)


def test_no_writable_cache_is_no_error(tmp_path):
    """A container's user may own no folder: the kernels are then compiled in every process."""
    code = """
import numba.core.caching as caching
def none(cls, py_func, py_file):
    return None
for locator in caching.CacheImpl._locator_classes:
    locator.from_function = classmethod(none)
import divlite as dl
print(dl.d_log_q(dl.MSE(), [-1.0], [-2.0], [0.5])[0] < 0)
"""
    assert python(code) == "True"


def test_a_loss_that_does_not_compile_says_what_to_do():
    class Odd(NamedTuple):
        def value(self, p, log_p, q, log_q):
            return eval("p - q")

        def d_log_q(self, p, log_p, q, log_q):
            return -q

    class Plain:
        value = d_log_q = ChiSquare.value

    with pytest.raises(
        ValueError, match=r'^loss: expected formulas that Numba can compile .*backend="numpy".*got Odd'
    ):
        dl.value_and_grad(Odd(), P, dl.Normal(0, 1), GRID)
    with pytest.raises(
        ValueError, match=r"^loss: expected a NamedTuple, which the numba backend can compile"
    ):
        dl.value_and_grad(Plain(), P, dl.Normal(0, 1), GRID)


def square(a):
    return a * a


def squared_gap(p, q):
    return square(p - q)


class Doubled(NamedTuple):
    """Formulas that call plain functions: of the module, of each other, and one from around the class."""

    def value(self, p, log_p, q, log_q):
        return 2.0 * squared_gap(p, q)

    def d_log_q(self, p, log_p, q, log_q):
        return 4.0 * (q - p) * q


class Half(NamedTuple):
    """A loss round a loss, asked by `protocol`."""

    loss: Any

    def value(self, p, log_p, q, log_q):
        return 0.5 * protocol.value(self.loss, p, log_p, q, log_q)

    def d_log_q(self, p, log_p, q, log_q):
        return 0.5 * protocol.d_log_q(self.loss, p, log_p, q, log_q)


def test_formulas_may_call_plain_functions_and_other_losses():
    expected, gradient = dl.value_and_grad(dl.MSE(), P, dl.Normal(0, 1), GRID)
    for loss in (Half(Doubled()), dl.Smoothed(Half(Doubled()), 1e-12)):
        value, d = dl.value_and_grad(loss, P, dl.Normal(0, 1), GRID)
        assert (value, *d) == pytest.approx((expected, *gradient), rel=1e-9)


def test_a_function_from_around_a_class_is_that_of_the_class():
    """Not the one that another class of this name had."""

    def made(k):
        def times_k(a):
            return k * a

        class Mine(NamedTuple):
            def value(self, p, log_p, q, log_q):
                return times_k((p - q) * (p - q))

            def d_log_q(self, p, log_p, q, log_q):
                return times_k(2.0 * (q - p) * q)

        return Mine()

    expected, _ = dl.value_and_grad(dl.MSE(), P, dl.Normal(0, 1), GRID)
    for k in (2.0, 5.0):
        assert dl.value_and_grad(made(k), P, dl.Normal(0, 1), GRID)[0] == pytest.approx(k * expected)


def wrong(formula):
    class Wrong(NamedTuple):
        k: float = 2.0
        inner: Any = dl.MSE()

        def double(self, a):
            return 2.0 * a

        def value(self, p, log_p, q, log_q):
            return formula(self, p, log_p, q, log_q)

        d_log_q = value

    return Wrong()


def test_what_cannot_be_compiled_says_what_to_write_in_its_place():
    def message(formula, backend="numba"):
        with pytest.raises(ValueError, match=r"^loss: .* got Wrong\(") as caught:
            dl.value_and_grad(wrong(formula), P, dl.Normal(0, 1), GRID, backend)
        return str(caught.value)

    assert "call a plain function in its place" in message(lambda loss, p, *_: loss.double(p))
    inner = message(lambda loss, p, log_p, q, log_q: loss.inner.value(p, log_p, q, log_q))
    assert inner.endswith("or divlite.losses.protocol.value(loss, ...)")
    unknown = message(lambda loss, p, log_p, q, log_q: sum(sorted([p, q], key=str)))
    assert "nopython mode pipeline" not in unknown


@pytest.mark.parametrize("formula", [lambda loss, *a: a[9], lambda loss: 1.0, lambda loss, *a: None])
def test_a_formula_that_fails_says_the_same_from_numba_and_numpy(formula):
    def message(backend):
        with pytest.raises(
            ValueError, match=r"^loss: expected elementwise formulas .*, got Wrong\("
        ) as caught:
            dl.value_and_grad(wrong(formula), P, dl.Normal(0, 1), GRID, backend)
        return str(caught.value)

    assert message("numba") == message("numpy")


NO_NUMBER_EACH = {
    "a float64": lambda loss, p, *_: p.sum(),
    "complex128 numbers": lambda loss, p, *_: p + 1j,
    "a Tensor": lambda loss, p, *_: torch.as_tensor(p),
}


@pytest.mark.parametrize("got", NO_NUMBER_EACH)
def test_a_formula_without_a_number_for_each_point_is_refused(got):
    """A sum would be summed once more, and an imaginary part be dropped."""
    loss = wrong(NO_NUMBER_EACH[got])
    words = rf"^loss: .*TypeError: value returns {got}; it needs a real number for each point$"
    for backend in ("numba", "numpy"):
        with pytest.raises(ValueError, match=words):
            dl.value_and_grad(loss, P, dl.Normal(0, 1), GRID, backend)
        with pytest.raises(ValueError, match=words):
            dl.fit(loss, P, dl.Normal(0, 1), GRID, optimizer=dl.sgd(0.1), steps=1, backend=backend)
        with pytest.raises(ValueError, match=words):
            dl.d_log_q(loss, [0, 0], [0, 0], [1, 1], backend)


def test_fields_that_cannot_be_compiled_are_named():
    class Plain:
        value = d_log_q = ChiSquare.value

    class Weighted(NamedTuple):
        weight: Any

        def value(self, p, log_p, q, log_q):
            return self.weight * (p - q) * (p - q)

        d_log_q = value

    for loss, got in {
        dl.Smoothed(Plain(), 1e-3): "loss = <.* in a Smoothed",
        Weighted(Plain()): "weight = <.* in a Weighted",
        dl.Smoothed(Weighted(len), 1e-3): "weight = <built-in function len> in a Weighted",
    }.items():
        with pytest.raises(ValueError, match=f"^loss: expected fields that are numbers or .*, got {got}"):
            dl.value_and_grad(loss, P, dl.Normal(0, 1), GRID)


VECTORISED = [
    (dl.ReverseKL(), dl.Normal(0.0, 1.0)),
    (dl.Cosine(), dl.Normal(0.0, 1.0)),
    (dl.MSE(), dl.Laplace(0.0, 1.0)),
    (dl.MSE(), dl.Logistic(0.0, 1.0)),
    (dl.MSE(), dl.Cauchy(0.0, 1.0)),
    (dl.MSE(), dl.StudentT(0.0, 1.0, 3.0)),
]


@pytest.mark.parametrize(("loss", "family"), VECTORISED, ids=repr)
def test_the_kernel_is_vectorised(loss, family):
    """Packed arithmetic, and no call of libm, which leaves the loop scalar and four times slower."""
    arrays = [_check.frozen(np.ones(5)) for _ in range(4)]
    kinds = tuple(map(numba.typeof, (loss, Density(), family, 0.0, 1.0, *arrays)))
    kernels.sums.compile(kinds)
    assembly = kernels.sums.inspect_asm(kinds)
    words = assembly.replace(",", " ").split()
    arithmetic = ("vmulpd", "mulpd", "vfm", "vfnm", "fmla")
    packed = sum(word.startswith(arithmetic) and not word.endswith("sd") for word in words)
    assert packed > 20
    assert not {"$exp", "$log", "exp", "log", "exp@PLT", "log@PLT", "log1p", "expm1"} & set(words)


HAS_512 = llvm.get_host_cpu_features().get("avx512f", False)
WIDTH = """
import numba
import numpy as np
import divlite as dl
from divlite import _check
from divlite_numba import kernels
p, x = dl.Mixture((1, 1), (dl.Normal(-5, 1), dl.Normal(10, 1))), np.linspace(-15, 15, 1001)
arrays = [_check.frozen(a) for a in (x, p.prob(x), p.log_prob(x), np.full(1001, 1e-3))]
call = numba.njit(lambda *arguments: kernels.sums(*arguments))  # it has no entry of its own for Python
summed = call(dl.ReverseKL(), dl.views.Density(), dl.Normal(0.0, 1.0), 1.0, 2.0, *arrays)
seen = [dl.ReverseKL, dl.views.Density, dl.Normal]
(assembly,) = (
    text
    for kinds, text in kernels.sums.inspect_asm().items()
    if [getattr(kind, "instance_class", None) for kind in kinds[:3]] == seen and kinds[3].name == "float64"
)
print(*summed, assembly.count("%zmm"), assembly.count("%ymm"))
"""


@pytest.mark.skipif(not HAS_512, reason="this CPU has no vectors of 512 bits")
def test_vectors_of_512_bits_are_used_where_the_cpu_has_them(capsys):
    """And nothing of the kind where it has not: the same numbers, but for the order of a sum."""
    exec(WIDTH, {})
    *wide, zmm, _ = map(float, capsys.readouterr().out.split())
    *narrow, none, ymm = map(
        float, python(WIDTH, ROOT, NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES="").split()
    )
    assert zmm > 100
    assert (none, ymm > 100) == (0, True)
    np.testing.assert_allclose(wide, narrow, rtol=1e-13)


def test_backends_are_named():
    assert divlite_numba.BACKEND.name == "numba"
    assert [dl.backends.resolve(name).name for name in dl.BACKENDS] == list(dl.BACKENDS)


def test_fit_on_a_thousand_numbers_of_points():
    """No remainder of the vectorised loop is forgotten: sums over n points for n of every remainder."""
    for n in (*range(2, 35), 63, 64, 65, 1001):
        grid = dl.Grid.linspace(-4, 4, n)
        expected, gradient = dl.value_and_grad(
            dl.ReverseKL(), dl.Normal(0, 1), dl.Normal(0.5, 1.5), grid, "numpy"
        )
        value, d = dl.value_and_grad(dl.ReverseKL(), dl.Normal(0, 1), dl.Normal(0.5, 1.5), grid)
        np.testing.assert_allclose((value, *d), (expected, *gradient), rtol=1e-12)
