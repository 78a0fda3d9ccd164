"""How the speed tables are timed, and how a table is set."""

import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from tqdm import tqdm

Key = TypeVar("Key", bound=Hashable)

BLOCK_MS = 5.0  # of a loop of short runs


def best_ms(runs: Mapping[Key, Callable[[], object]], repeats: int) -> dict[Key, float]:
    """The least time of each of the runs, in ms.

    Round by round, so that a disturbance of some seconds does not meet all the repeats of one of them. A
    short run is timed as `timeit` does it, in a loop that fills `BLOCK_MS`: alone it would be timed with the
    caches as another run left them. The first round is one call of each, and says how many fill the loop.
    """
    best = dict.fromkeys(runs, math.inf)
    for key in tqdm([*runs] * repeats, "timed runs", disable=None, leave=False):
        calls = 1 if math.isinf(best[key]) else max(1, math.ceil(BLOCK_MS / best[key]))
        start = time.perf_counter()
        for _ in range(calls):
            runs[key]()
        best[key] = min(best[key], (time.perf_counter() - start) * 1e3 / calls)
    return best


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns, the first of them to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = f"{{:<{widths[0]}}}" + "".join(f"  {{:>{width}}}" for width in widths[1:])
    return "\n".join(rule.format(*line) for line in lines)
