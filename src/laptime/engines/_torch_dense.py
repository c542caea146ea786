"""Dense layers on a processor by oneDNN, for the forward pass and for both gradients.

In float32 PyTorch gives them to the BLAS it was built with: on x86 that is MKL, which is less than half
as fast on AMD's processors (`benchmarks/dense.py`). The products and the type are the same; sums run in
another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

LEAST_WEIGHTS = 500_000
"""A smaller layer gains less than the calls cost: an operation of oneDNN some 15 us, Python's part of
the backward pass 50."""


def is_possible(device: torch.device) -> bool:
    """Whether this build of PyTorch has oneDNN's operation, and the device is a processor."""
    has_it = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    return device.type == "cpu" and has_it


def counted() -> dict[Any, Callable[..., int]]:
    """What PyTorch's counter of FLOPs must be told of oneDNN's operation."""
    mkldnn = torch.ops.mkldnn
    return {mkldnn._linear_pointwise: _flops} if hasattr(mkldnn, "_linear_pointwise") else {}  # noqa: SLF001


def _flops(x: Sequence[int], weight: Sequence[int], *_: object, **__: object) -> int:
    """By shapes; two for each multiply-add."""
    return 2 * x[0] * x[1] * weight[0]


class Dense(nn.Linear):
    """The same as its base, but for float32 tensors on a processor in an eager step."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that the base class has
        """(batch, units) to (batch, units)."""
        is_ours = (
            input.device.type == "cpu"
            and input.dim() == 2
            and not torch.is_autocast_enabled("cpu")  # bfloat16 is oneDNN's already
            and not torch.compiler.is_compiling()
        )
        if not is_ours:
            return super().forward(input)
        output: Tensor = _Product.apply(input, self.weight, self.bias)
        return output


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _by_onednn(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        wants_x, wants_weight, wants_bias = ctx.needs_input_grad
        return (
            _by_onednn(gradient, weight.t()) if wants_x else None,
            _by_onednn(gradient.t(), x.t()) if wants_weight else None,
            gradient.sum(0) if wants_bias else None,
        )


def _by_onednn(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Multiply x (rows, inner) by the transpose of weight (columns, inner), however they lie."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")  # noqa: SLF001 - there is no other
    return product
