"""Whether a mutant of a formula is equal to it: both are carried out on symbols, case by case."""

from itertools import product
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any

import sympy as sp

SENSITIVITIES = ("d_log_q", "d_cdf_q", "d_x_q")
OF_A_FAMILY = ("log_kernel", "pull", "log_mass", "standard_cdf", "standard_sf")


def decided(condition, a, b):
    assert condition in (True, False)
    return a if condition else b


TINY_, A, B, C, D = sp.symbols("tiny a b c d", positive=True)
X, Y, Z = sp.symbols("x y z", real=True)
F, G, H = map(sp.Function, "FGH")
EXACT = {"exp": sp.exp, "log": sp.log, "sqrt": sp.sqrt, "absolute": sp.Abs, "erfc": sp.erfc, "where": decided}
EXACT |= {"log1p": lambda a: sp.log(1 + a), "expm1": lambda a: sp.exp(a) - 1}
EXACT |= {"TINY": TINY_, "LOG_2": sp.log(2)}
# Of the tail of a Student-t all that counts is that both sides have one, and half lies beyond 0.
EXACT |= {"t_tail": SimpleNamespace(beyond=lambda nu, z: F(nu, z * z) if z else sp.S.Half)}
ONE = SimpleNamespace(value=F, d_log_q=G)
TWO = SimpleNamespace(
    value=lambda *at: (F(*at), G(*at)),
    d_log_q=lambda *at: (G(*at), H(*at)),
    finish=lambda sums: F(*sums),
    d_finish=lambda sums: (G(*sums), H(*sums)),
)
# What a loss makes of P alone does not depend on log p, if it can be told from p.
SMOOTHED = SimpleNamespace(loss=ONE, epsilon=C, of_p=lambda p, log_p: (p + C, sp.log(p + C)))
VIEW = SimpleNamespace(seen=lambda family, at, x: (F(x), G(x), H(x), F(x + 1)))
# Symmetric, as all families here are: g is even, and -g' odd.
FAMILY = SimpleNamespace(
    log_kernel=lambda z: F(sp.expand(z * z)), pull=lambda z: z * G(sp.expand(z * z)), log_mass=lambda: Y
)


def cases(function: FunctionType) -> list[tuple[Any, ...]]:
    """Arguments that stand for all there are. The log of a density 0 is -oo, or any where it underflowed."""
    name, smoothed = function.__name__, function.__qualname__.startswith("Smoothed.")
    if smoothed and name in ("of_p", "value", *SENSITIVITIES):
        return [(SMOOTHED, A, X, B, Y)[: 3 if name == "of_p" else 5]]
    if name in ("value", *SENSITIVITIES):
        zero = sp.S.Zero  # divided by itself no error but nan, which `where` leaves out
        logs = {True: (X, Y), False: (X, Y, -sp.oo)}
        return [
            (ONE, p, log_p, q, log_q)
            for p, q in ((zero, zero), (zero, A), (A, zero), (A, A), (A, A + B), (A + B, A))
            for log_p, log_q in product(logs[p is not zero], logs[q is not zero])
        ]
    if name == "finish":
        return [(TWO, (A, *squares)) for squares in product((0, TINY_ - B, TINY_, TINY_ + C), repeat=2)]
    return {
        **{one: [(SimpleNamespace(nu=B), z) for z in (-A, sp.S.Zero, A)] for one in OF_A_FAMILY},
        "place": [(FAMILY, X, A)],
        "log_prob": [(FAMILY, (X, A, Y), Z)],
        "score": [(FAMILY, (X, A, Y), Z)],
        "integrand": [(loss, VIEW, FAMILY, (X, A, Y), Z, B, sp.log(B), C) for loss in (ONE, TWO)],
        "assemble": [(ONE, A, X, Y), (TWO, (A, B), (X, Y), (C, D))],
        "of_p": [(SMOOTHED, A, X)],
        "dot": [(X, Y), ((A, B), (X, Y))],
    }[name]


def rational(code: CodeType) -> CodeType:
    """The same code with the fractions that its floats are."""
    return code.replace(
        co_consts=tuple(sp.Rational(c) if isinstance(c, float) else c for c in code.co_consts)
    )


def assert_equal(function: FunctionType, code: CodeType):
    """By carrying out both on symbols, with every condition decided by the case."""
    exact = {name: value for name, value in EXACT.items() if name in function.__globals__}
    old, new = (FunctionType(rational(c), function.__globals__ | exact) for c in (function.__code__, code))
    for case in cases(function):
        first, second = (sp.Tuple(*sp.flatten([f(*case)])) for f in (old, new))
        assert first == second or all(sp.expand(a - b) == 0 for a, b in zip(first, second, strict=True)), case
