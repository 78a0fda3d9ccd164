"""Numba's cache of compiled functions on disk, made to outlive damage.

A killed process or a full disk can leave a cache file empty, cut short, or filled with anything. Numba's own
cache then raises at every later start, until someone finds the file and deletes it. Here such a file counts
as missing: the function is compiled anew, and the file replaced.
"""

# pyright: basic
# Numba has no types to check.

import hashlib
import pickle

from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.serialize import dumps


class SealedFile(IndexDataCacheFile):
    """Each function stands in its file behind a hash: machine code with a wrong byte must never be run.

    And with its key. Two processes that compile at once read the same index and take the same number for a
    file. The index of one and the file of the other may stay, and so one loss be computed as another.
    """

    def save(self, key, data):
        super().save(key, (key, data))

    def load(self, key):
        kept = super().load(key)
        return None if kept is None or kept[0] != key else kept[1]

    def _save_data(self, name, data):
        content = dumps(data)
        super()._save_data(name, (hashlib.sha256(content).digest(), content))

    def _load_data(self, name):
        seal, content = super()._load_data(name)
        if hashlib.sha256(content).digest() != seal:
            raise ValueError(f"{name}: its content is not what was written")
        return pickle.loads(content)


class SturdyCache(FunctionCache):
    """A cache in which what cannot be read is not there, and what cannot be written is not kept."""

    def __init__(self, py_func):
        super().__init__(py_func)
        stamp, base = self._impl.locator.get_source_stamp(), self._impl.filename_base
        self._cache_file = SealedFile(self._cache_path, base, stamp)

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # unpickling what is no pickle raises almost anything
            return None

    def save_overload(self, sig, data):
        try:
            try:
                super().save_overload(sig, data)
            except Exception:  # the index, which is read before it is written
                self.flush()
                super().save_overload(sig, data)
        except OSError:  # no space, say: the function is compiled all the same
            pass


def keep(function):
    """Let the compiled function be kept on disk, beside its source or where NUMBA_CACHE_DIR says.

    Raises: RuntimeError if there is no folder to write to.
    """
    function._cache = SturdyCache(function.py_func)
