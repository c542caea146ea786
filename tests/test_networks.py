"""The shared networks are those that were published, layer by layer."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import networks
from laptime.layers import DepthwiseConv, Network, Sequence, SqueezeExcite, pads

REFERENCE = Path(__file__).parent / "weights" / "reference"
B0 = networks.efficientnet_b0(frozen=False)
LITE0 = networks.efficientnet_lite0(classes=1000, frozen=False)
VGG16 = networks.vgg16(frozen=False)


def alone(backbone: Sequence) -> Network:
    return Network(input_shape=networks.PHOTO, body=Sequence(layers=(backbone,)))


def test_parameters_are_the_published_ones() -> None:
    assert alone(B0).parameters == 4_049_571  # keras.applications, include_top=False
    assert alone(VGG16).parameters == 14_714_688  # the same
    # d-li14/efficientnet-lite.pytorch: 4.652 M, without the statistics of the batch-norms
    assert alone(LITE0).trainable_parameters == 4_652_008
    assert alone(LITE0).parameters == 4_694_024  # numbers in the published file


def test_flops_are_the_published_ones() -> None:
    head = 2 * 1280 * 1000  # Tan and Le 2019 count 0.39 billion multiply-adds with it
    assert round((alone(B0).forward_flops + head) / 2e9, 2) == 0.39
    assert round(alone(VGG16).forward_flops / 2e9, 1) == 15.3  # of the 15.5 with its dense head
    assert round(alone(LITE0).forward_flops / 2e9, 3) == 0.385  # d-li14/efficientnet-lite.pytorch


@pytest.mark.parametrize("backbone", [B0, VGG16], ids=lambda each: each.name)
def test_names_and_shapes_are_those_in_a_file_of_keras(backbone: Sequence) -> None:
    facts = json.loads((REFERENCE / f"{backbone.name}.json").read_text("utf-8"))
    network = alone(backbone)
    assert network.parameters == facts["parameters"]
    assert len(network.weights()) == facts["tensors"]
    assert ours(network) == {
        f"{plain(layer)}/{name.rpartition('/')[2]}": tuple(shape)
        for layer, weights in facts["layout"].items()
        for name, shape, _ in weights
    }


def ours(network: Network) -> dict[str, tuple[int, ...]]:
    """Shapes by 'layer/weight' as Keras names them."""
    found = {}
    for place in network.placed():
        for name, weight in place.weights.items():
            layer, kind = place.layer.name, name
            if isinstance(place.layer, SqueezeExcite):
                half, kind = name.split("_")
                layer = f"{layer}_{half}"
            found[f"{layer}/{kind}"] = weight.shape
    return found


def plain(layer: str) -> str:
    return "normalization" if layer.startswith("normalization") else layer


def test_a_frozen_backbone_trains_nothing_and_passes_no_gradient() -> None:
    network = networks.food_efficientnet(101)
    assert network.trainable_parameters == 1280 * 101 + 101
    dense = 2 * 1280 * 101
    assert network.training_flops == network.forward_flops + dense
    assert networks.lite0_features().trainable_parameters == 0


def test_the_networks_of_the_articles_have_their_sizes() -> None:
    flat = 55 * 55 * 32  # 224 - 2, halved, - 2, halved and rounded up
    cnn = (27 * 32 + 32) + (9 * 32 * 32 + 32) + (flat * 128 + 128) + (128 * 2 + 2)
    assert networks.catsdogs_cnn().parameters == cnn
    head = (7 * 7 * 512 * 128 + 128) + (128 * 2 + 2)
    assert networks.catsdogs_vgg16().trainable_parameters == head
    assert networks.lite0_features().output_shape == (1280,)
    assert networks.lite0_classifier().output_shape == (1000,)


def test_another_number_of_classes_changes_the_last_layer_alone() -> None:
    network = networks.with_classes(networks.catsdogs_vgg16(), 7)
    assert network.output_shape == (7,)
    assert network.body.layers[:-1] == networks.catsdogs_vgg16().body.layers[:-1]


def test_features_have_no_classes() -> None:
    with pytest.raises(ValueError, match="GlobalAveragePool"):
        networks.with_classes(networks.lite0_features(), 7)


@given(size=st.integers(1, 300), kernel=st.sampled_from([3, 5, 7]))
def test_same_padding_is_what_keras_pads_by_hand_in_efficientnet(size: int, kernel: int) -> None:
    """`correct_pad` in keras.applications.imagenet_utils, before a 'valid' stride of 2."""
    correct_pad = (kernel // 2 - (1 - size % 2), kernel // 2)
    assert pads(size, kernel, 2, "same") == correct_pad
    layer = DepthwiseConv(kernel=kernel, stride=2)
    assert layer.output_shape((size, size, 1))[0] == math.ceil(size / 2)
