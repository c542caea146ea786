"""Every workload is described whole."""

import pytest

from laptime import registry
from laptime.runner.ticket import describe_work
from laptime.workloads import Workload

NAMES = registry.names("workloads")


@pytest.fixture(params=NAMES)
def workload(request: pytest.FixtureRequest) -> Workload:
    loaded: Workload = registry.load("workloads", request.param).WORKLOAD
    return loaded


def test_its_data_fits_its_network(workload: Workload) -> None:
    facts = registry.peek("datasets", workload.dataset)
    assert workload.network.input_shape == facts["SHAPE"]
    assert workload.network.output_shape == (facts["CLASSES"],)


def test_it_says_when_it_has_learned(workload: Workload) -> None:
    chance = 1 / workload.network.output_shape[0]
    assert {target.data for target in workload.targets} == {"real", "synthetic"}
    assert all(2 * chance < target.accuracy < 1 for target in workload.targets)
    full = -(-registry.peek("datasets", workload.dataset)["TRAIN_COUNT"] // 32)
    assert min(t.after_steps for t in workload.targets) <= full * workload.recipe.epochs


@pytest.mark.parametrize("name", NAMES)
def test_its_file_says_where_it_comes_from(name: str) -> None:
    assert "Source:" in registry.peek("workloads", name)["DOC"]


def test_work_keys_tell_all_workloads_apart() -> None:
    keys = {describe_work(name, registry.load("workloads", name).WORKLOAD).key for name in NAMES}
    assert len(keys) == len(NAMES)
