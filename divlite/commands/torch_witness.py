"""torch's answer, asked in another process: importing torch takes longer than all the rest of `explain`.

Where torch is imported already, as in a notebook that uses it, it is asked here.

That process is started and ended here, and says nothing of its own: whatever becomes of it, by a signal or
an error, is an answer that does not come.
"""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from ..evidence import Answer
from ..subjects import Subject, autograd
from .process import tidied

# sys.path first, without which the question cannot be read; -P, so that nothing is imported from the folder.
CHILD = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from divlite.commands.torch_witness import answer
answer()
"""


def asked(subject: Subject) -> AbstractContextManager[Callable[[], Answer]]:
    """Ask now; the function waits for the answer, which is that of `outside.autograd`, or None."""
    return nullcontext(lambda: autograd(subject)) if sys.modules.get("torch") else elsewhere(subject)


@contextmanager
def elsewhere(subject: Subject) -> Generator[Callable[[], Answer]]:
    """Ask in another process."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    output = process.stdout
    try:
        with suppress(OSError), process.stdin as stream:
            stream.write(pickle.dumps(sys.path) + pickle.dumps(subject))
        with tidied(process.kill):
            yield lambda: _read(output.read())
    finally:
        process.kill()
        process.wait()
        output.close()


def _read(said: bytes) -> Answer:
    with suppress(ValueError, TypeError, IndexError):
        gradient, version = json.loads(said.splitlines()[-1])
        return tuple(map(float, gradient)), str(version)
    return None


def answer() -> None:
    """In the other process: read the question, print the answer."""
    print(json.dumps(autograd(pickle.load(sys.stdin.buffer))))
