"""Every test of this room is isolated from the machine's own caches and from the network."""

from pathlib import Path

import pytest

from tests.datasets.alone import isolate


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    isolate(monkeypatch, tmp_path)
    return tmp_path
