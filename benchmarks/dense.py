"""Dense layers on this processor, by PyTorch's BLAS and by oneDNN: forward pass and both gradients.

The two in turns, in float32, with images and widths of the suite's own layers; median ratio.

    python benchmarks/dense.py
"""

from __future__ import annotations

import statistics
import time

import torch
from torch import nn

from laptime import registry

LAYERS = {
    "mnist-mlp": (32, 784, 128),
    "mnist-lenet": (32, 9216, 128),
    "catsdogs-vgg16": (64, 25088, 256),
    "catsdogs-cnn": (64, 100352, 128),
}
"""Workload -> batch size, inputs and units, about as it has them."""
ROUNDS = 15
SLICE_S = 0.1


def seconds(layer: nn.Module, x: torch.Tensor, gradient: torch.Tensor) -> float:
    """Of one pass and its gradients, over a slice."""
    count, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SLICE_S:
        output = layer(x)
        torch.autograd.grad(output, [x, *layer.parameters()], gradient)
        count += 1
    return passed / count


def main() -> None:
    registry.load("engines", "torch")
    from laptime.engines._torch_dense import Dense

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name, (batch, inputs, units) in LAYERS.items():
        x = torch.randn(batch, inputs, requires_grad=True)
        gradient = torch.randn(batch, units)
        blas, ours = nn.Linear(inputs, units), Dense(inputs, units)
        pairs = [
            (seconds(blas, x, gradient), seconds(ours, x, gradient)) for _ in range(ROUNDS + 1)
        ][1:]
        ratio = statistics.median(theirs / mine for theirs, mine in pairs)
        low, _, high = statistics.quantiles((a / b for a, b in pairs), n=4)
        gflop = 6e-9 * batch * inputs * units
        best = gflop / statistics.median(mine for _, mine in pairs)
        print(f"{name:16s} {ratio:.2f} times ({low:.2f} to {high:.2f}); oneDNN {best:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
