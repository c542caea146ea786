"""How weights are updated, with the meaning that Keras gives to each default.

Keras adds Adam's epsilon 1e-7 *before* bias correction; PyTorch adds it after, so there it must be
`epsilon / sqrt(1 - beta_2 ** step)` for the same work. Left as it is, the mistake is worth 0.2 in the
weights after the first step. Keras computes the size of the step in float32, which is 6e-6 off for
good, and up to 3e-5 in single steps: enough to flip a relu, so that is what everybody does here.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np


class Adam(msgspec.Struct, frozen=True, tag="adam"):
    """Keras' Adam: `w -= rate * sqrt(1-b2^t)/(1-b1^t) * m / (sqrt(v) + epsilon)`."""

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def epsilon_after_correction(self, step: int) -> float:
        """The epsilon that means the same where it is added after bias correction (PyTorch).

        Args:
            step: 1 for the first step.
        """
        return self.epsilon / math.sqrt(1.0 - self.beta_2**step)

    def step_size(self, step: int) -> float:
        """What Keras multiplies `m / (sqrt(v) + epsilon)` with, computed in float32 as it does.

        Args:
            step: 1 for the first step.
        """
        one, number = np.float32(1), np.float32(step)
        root = np.sqrt(one - np.float32(self.beta_2) ** number)
        return float(
            np.float32(self.learning_rate) * root / (one - np.float32(self.beta_1) ** number)
        )

    def rate(self, step: int) -> float:
        """The learning rate with which a bias correction in double precision (PyTorch) does the same.

        Args:
            step: 1 for the first step.
        """
        root = math.sqrt(1.0 - self.beta_2**step)
        return self.step_size(step) * (1.0 - self.beta_1**step) / root
