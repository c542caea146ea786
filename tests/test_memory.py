"""Memory is planned from the description: what is kept, what passes by, what is trained."""

from laptime import memory, networks, registry
from laptime.layers import Conv, Dense, Flatten, Network, Sequence

FRAMEWORK = memory.FRAMEWORK_BYTES


def need(*layers, batch_size: int = 2, frozen: bool = False) -> int:
    body = Sequence(layers=(Sequence(layers=layers, frozen=frozen),))
    return memory.need_bytes(Network(input_shape=(8, 8, 1), body=body), batch_size=batch_size)


def test_a_small_network_by_hand() -> None:
    """3x3 convolution to 6x6x4, flattened to 144, 10 units: weights four times, the flat input kept."""
    weights = 4 * ((9 * 4 + 4) + (144 * 10 + 10))
    kept, passing = 144, 1.5 * (144 + 144)
    chain = Conv(filters=4), Flatten(), Dense(units=10)
    assert need(*chain) == FRAMEWORK + 4 * (weights + 2 * (kept + passing))


def test_what_is_frozen_keeps_nothing() -> None:
    chain = Conv(filters=4), Flatten(), Dense(units=10)
    weights = (9 * 4 + 4) + (144 * 10 + 10)
    assert need(*chain, frozen=True) == FRAMEWORK + 4 * (weights + 2 * 1.5 * 288)


def test_images_cost_by_the_batch() -> None:
    network = networks.catsdogs_cnn()
    needs = [memory.need_bytes(network, batch_size=size) for size in (8, 16, 24)]
    assert needs[2] - needs[1] == needs[1] - needs[0] > 100_000_000


def test_no_workload_is_planned_over_four_gigabytes() -> None:
    for name in registry.names("workloads"):
        workload = registry.load("workloads", name).WORKLOAD
        size = workload.recipe.batch_size
        assert memory.need_bytes(workload.network, batch_size=size) < 4_000_000_000, name
