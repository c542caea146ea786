"""A frozen part of a network as few, large kernels: what no gradient passes can be rewritten.

The values stay what they were, up to rounding:

* batch-norm is folded into the convolution before it, and rescaling and normalising into one step;
* activations, gates and sums work in place, where what they overwrite belongs to nobody else;
* uneven 'same' padding is mirrored away. At stride 2 TensorFlow pads after the image only, which costs
  a padded copy of the input. The mirrored network on the mirrored image gives the mirrored output, and
  pads before the image only: there an even padding sees the same windows.

What each step gains: `benchmarks/frozen.py`. The oneDNN operators that PyTorch's compiler uses, which
compute the activation where they write, were tried too: not worth depending on private names.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everybody calls it

from laptime.engines._torch_build import (
    BatchNorm,
    GlobalAveragePool,
    Normalize,
    Pad,
    Rescale,
    Residual,
    SqueezeExcite,
)

IN_PLACE: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.ReLU: F.relu_,
    nn.ReLU6: lambda x: F.hardtanh_(x, 0.0, 6.0),
    nn.SiLU: lambda x: F.silu(x, inplace=True),
    nn.Sigmoid: torch.sigmoid_,
}
PIECE = 16
"""Images that pass a frozen part at a time on a processor: as fast as all at once, with less memory
(`benchmarks/frozen.py`, `benchmarks/memory.py`). Other devices want the whole batch."""
# What gives the mirrored output for a mirrored input, once its own kernels or pads are mirrored.
MIRRORED = (
    *(nn.Sequential, nn.Conv2d, BatchNorm, Pad, Residual, SqueezeExcite, nn.Identity, nn.Dropout),
    *(GlobalAveragePool, Rescale, Normalize, *IN_PLACE),
)


def fused(body: nn.Sequential, *, dtype: torch.dtype) -> nn.Module:
    """The same function of the weights as they are now; a copy, so they may not change afterwards.

    Args:
        body: as built, on its device, in evaluation.
        dtype: what is computed in; the output is float32.
    """
    modules = [each for module in body for each in module.modules() if not list(each.children())]
    uneven = any(isinstance(each, Pad) and _is_uneven(each) for each in modules)
    mirror = uneven and _is_symmetric(body)
    device = next((p.device for p in body.parameters()), torch.device("cpu"))
    with torch.no_grad():
        chain = _Fusing(mirror=mirror, dtype=dtype).chain(body)
    return Fused(chain, mirror=mirror, dtype=dtype).to(device).eval()


class Fused(nn.Module):
    """A rewritten chain; mirrored inside, if need be, and back outside."""

    def __init__(self, chain: nn.Module, *, mirror: bool, dtype: torch.dtype) -> None:
        super().__init__()
        self.chain, self.mirror, self.dtype = chain, mirror, dtype

    def forward(self, x: Tensor) -> Tensor:
        """Whatever the body takes, float32 out."""
        if not isinstance(next(iter(self.chain.children()), None), Affine):
            x = x.to(self.dtype)
        if self.mirror:
            x = x.flip(2, 3)
        pieces = x.split(PIECE) if x.device.type == "cpu" else (x,)
        y = torch.cat([self.chain(piece) for piece in pieces])
        if self.mirror and y.dim() == 4:
            y = y.flip(2, 3)
        return y.float()


class FusedConv(nn.Module):
    """Convolution, batch-norm and activation in one."""

    weight: Tensor
    bias: Tensor

    def __init__(
        self, conv: nn.Conv2d, *, padding: tuple[int, int], activation: type[nn.Module] | None
    ) -> None:
        super().__init__()
        weight = conv.weight.detach()
        bias = weight.new_zeros(len(weight)) if conv.bias is None else conv.bias.detach().clone()
        self.register_buffer("weight", weight.clone())
        self.register_buffer("bias", bias)
        self.stride, self.padding, self.groups = list(conv.stride), list(padding), conv.groups
        self.activation = activation

    def fold(self, norm: BatchNorm) -> None:
        """Take the batch-norm behind it in."""
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        self.weight.mul_(scale.view(-1, 1, 1, 1))
        self.bias.sub_(norm.running_mean).mul_(scale).add_(norm.bias)

    def settle(self, *, mirror: bool, dtype: torch.dtype) -> None:
        """Bring the kernels into their last form."""
        kernel = self.weight.flip(2, 3) if mirror else self.weight
        self.weight = kernel.to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = self.bias.to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        y = F.conv2d(x, self.weight, self.bias, self.stride, self.padding, groups=self.groups)
        return y if self.activation is None else IN_PLACE[self.activation](y)


class Gate(nn.Module):
    """Squeeze-and-excite, its small products as dense ones; in place where it owns its input."""

    def __init__(self, module: SqueezeExcite, *, owned: bool, dtype: torch.dtype) -> None:
        super().__init__()
        self.owned = owned
        for name, conv in (("reduce", module.reduce), ("expand", module.expand)):
            self.register_buffer(f"{name}_weight", conv.weight.detach().flatten(1).to(dtype))
            self.register_buffer(f"{name}_bias", conv.bias.detach().to(dtype))
        self.activation = IN_PLACE[type(module.activation)]

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        reduced = F.linear(_pooled(x), self.reduce_weight, self.reduce_bias)
        gate = F.linear(self.activation(reduced), self.expand_weight, self.expand_bias)
        gate = torch.sigmoid_(gate)[:, :, None, None]
        return x.mul_(gate) if self.owned else x * gate


class Sum(nn.Module):
    """A residual connection; added into its body's output where that belongs to nobody else."""

    def __init__(self, body: nn.Sequential, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut
        self.owned = bool(len(body)) and isinstance(body[-1], OWNERS)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        y: Tensor = self.body(x)
        return y.add_(self.shortcut(x)) if self.owned else y + self.shortcut(x)


OWNERS = (FusedConv, Gate)
"""What leaves a tensor that belongs to nobody else."""


class Affine(nn.Module):
    """`x * scale + offset` per channel: any number of rescalings and normalisations in one pass.

    In float32, since PyTorch is slow at it in bfloat16 on a processor; `dtype` comes out.
    """

    scale: Tensor
    offset: Tensor

    def __init__(self, scale: Tensor, offset: Tensor, *, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("scale", scale.float())
        self.register_buffer("offset", offset.float())
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, height, width)."""
        return torch.addcmul(self.offset, x.float(), self.scale).to(self.dtype)


def _pooled(x: Tensor) -> Tensor:
    """Mean over height and width, (batch, channels).

    In bfloat16 on a processor as a matrix product, since PyTorch's sum is slow there.
    """
    if x.dtype is not torch.bfloat16 or x.device.type != "cpu":
        return x.mean((2, 3))
    pixels = x.flatten(2).transpose(1, 2)
    ones = x.new_ones(1, 1, pixels.shape[1]).expand(len(x), -1, -1)
    return torch.bmm(ones, pixels).squeeze(1).div_(pixels.shape[1])


class _Fusing:
    """Rewrites a list of modules, front to back."""

    def __init__(self, *, mirror: bool, dtype: torch.dtype) -> None:
        self._mirror, self._dtype = mirror, dtype

    def chain(self, modules: nn.Sequential) -> nn.Sequential:
        left = _flat(modules)
        built: list[nn.Module] = []
        while left:
            built.append(self._next(left, owned=bool(built) and isinstance(built[-1], OWNERS)))
        return nn.Sequential(*built)

    def _next(self, left: list[nn.Module], *, owned: bool) -> nn.Module:
        """One rewritten module; takes what went into it from the front of `left`.

        Args:
            left: not empty.
            owned: whether its input belongs to nobody else.
        """
        module = left.pop(0)
        match module:
            case Rescale() | Normalize():
                return self._affine(module, left)
            case nn.Conv2d():
                return self._fused_conv(module, (0, 0), left)
            case Pad() if self._fits(module, left):
                _, right, _, bottom = module.amounts
                return self._fused_conv(left.pop(0), (bottom, right), left)
            case Pad() if self._mirror:
                before, after, above, below = module.amounts
                return Pad((after, before, below, above), module.value)
            case Residual():
                return Sum(self._part(module.body), self._part(module.shortcut))
            case SqueezeExcite():
                return Gate(module, owned=owned, dtype=self._dtype)
            case _ if type(module) in IN_PLACE:
                return type(module)()  # not in place: its input may be somebody's
            case _:
                return copy.deepcopy(module).to(self._dtype)

    def _fits(self, pad: Pad, left: list[nn.Module]) -> bool:
        """Whether the convolution behind it may pad evenly instead: the windows stay the same."""
        if not left or not isinstance(left[0], nn.Conv2d) or pad.value:
            return False
        before, after, above, below = pad.amounts
        extra = max(after - before, below - above)
        return self._mirror and 0 <= extra < min(left[0].stride)

    def _fused_conv(self, conv: Any, padding: tuple[int, int], left: list[nn.Module]) -> nn.Module:
        own = (conv.padding[0] + padding[0], conv.padding[1] + padding[1])
        norm = left.pop(0) if left and isinstance(left[0], BatchNorm) else None
        activation = type(left.pop(0)) if left and type(left[0]) in IN_PLACE else None
        built = FusedConv(conv, padding=own, activation=activation)
        if isinstance(norm, BatchNorm):
            built.fold(norm)
        built.settle(mirror=self._mirror, dtype=self._dtype)
        return built

    def _affine(self, first: Rescale | Normalize, left: list[nn.Module]) -> nn.Module:
        """All of them that follow each other, by asking what becomes of 0 and of 1."""
        steps: list[nn.Module] = [first]
        while left and isinstance(left[0], Rescale | Normalize):
            steps.append(left.pop(0))
        together = nn.Sequential(*steps)
        offset: Tensor = together(_like_input(steps, 0.0))
        scale = together(_like_input(steps, 1.0)) - offset
        return Affine(scale, offset, dtype=self._dtype)

    def _part(self, module: nn.Module) -> nn.Sequential:
        return self.chain(module if isinstance(module, nn.Sequential) else nn.Sequential(module))


def _flat(modules: nn.Sequential) -> list[nn.Module]:
    """Sequences within a sequence joined to one, without what does nothing."""
    return [each for each in _walk(modules) if not isinstance(each, nn.Dropout | nn.Identity)]


def _walk(modules: nn.Sequential) -> Iterator[nn.Module]:
    for module in modules:
        if isinstance(module, nn.Sequential):
            yield from _walk(module)
        else:
            yield module


def _like_input(steps: list[nn.Module], value: float) -> Tensor:
    device = next((b.device for step in steps for b in step.buffers()), torch.device("cpu"))
    return torch.full((1, 1, 1, 1), value, device=device, dtype=torch.float64)


def _is_symmetric(body: nn.Sequential) -> bool:
    """Whether the mirrored body on the mirrored input gives the mirrored output, whatever the size.

    A window that strides without padding may leave pixels over at one end; pools may too.
    """
    for module in body.modules():
        if not isinstance(module, MIRRORED):
            return False
        for before, each in pairwise([None, *module] if isinstance(module, nn.Sequential) else []):
            is_strided = isinstance(each, nn.Conv2d) and max(each.stride) > 1
            if is_strided and not isinstance(before, Pad) and not max(each.padding):
                return False
    return True


def _is_uneven(pad: Pad) -> bool:
    before, after, above, below = pad.amounts
    return before != after or above != below
