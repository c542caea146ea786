"""Every dataset keeps the contract of its room."""

import math
import re
from typing import get_type_hints

import numpy as np
import pytest
from PIL import Image

from laptime import registry
from laptime.datasets import Arrays, DatasetModule, Found, Photos, locate, read, write_twin
from laptime.errors import DataError
from tests.datasets.alone import isolate

NAMES = registry.names("datasets")
CONSTANTS = {name for name in get_type_hints(DatasetModule) if name.isupper()}


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def module(name):
    return registry.load("datasets", name)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """For the twins' files, which some datasets share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAPTIME_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def is_photos(module):
    return getattr(module, "KIND", "arrays") == "photos"


def assert_fits(data, module):
    if is_photos(module):
        counts = module.TRAIN_COUNT, module.TEST_COUNT
        assert (len(data.train_files), len(data.test_files)) == counts
        assert_photos_fit(data, module)
    else:
        assert_arrays_fit(data, module)


def assert_photos_fit(photos, module):
    assert isinstance(photos, Photos)
    assert list(photos.classes) == sorted(set(photos.classes))
    assert len(photos.classes) == module.CLASSES
    for files, labels in (
        (photos.train_files, photos.train_y),
        (photos.test_files, photos.test_y),
    ):
        assert labels.dtype == np.uint8
        assert len(files) == len(labels) == len(set(files))
        assert set(labels.tolist()) == set(range(module.CLASSES))


def assert_arrays_fit(arrays, module):
    assert isinstance(arrays, Arrays)
    assert arrays.train_x.shape == (module.TRAIN_COUNT, *module.SHAPE)
    assert arrays.test_x.shape == (module.TEST_COUNT, *module.SHAPE)
    assert arrays.train_y.shape == (module.TRAIN_COUNT,)
    assert arrays.test_y.shape == (module.TEST_COUNT,)
    assert {part.dtype for part in arrays} == {np.dtype(np.uint8)}
    for labels in (arrays.train_y, arrays.test_y):
        assert len(np.unique(labels)) == module.CLASSES == int(labels.max()) + 1


def test_constants_can_be_read_without_importing_it(name):
    facts = registry.peek("datasets", name)
    assert set(facts) >= CONSTANTS
    assert facts["DOC"].splitlines()[0].endswith(".")
    assert re.match(r"https?://", facts["HOMEPAGE"])
    assert facts["DOWNLOAD_BYTES"] > 0
    assert all(re.match(r"https?://", mirror) for mirror in facts["MIRRORS"])


def test_the_synthetic_twin_fits_the_constants(module, cache):
    if not is_photos(module):
        assert_fits(read(module, None), module)
        return
    subset = 2 * module.CLASSES + 10
    write_twin(module, subset=subset)
    photos = read(module, None, subset=subset)
    assert_photos_fit(photos, module)
    assert len(photos.train_files) + len(photos.test_files) == subset
    with Image.open(photos.test_files[0]) as image:
        assert (image.format, image.mode, image.size in module.twin().sizes) == (
            "JPEG",
            "RGB",
            True,
        )


def test_nothing_is_found_where_nothing_is(module, monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)
    assert locate(module, data_dir=tmp_path) is None


def test_what_this_machine_has_fits_the_constants(module):
    found = locate(module)
    if found is None:
        pytest.skip("not on this machine")
    assert_fits(read(module, found), module)


def test_reading_an_empty_folder_says_what_to_do(module, name, tmp_path):
    with pytest.raises(DataError, match=f"laptime data fetch {name}"):
        read(module, Found(str(tmp_path), "folder"))


def test_fetching_without_a_network_says_what_to_do(module, monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(module, "MIRRORS", ("http://127.0.0.1:1/",))
    with pytest.raises(DataError, match="--data-dir"):
        module.fetch(progress=lambda *_: None)
    assert locate(module) is None


def test_the_twins_files_add_up_to_the_download(module):
    if not is_photos(module):
        pytest.skip("arrays")
    twin = module.twin()
    files = round(module.DOWNLOAD_BYTES / twin.mean_bytes)
    assert files >= module.TRAIN_COUNT + module.TEST_COUNT
    assert twin.first_test >= module.TRAIN_COUNT / module.CLASSES
    assert set(twin.classes) <= set(twin.names)


def test_the_download_is_smaller_than_the_arrays_it_holds(module):
    if is_photos(module):
        pytest.skip("files of any size")
    unpacked = (module.TRAIN_COUNT + module.TEST_COUNT) * (math.prod(module.SHAPE) + 1)
    assert unpacked > module.DOWNLOAD_BYTES
