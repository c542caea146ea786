"""Adam as one kernel over all tensors, without the bookkeeping of `torch.optim`.

`torch.optim.Adam(fused=True)` calls the same kernel, after some 100 us of Python a step: a quarter of
a small network's whole step on a fast core (`benchmarks/tuned.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from laptime.optimizers import Adam


class FusedAdam:
    """Keras' Adam over tensors of one device.

    Args:
        adam: the recipe's.
        trained: tensors that training changes, in the order in which gradients will come.
    """

    def __init__(self, adam: Adam, trained: Sequence[Tensor]) -> None:
        self._adam = adam
        self._trained = list(trained)
        self._means = [torch.zeros_like(tensor, requires_grad=False) for tensor in trained]
        self._squares = [torch.zeros_like(tensor, requires_grad=False) for tensor in trained]
        step = torch.zeros((), device=trained[0].device)
        self._steps = [step] * len(self._trained)
        self._step = step

    def step(self, gradients: Sequence[Tensor], number: int) -> None:
        """One update.

        Args:
            gradients: one for each trained tensor.
            number: 1 for the first step.
        """
        adam = self._adam
        with torch.no_grad():
            self._step.add_(1)
            torch._fused_adam_(  # what torch.optim calls; it has no public name yet
                self._trained,
                [_laid_out_as(g, t) for g, t in zip(gradients, self._trained, strict=True)],
                self._means,
                self._squares,
                [],
                self._steps,
                lr=adam.rate(number),
                beta1=adam.beta_1,
                beta2=adam.beta_2,
                weight_decay=0.0,
                eps=adam.epsilon_after_correction(number),
                amsgrad=False,
                maximize=False,
            )


def _laid_out_as(gradient: Tensor, trained: Tensor) -> Tensor:
    """The kernel walks raw memory, so a gradient must lie in it as its tensor does; most do."""
    if gradient.stride() == trained.stride():
        return gradient
    return torch.empty_like(trained).copy_(gradient)
