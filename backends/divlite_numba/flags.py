"""How the compiler may treat the arithmetic, and where.

- error_model "numpy": a division by zero gives inf or NaN. The default's check for it is a branch,
  and a branch stops the loop from vectorising (seven times slower).
- forceinline: every function ends up inside the loop. Left to its own judgement LLVM sometimes
  leaves one outside, and the loop is then scalar (thirteen times slower).
- fastmath is granted flag by flag. Only the sums over the grid may be reordered, which is what lets
  them vectorise. NaN and infinity are never assumed away.
- nogil: a kernel that Python calls releases Python's lock, so that two threads can follow two fits.
"""

from typing import Any

EXACT: Any = {"error_model": "numpy", "forceinline": True, "fastmath": {"contract"}}
FORMULA: Any = {"error_model": "numpy", "forceinline": True, "fastmath": {"contract", "arcp"}}
SUM: Any = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz", "arcp"}}
SUM_INLINE: Any = SUM | {"forceinline": True}
LOOP: Any = {"error_model": "numpy", "nogil": True}
