"""Optimisers: pairs of pure functions, init() -> state and step(theta, g, state, t) -> theta, state.

They move one number at a time, which is all that a rule without coupling needs: theta and its
gradient g are floats, the state a tuple of floats, and t = 1.0, 2.0, ... counts the steps.
"""

from typing import Any, NamedTuple

import numpy as np

from . import _check
from .coordinates import d_sigma as sigma_by_t


class SGD(NamedTuple):
    """b <- momentum b + g;  theta <- theta - lr b. Make one with `sgd`."""

    lr: float
    momentum: float

    def check(self) -> "SGD":
        """The same with floats for its fields. Raises: ValueError as `sgd`."""
        return sgd(*self)

    def init(self) -> tuple[float]:
        """b = 0."""
        return (0.0,)

    def step(self, theta: float, g: float, state: tuple[float], t: float) -> tuple[float, tuple[float]]:
        b = self.momentum * state[0] + g
        return theta - self.lr * b, (b,)


class Adam(NamedTuple):
    """Kingma and Ba, Adam (2015), Algorithm 1. Make one with `adam`."""

    lr: float
    beta1: float
    beta2: float
    eps: float
    epsilon_hat: bool

    def check(self) -> "Adam":
        """The same with floats for its numbers. Raises: ValueError as `adam`."""
        return adam(self.lr, (self.beta1, self.beta2), self.eps, self.epsilon_hat)

    def init(self) -> tuple[float, float]:
        """m = 0, v = 0: the first and second moments."""
        return 0.0, 0.0

    def step(
        self, theta: float, g: float, state: tuple[float, float], t: float
    ) -> tuple[float, tuple[float, float]]:
        m, v = state
        m = self.beta1 * m + (1.0 - self.beta1) * g
        v = self.beta2 * v + (1.0 - self.beta2) * g * g
        root = np.sqrt(1.0 - self.beta2**t)
        eps = self.eps / root if self.epsilon_hat else self.eps
        return theta - self.lr / (1.0 - self.beta1**t) * (m / (np.sqrt(v) / root + eps)), (m, v)


def sgd(lr: float, momentum: float = 0.0) -> SGD:
    """Gradient descent, b <- momentum b + g; theta <- theta - lr b, as torch.optim.SGD.

    lr > 0; 0 <= momentum < 1.

    Raises: ValueError for a number outside these ranges.
    Source: Polyak, Some methods of speeding up the convergence of iteration methods (1964).
    """
    return SGD(_check.positive("lr", lr), _check.within("momentum", momentum, 0.0, 1.0))


def adam(
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    epsilon_hat: bool = False,
) -> Adam:
    """Adam: theta <- theta - lr m^ / (sqrt(v^) + eps), with m^ = m/(1 - beta1^t), v^ = v/(1 - beta2^t),
    m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2.

    With epsilon_hat, eps is added before the bias correction, which divides it by sqrt(1 - beta2^t):
    the form at the end of section 2 of the paper, in TensorFlow, and in torch before 1.3.

    lr > 0; 0 <= beta < 1 for both betas; eps >= 0.

    Raises: ValueError for a number outside these ranges.
    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), Algorithm 1.
    """
    pair = _check.pair("betas", betas, "two numbers in [0, 1)", ("beta1", "beta2"))
    beta1, beta2 = (_check.within("betas", beta, 0.0, 1.0) for beta in pair)
    lr, eps = _check.positive("lr", lr), _check.within("eps", eps, 0.0, np.inf)
    return Adam(lr, beta1, beta2, eps, _check.flag("epsilon_hat", epsilon_hat))


def init(optimizer: Any) -> Any:
    """The state before the first step."""
    return optimizer.init()


def step(optimizer: Any, theta: Any, g: Any, state: Any, t: Any) -> tuple[Any, Any]:
    """One step of one number: the new theta and state."""
    return optimizer.step(theta, g, state, t)


def descend(
    optimizer: Any,
    coordinates: Any,
    mu: Any,
    t: Any,
    sigma: Any,
    d_mu: Any,
    d_sigma: Any,
    states: Any,
    i: Any,
) -> tuple[Any, Any, Any]:
    """Step i of mu and of t, the number moved for sigma; dL/dt = dL/dsigma dsigma/dt."""
    mu, state_mu = step(optimizer, mu, d_mu, states[0], i)
    t, state_t = step(optimizer, t, d_sigma * sigma_by_t(coordinates, sigma), states[1], i)
    return mu, t, (state_mu, state_t)
