"""What divlite is timed against: torch eager, torch.compile, JAX and C, each as its user would write the fit.

All are float64 on the CPU, work in log densities, and record the whole path (mu, sigma, loss) as
`divlite.fit` does.
"""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

from . import peers_c, peers_jax, peers_torch
from .peers_types import Peer


def _missing(module: str) -> Callable[[], str]:
    return lambda: "" if find_spec(module) else "not installed"


def _named(module: str) -> Callable[[], str]:
    return lambda: f"{module} {version(module)}"


def _not_compiled() -> str:
    return _missing("torch")() or peers_torch.why_not_compiled()


# torch takes 2 s a fit: a part of its steps is timed.
PEERS: dict[str, Peer] = {
    "torch": Peer("torch", _missing("torch"), _named("torch"), peers_torch.fit, share=5),
    "torch.compile": Peer(
        "compiled", _not_compiled, _named("torch"), partial(peers_torch.fit, compiled=True), share=5
    ),
    "jax": Peer("JAX", _missing("jax"), _named("jax"), peers_jax.fit),
    "c": Peer("C", peers_c.why_not, peers_c.version, peers_c.fit),
}
