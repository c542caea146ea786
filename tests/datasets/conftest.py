"""Every test of this room is isolated from the machine's own data and from the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.datasets.alone import Server, isolate, serving


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    isolate(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
