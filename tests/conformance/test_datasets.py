"""Every dataset keeps the contract of its room."""

import math
import re
from typing import get_type_hints

import numpy as np
import pytest

from laptime import registry
from laptime.datasets import Arrays, DatasetModule, Found, locate, read
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


def assert_fits(arrays, module):
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


def test_the_synthetic_twin_fits_the_constants(module):
    assert_fits(read(module, None), module)


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


def test_the_download_is_smaller_than_the_arrays_it_holds(module):
    unpacked = (module.TRAIN_COUNT + module.TEST_COUNT) * (math.prod(module.SHAPE) + 1)
    assert unpacked > module.DOWNLOAD_BYTES
