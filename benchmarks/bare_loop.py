"""A workload as a careful PyTorch user writes it by hand, without laptime: `bare_loop.py WORKLOAD`.

Only the images come from laptime (its synthetic twin), so that both loops train on the same ones.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import torch
from _turns import serve
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from laptime import datasets, registry


class FlattenHWC(nn.Module):
    """Keras' order."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def network(name: str) -> nn.Module:
    """Written out by hand."""
    match name:
        case "mnist-mlp" | "fashion-mnist-mlp":
            return nn.Sequential(
                nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
            )
        case "mnist-lenet":
            return nn.Sequential(
                nn.Conv2d(1, 32, 3),
                nn.ReLU(),
                nn.Conv2d(32, 64, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Dropout(0.25),
                FlattenHWC(),
                nn.Linear(9216, 128),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Linear(128, 10),
            )
        case "cifar10-cnn":
            return nn.Sequential(
                nn.Conv2d(3, 32, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(32, 64, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(64, 64, 3),
                nn.ReLU(),
                FlattenHWC(),
                nn.Linear(1024, 64),
                nn.ReLU(),
                nn.Linear(64, 10),
            )
        case "cifar10-tinyvgg":
            return nn.Sequential(
                nn.Conv2d(3, 10, 3),
                nn.ReLU(),
                nn.Conv2d(10, 10, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(10, 10, 3),
                nn.ReLU(),
                nn.Conv2d(10, 10, 3),
                nn.ReLU(),
                nn.MaxPool2d(2),
                FlattenHWC(),
                nn.Linear(250, 10),
            )
    raise SystemExit(f"no bare loop for {name}")


def to_channels_first(images: torch.Tensor) -> torch.Tensor:
    """(n, h, w, c) to (n, c, h, w) in PyTorch's default layout.

    A permuted image of one channel already counts as contiguous and keeps strides that PyTorch takes
    for channels-last, another (for max-pool much faster) layout; a reshape gives the default one, as
    torchvision's own `unsqueeze` does.
    """
    if images.shape[3] == 1:
        return images.reshape(len(images), 1, *images.shape[1:3])
    return images.permute(0, 3, 1, 2).contiguous()


def loop(name: str) -> Callable[[int], int]:
    """A function that trains some steps, waits for the last, and tells its samples."""
    workload = registry.load("workloads", name).WORKLOAD
    arrays = datasets.read(registry.load("datasets", workload.dataset), None)
    images, labels = torch.from_numpy(arrays.train_x), torch.from_numpy(arrays.train_y)
    net = network(name)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    shuffle, count, size = workload.recipe.shuffle, len(images), 32
    start, order, done = count, torch.arange(count), 0

    def train(steps: int) -> int:
        nonlocal start, order, done
        samples = 0
        for _ in range(steps):
            if start >= count:
                start = 0
                order = torch.randperm(count) if shuffle else order
            rows = order[start : start + size] if shuffle else slice(start, start + size)
            x = to_channels_first(images[rows]).to(torch.float32) / 255
            y = labels[rows].long()
            start += size
            done += 1
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            for group in optimizer.param_groups:  # Keras' epsilon
                group["eps"] = 1e-7 / math.sqrt(1 - 0.999**done)
            optimizer.step()
            samples += len(y)
        loss.item()
        return samples

    return train


if __name__ == "__main__":
    torch.manual_seed(1)
    serve(loop(sys.argv[1]))
