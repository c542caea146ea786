"""Every workload is described whole."""

import pytest

from laptime import networks, registry, weights
from laptime.runner.description import describe_work
from laptime.workloads import Workload

NAMES = registry.names("workloads")
ARTICLES = [
    "catsdogs-cnn",
    "catsdogs-cnn-augmented",
    "catsdogs-vgg16",
    "catsdogs-vgg16-augmented",
    "cifar10-cnn",
    "cifar10-tinyvgg",
    "createml-food10",
    "createml-food101-10pct",
    "fashion-mnist-mlp",
    "food10-efficientnetb0",
    "food10-tinyvgg",
    "food101-efficientnetb0",
    "mnist-lenet",
    "mnist-mlp",
]


@pytest.fixture(params=NAMES)
def workload(request: pytest.FixtureRequest) -> Workload:
    loaded: Workload = registry.load("workloads", request.param).WORKLOAD
    return loaded


def test_its_data_fits_its_network(workload: Workload) -> None:
    facts = registry.peek("datasets", workload.dataset)
    assert workload.network.input_shape == facts["SHAPE"]
    if workload.recipe.classifier is None:
        assert workload.network.output_shape == (facts["CLASSES"],)
    else:  # its output is features; the classes are those of the data
        assert len(workload.network.output_shape) == 1
        assert workload.network.trainable_parameters == 0


def test_photos_and_only_photos_are_prepared(workload: Workload) -> None:
    is_photos = registry.peek("datasets", workload.dataset).get("KIND") == "photos"
    assert (workload.recipe.preparation is not None) == is_photos


def test_its_pretrained_weights_have_a_place(workload: Workload) -> None:
    if workload.pretrained is None:
        with pytest.raises(ValueError, match="frozen"):
            networks.backbone(workload.network)
        return
    part = weights.KNOWN[workload.pretrained].part
    paths = workload.network.weights()
    assert any(path.startswith(f"{part}/") for path in paths)
    assert not any(paths[path].trainable for path in paths if path.startswith(f"{part}/"))


def test_it_says_when_it_has_learned(workload: Workload) -> None:
    """A tenth of the way from guessing to perfect at least, and before the published run is over."""
    facts = registry.peek("datasets", workload.dataset)
    chance = 1 / facts["CLASSES"]
    # Keras' weights could not be had where the targets were measured: on a twin nothing is known.
    is_unmeasured = workload.pretrained and not weights.KNOWN[workload.pretrained].package
    kinds = {"real"} if is_unmeasured else {"real", "synthetic"}
    assert {target.data for target in workload.targets} == kinds
    assert all(chance + 0.1 * (1 - chance) < target.accuracy < 1 for target in workload.targets)
    steps = -(-facts["TRAIN_COUNT"] // workload.recipe.batch_size) * workload.recipe.epochs
    assert all(0 < target.after_steps <= steps for target in workload.targets)


def test_the_articles_have_fourteen() -> None:
    of = {name: registry.load("workloads", name).WORKLOAD.suites for name in NAMES}
    assert [name for name in NAMES if "articles" in of[name]] == ARTICLES


@pytest.mark.parametrize("name", NAMES)
def test_its_file_says_where_it_comes_from(name: str) -> None:
    assert "Source:" in registry.peek("workloads", name)["DOC"]


def test_work_keys_tell_all_workloads_apart() -> None:
    keys = {describe_work(name, registry.load("workloads", name).WORKLOAD).key for name in NAMES}
    assert len(keys) == len(NAMES)
