"""What F.kl_div's reductions divide by, and what they should.

The article's random numbers need no torch: a float32 Uniform(0, 10) draw of torch's generator is
the low 24 bits of a word of the Mersenne Twister, over 2^24, times 10.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Array
from ..backend import Backend
from ..backends import resolve
from ..discrete import log_softmax, mean_kl, softmax
from ..language import phrase
from .report import Cell, Report, Row, Table, Track, published

NAME = "kl-div-reductions"
SEED = 1


def run(backend: str | Backend, track: Track) -> Report:
    """Every figure the article prints."""
    kl_div = resolve(backend).kl_div
    tables = tuple(_case(case, kl_div) for case in track(published(NAME)["cases"]))
    return Report(NAME, tables, {})


def uniforms(shape: tuple[int, ...], seed: int = SEED) -> tuple[Array, Array]:
    """torch.manual_seed(seed), then two draws of Uniform(0, 10) of this shape."""
    count = 2 * int(np.prod(shape))
    words = np.frombuffer(np.random.RandomState(seed).bytes(4 * count), dtype="<u4")
    # In float32, as torch rounds them.
    draws = (words & 0xFFFFFF).astype(np.float32) / np.float32(2**24) * np.float32(10)
    first, second = draws.astype(np.float64).reshape(2, *shape)
    return first, second


def _case(case: dict[str, Any], kl_div: Callable[..., Any]) -> Table:
    shape = tuple(case["shape"])
    a1, a2 = uniforms(shape)
    log_q, t = log_softmax(a1, axis=0), softmax(a2, axis=0)
    rows = [
        Row(name, (Cell(case[name], float(kl_div(log_q, t, name, False))),))
        for name in ("sum", "mean", "batchmean")
    ]
    if "sum_of_a1_over_its_sum" in case:
        cell = Cell(case["sum_of_a1_over_its_sum"], float(np.sum(a1 / np.sum(a1))))
        rows.append(Row(phrase("sum of a1 over its sum"), (cell,)))
    remark = phrase(
        "the softmax runs over axis 0, so these are {count} distributions over {outcomes} outcomes each: "
        "their mean KL is sum / {count} = {mean:.4f}. 'batchmean' divides by {outcomes}, the outcomes.",
        count=int(np.prod(shape[1:])),
        outcomes=shape[0],
        mean=mean_kl(log_q, t, axis=0),
    )
    title = phrase("shape {}, softmax over axis 0", shape)
    return Table(title, phrase("reduction"), ("value",), tuple(rows), (remark,))
