"""A state dict of PyTorch is read without running its pickles."""

import io
import os
import pickle
import pickletools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laptime import networks, weights
from laptime.errors import DataError
from laptime.layers import BatchNorm, DepthwiseConv, Placed
from laptime.weights import _pickled, _pytorch
from tests.weights import alive, files

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")
KEY = "efficientnet-lite0"


def saved(state: object) -> bytes:
    """As torch.save wrote until 2020."""
    stream = io.BytesIO()
    torch.save(state, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


def state() -> dict[str, "torch.Tensor"]:
    numbers = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    counter = torch.tensor(7)
    return {"a": numbers, "turned": numbers.permute(2, 0, 1), "part": numbers[1, 1:], "n": counter}


def test_tensors_views_and_counters_are_what_pytorch_reads() -> None:
    read = _pickled.read(saved(state()))
    assert read.keys() == state().keys()
    for name, tensor in state().items():
        assert np.array_equal(read[name], tensor.numpy()), name
        assert read[name].shape == tuple(tensor.shape)


class Call:
    """Pickles as a call of whatever it is given."""

    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> tuple[object, ...]:
        return self.call[0], tuple(self.call[1:])


def test_nothing_in_a_pickle_is_called(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    raw = saved({**state(), "evil": Call(os.mkdir, str(target))})
    with pytest.raises(ValueError, match=r"names '.* mkdir'"):
        _pickled.read(raw)
    assert not target.exists()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": 1}, "something else than tensors"),
        ([1, 2], "list where a dict"),
        ({"a": 1.5}, "instruction BINFLOAT"),
        ({"a": torch.nn.Parameter(torch.ones(2))}, "names 'torch._utils _rebuild_parameter'"),
        ({"a": torch.ones(2, dtype=torch.float64)}, "names 'torch DoubleStorage'"),
    ],
)
def test_what_no_state_dict_needs_is_refused(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _pickled.read(saved(value))


def test_a_tensor_beyond_its_storage_is_refused() -> None:
    raw = saved({"a": torch.arange(6.0).reshape(2, 3)})
    shape = pickle.dumps((2, 3), protocol=2)[2:6]  # BININT1 2, BININT1 3
    assert raw.count(shape) == 1
    for wrong in (b"K\x02K\x04", b"K\xffK\x03", b"K\x00K\x03"):
        with pytest.raises(ValueError, match=r"reaches beyond|of shape"):
            _pickled.read(raw.replace(shape, wrong))


@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.booleans())
def test_damage_is_a_value_error_or_other_numbers(place: float, value: int, cut: bool) -> None:
    raw = bytearray(saved(state()))
    at = int(place * len(raw))
    raw[at] = value
    try:
        read = _pickled.read(bytes(raw[:at] if cut else raw))
    except ValueError:
        return
    assert not cut
    assert all(isinstance(each, np.ndarray) and each.size < 100 for each in read.values())


def test_only_instructions_that_are_known_are_followed() -> None:
    """Each of the others alone is refused or is damage; none of them does anything."""
    followed = _pickled.LITERALS | _pickled.CONSTANTS.keys() | _pickled.TUPLES.keys()
    others = {op.name for op in pickletools.opcodes} - followed
    assert {"INST", "OBJ", "NEWOBJ", "STACK_GLOBAL", "EXT1"} <= others
    for name in ("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "STACK_GLOBAL", "EXT1", "PERSID"):
        machine = _pickled._Machine()
        machine.stack += ["os", "system"]
        with pytest.raises(ValueError, match=f"instruction {name}"):
            machine.follow(name, "os system")


def lite0_state() -> dict[str, "torch.Tensor"]:
    """A state dict with the names and shapes of the published one."""
    found = {}
    for place in weights.KNOWN[KEY].layers():
        for weight, array in drawn(place).items():
            depthwise = isinstance(place.layer, DepthwiseConv)
            axes = (2, 3, 0, 1) if depthwise else {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[array.ndim]
            norm = isinstance(place.layer, BatchNorm)
            name = (_pytorch.NORM if norm else _pytorch.OTHER)[weight]
            found[f"{place.layer.name}.{name}"] = torch.from_numpy(array.transpose(axes))
            if norm:
                found[f"{place.layer.name}.num_batches_tracked"] = torch.tensor(1)
    return found


def drawn(place: Placed) -> dict[str, np.ndarray]:
    return {
        weight: alive.tensor(place.layer.name, weight, each.shape)
        for weight, each in place.weights.items()
    }


def test_a_state_dict_becomes_weights_in_the_layout_of_keras(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "weights.pth").write_bytes(saved(lite0_state()))
    path = files.publish(monkeypatch, KEY, home / "weights.pth")
    network = networks.lite0_classifier()
    loaded = weights.load(KEY, path, network=network)
    assert loaded.keys() == network.weights().keys()
    for place in network.placed():
        for weight, array in drawn(place).items():
            assert np.array_equal(loaded[f"{place.path}/{weight}"], array)


def test_features_leave_the_published_classifier_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "weights.pth").write_bytes(saved(lite0_state()))
    path = files.publish(monkeypatch, KEY, home / "weights.pth")
    network = networks.lite0_features()
    assert weights.load(KEY, path, network=network).keys() == network.weights().keys()


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("_conv_head.weight", None, "lacks _conv_head.weight"),
        ("_conv_head.weight", (1280, 321, 1, 1), "not .1, 1, 320, 1280"),
        ("_bn1.bias", (1280, 1), "_bn1.bias of shape"),
        ("_extra.bias", (3,), "no use: _extra.bias"),
    ],
)
def test_another_network_in_the_file_is_refused(
    name: str,
    shape: tuple[int, ...] | None,
    message: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = lite0_state()
    if shape is None:
        del state[name]
    else:
        state[name] = torch.zeros(shape)
    (home / "weights.pth").write_bytes(saved(state))
    path = files.publish(monkeypatch, KEY, home / "weights.pth")
    with pytest.raises(DataError, match=message):
        weights.load(KEY, path, network=networks.lite0_classifier())
    assert files.kept(home) == []


def test_a_pickle_that_does_more_is_a_data_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "weights.pth").write_bytes(saved({"a": Call(os.mkdir, str(home / "ran"))}))
    path = files.publish(monkeypatch, KEY, home / "weights.pth")
    with pytest.raises(DataError, match=r"names '.* mkdir'"):
        weights.load(KEY, path, network=networks.lite0_classifier())
    assert not (home / "ran").exists()
    assert files.kept(home) == []
