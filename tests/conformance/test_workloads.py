"""Every workload is described whole."""

import pytest

from laptime import networks, registry, weights
from laptime.bands import read
from laptime.runner.description import describe_work, place
from laptime.runner.plan import SEED
from laptime.workloads import Workload

NAMES = registry.names("workloads")
PRECISIONS = ("float32", "bfloat16")
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


@pytest.mark.parametrize("name", NAMES)
def test_it_has_bands_of_twenty_seeds_for_its_synthetic_twin(name: str) -> None:
    """From all that it may start from that can be had here, and of the work as it is now."""
    workload: Workload = registry.load("workloads", name).WORKLOAD
    reference = read(place(name))
    assert reference
    assert reference.work == describe_work(name, workload).key, "run benchmarks/bands.py again"
    made = {(c.precision, c.weights) for c in reference.curves if c.data == "synthetic"}
    known = weights.KNOWN[workload.pretrained] if workload.pretrained else None
    kinds = {"random", *(["pretrained"] if known and known.package else [])} if known else {None}
    assert made == {(precision, kind) for precision in PRECISIONS for kind in kinds}
    for curves in reference.curves:
        assert len(curves.seeds) >= 20
        assert SEED not in curves.seeds, "a measured run would be held against itself"


def test_the_articles_have_fourteen() -> None:
    of = {name: registry.load("workloads", name).WORKLOAD.suites for name in NAMES}
    assert [name for name in NAMES if "articles" in of[name]] == ARTICLES


@pytest.mark.parametrize("name", NAMES)
def test_its_file_says_where_it_comes_from(name: str) -> None:
    assert "Source:" in registry.peek("workloads", name)["DOC"]


def test_work_keys_tell_all_workloads_apart() -> None:
    keys = {describe_work(name, registry.load("workloads", name).WORKLOAD).key for name in NAMES}
    assert len(keys) == len(NAMES)
