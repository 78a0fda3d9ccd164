"""How the compiler may treat the arithmetic, and where.

- error_model "numpy": a division by zero gives inf or NaN. The default's check for it is a branch,
  and a branch stops the loop from vectorising (seven times slower).
- forceinline: every function ends up inside the loop. Left to its own judgement LLVM sometimes
  leaves one outside, and the loop is then scalar (thirteen times slower).
- fastmath is granted flag by flag. Only the sums over the grid may be reordered, which is what lets
  them vectorise. NaN and infinity are never assumed away.
- nogil: a kernel that Python calls releases Python's lock, so that two threads can follow two fits.
- no wrappers: a function that only compiled code calls needs no entry for Python or C. To compile the two
  takes twice as long as a small function itself. To call such a function from Python crashes the process.
"""

# pyright: basic
# Numba has no types to check: a compiled function is given its types by its callers.

from typing import Any

from numba import types
from numba.extending import intrinsic

ENTRY: Any = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
PLAIN: Any = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
EXACT: Any = PLAIN | {"forceinline": True, "fastmath": {"contract"}}
FORMULA: Any = PLAIN | {"forceinline": True, "fastmath": {"contract", "arcp"}}
SUM: Any = PLAIN | {"fastmath": {"reassoc", "contract", "nsz", "arcp"}}
SUM_INLINE: Any = SUM | {"forceinline": True}


def _wide(_):
    """Ask for vectors of 512 bits in the function that calls this. LLVM alone takes 256 on most Intel CPUs.

    On a CPU without such vectors the function is compiled as it would be anyway. The width decides the order
    in which a sum is added up, so its last bits belong to the kind of CPU. They are the same from run to run.
    """

    def ask(context, builder, signature, arguments):
        # llvmlite's own `add` takes the attributes that have no value only.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.none(), ask


wide: Any = intrinsic(_wide)
