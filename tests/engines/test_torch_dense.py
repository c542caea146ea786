"""Dense layers by oneDNN give what PyTorch's own give."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")

from laptime import registry  # noqa: E402 - after the skip
from laptime.engines import Job  # noqa: E402
from laptime.initial import initial_weights  # noqa: E402
from laptime.layers import Dense as Described  # noqa: E402
from laptime.layers import Flatten, Network, Rescale, Sequence  # noqa: E402
from laptime.pipeline import Batches  # noqa: E402
from laptime.runner.setups import resolve  # noqa: E402
from laptime.workloads import Recipe  # noqa: E402

engine = registry.load("engines", "torch")
from laptime.engines._torch_dense import LEAST_WEIGHTS, Dense, is_possible  # noqa: E402

pytestmark = pytest.mark.skipif(
    not is_possible(torch.device("cpu")), reason="this build of PyTorch has no oneDNN"
)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("wants_x", [True, False])
def test_output_and_gradients_are_those_of_pytorch(bias: bool, wants_x: bool) -> None:
    torch.manual_seed(1)
    ours, theirs = Dense(301, 17, bias=bias), torch.nn.Linear(301, 17, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    x, gradient = torch.randn(5, 301, requires_grad=wants_x), torch.randn(5, 17)
    found = []
    for layer in (ours, theirs):
        output = layer(x)
        wanted = [*([x] if wants_x else []), *layer.parameters()]
        found.append([output, *torch.autograd.grad(output, wanted, gradient)])
    assert type(ours(x).grad_fn).__name__ == "_ProductBackward"
    for one, other in zip(*found, strict=True):
        assert one.stride() == other.stride()
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_other_precisions_are_left_to_pytorch() -> None:
    layer, x = Dense(8, 4), torch.randn(2, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert type(layer(x).grad_fn).__name__ != "_ProductBackward"


@pytest.mark.parametrize(("side", "told"), [(8, "default"), (64, "onednn")])
def test_only_large_layers_are_given_to_it(side: int, told: str) -> None:
    units = 64
    assert (side * side * units * 3 >= LEAST_WEIGHTS) == (told == "onednn")
    body = Sequence(layers=(Rescale(), Flatten(), Described(units=units)))
    network = Network(input_shape=(side, side, 3), body=body)
    job = Job(
        network=network,
        recipe=Recipe(batch_size=2, epochs=1, shuffle=False),
        device="cpu",
        precision="float32",
        options=resolve("torch", "tuned"),
        seed=1,
    )
    x = torch.zeros((2, side, side, 3), dtype=torch.uint8).numpy()
    feed = Batches(x, x[:, 0, 0, 0], batch_size=2, shuffle=False, seed=1, now_ns=lambda: 0)
    session = engine.start(job, weights=initial_weights(network, seed=1), batches=feed)
    assert session.facts.options["dense"] == told
    assert session.forward_flops() == network.forward_flops
