"""Dropout on a processor, with as few random bits as will do."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Dropout):
    """The same as its base on a processor, from 16 random bits a value in place of 64.

    PyTorch draws each value by itself, which costs more than some convolutions. The rate is met within
    1 / 65,536.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Any shape."""
        if not self.training or x.device.type != "cpu":
            return super().forward(x)
        count = x.numel()
        drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = drawn.view(torch.int16)[:count]
        kept = bits >= round(self.p * 2**16) - 2**15
        # Laid out in memory as the values are, or multiplying would have to reorder one of the two.
        scale = torch.empty_like(x, requires_grad=False)
        scale.as_strided((count,), (1,)).copy_(kept)
        return x * scale.mul_(1 / (1 - self.p))
