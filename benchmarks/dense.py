"""Dense layers on this processor, by PyTorch's BLAS and by oneDNN: forward pass and both gradients.

The first dense layer of each workload at its own batch size, in turns, in float32; median ratio.

    python benchmarks/dense.py
"""

from __future__ import annotations

import statistics
import time

import torch
from _restart import as_tuned
from torch import nn

from laptime import layers, registry

WORKLOADS = ("mnist-mlp", "mnist-lenet", "catsdogs-vgg16", "catsdogs-cnn")
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
    as_tuned()
    registry.load("engines", "torch")
    from laptime.engines._torch_dense import Dense

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name in WORKLOADS:
        workload = registry.load("workloads", name).WORKLOAD
        first = next(p for p in workload.network.placed() if isinstance(p.layer, layers.Dense))
        batch, inputs = workload.recipe.batch_size, first.input_shape[0]
        units = first.layer.units
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
