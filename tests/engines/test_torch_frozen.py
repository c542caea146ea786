"""A frozen part that was rewritten for speed still computes what the description says."""

import numpy as np
import pytest

from laptime import layers, networks, registry
from laptime.initial import initial_weights
from laptime.layers import Activation, Conv, Network, Residual, Sequence, SqueezeExcite
from tests.engines.backbones import alive_weights
from tests.weights import alive

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
registry.load("engines", "torch")
from laptime.engines._torch_build import Built, Frozen  # noqa: E402 - after the check for torch
from laptime.engines._torch_frozen import FusedConv, fused  # noqa: E402


def built(body, size: int = 48) -> Frozen:
    """A frozen part that tells images apart."""
    network = Network(input_shape=(size, size, 3), body=Sequence(layers=(body,)))
    made = Built(network)
    made.load(initial_weights(network, seed=1) | alive_weights(network))
    (frozen,) = made.module.eval()
    return frozen


def photos(size: int = 48) -> "torch.Tensor":
    images = np.concatenate([alive.photo(size, seed=seed) for seed in range(3)])
    return torch.from_numpy(images).permute(0, 3, 1, 2).float()


BODIES = {
    "efficientnet-b0": networks.efficientnet_b0(),
    "efficientnet-lite0": networks.efficientnet_lite0(),
    "vgg16": networks.vgg16(),
}


@pytest.mark.parametrize("size", [48, 45])
@pytest.mark.parametrize("name", BODIES)
def test_the_output_is_the_same_up_to_rounding(name: str, size: int) -> None:
    frozen = built(BODIES[name], size)
    x = photos(size)
    described = frozen(x)
    frozen.replace(fused(frozen.body, dtype=torch.float32))
    assert described.std() > 1e-3
    assert (frozen(x) - described).norm() < 1e-4 * described.norm()


def test_uneven_padding_is_mirrored_away() -> None:
    """No padded copy is left where TensorFlow's 'same' pads after the image only."""
    rewritten = fused(built(BODIES["efficientnet-b0"], 64).body, dtype=torch.float32)
    assert rewritten.mirror
    assert not [each for each in rewritten.modules() if type(each).__name__ == "Pad"]


def test_batch_norm_and_activation_are_folded_into_the_convolution() -> None:
    rewritten = fused(built(BODIES["efficientnet-b0"], 64).body, dtype=torch.float32)
    assert not [each for each in rewritten.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    convolutions = [each for each in rewritten.modules() if isinstance(each, FusedConv)]
    assert len(convolutions) == 49
    assert sum(each.activation is torch.nn.SiLU for each in convolutions) == 33


def test_lower_precision_stays_close() -> None:
    frozen = built(BODIES["vgg16"])
    described = frozen(photos())
    frozen.replace(fused(frozen.body, dtype=torch.bfloat16))
    lower = frozen(photos())
    assert lower.dtype == torch.float32
    assert (lower - described).norm() < 0.03 * described.norm()


RELU = Activation(function="relu")
SHARED = [
    # A body that begins with what could work in place shares its input with the shortcut.
    Residual(body=Sequence(layers=(RELU,))),
    Residual(body=Sequence(layers=(SqueezeExcite(squeezed=2),))),
    Residual(body=Sequence(layers=(layers.Dropout(rate=0.5),))),
    Residual(
        body=Sequence(layers=(Conv(filters=4, padding="same"),)),
        shortcut=Sequence(layers=(Conv(filters=4, kernel=1), layers.BatchNorm())),
    ),
]


@pytest.mark.parametrize("layer", SHARED, ids=lambda layer: type(layer.body.layers[0]).__name__)
def test_nothing_is_overwritten_that_somebody_else_needs(layer) -> None:
    body = Sequence(layers=(Conv(filters=4, stride=2, padding="same"), layer), frozen=True)
    frozen = built(body)
    described = frozen(photos())
    rewritten = fused(frozen.body, dtype=torch.float32)
    assert torch.allclose(rewritten(photos()), described, rtol=1e-4, atol=1e-3)


UNEVEN = Conv(filters=4, stride=2, padding="same")
LOPSIDED = [
    layers.AveragePool(size=3, stride=2, padding="same"),
    layers.AveragePool(),
    layers.MaxPool(),
    layers.MaxPool(size=3, stride=2, padding="same"),
    Conv(filters=4, stride=2),
    Conv(filters=4, kernel=1, stride=2, padding="same"),
    Sequence(layers=(Conv(filters=4, stride=2),)),
]


@pytest.mark.parametrize("size", [22, 24, 26, 28])
@pytest.mark.parametrize("layer", LOPSIDED, ids=repr)
def test_what_is_not_alike_from_both_ends_is_not_mirrored(layer, size: int) -> None:
    frozen = built(Sequence(layers=(UNEVEN, layer), frozen=True), size)
    described = frozen(photos(size))
    rewritten = fused(frozen.body, dtype=torch.float32)
    assert torch.allclose(rewritten(photos(size)), described, rtol=1e-4, atol=1e-3)


def test_the_body_keeps_its_weights() -> None:
    frozen = built(BODIES["efficientnet-lite0"])
    before = {key: value.clone() for key, value in frozen.state_dict().items()}
    frozen.replace(fused(frozen.body, dtype=torch.bfloat16))
    frozen(photos())
    assert before.keys() == frozen.state_dict().keys()
    for key, value in frozen.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_no_activation_is_kept_for_a_backward_pass() -> None:
    frozen = built(BODIES["vgg16"])
    out = frozen(photos().requires_grad_())
    assert not out.requires_grad
    assert not out.is_inference()  # so that a trained layer behind it may keep it
