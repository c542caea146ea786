"""Commands with a store of their own, and no data of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from laptime import weights
from laptime.store import Store
from tests.cli.conftest import document, laptime, store
from tests.datasets.alone import isolate

__all__ = ["alone", "document", "laptime", "store"]


@pytest.fixture
def alone(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """The empty store."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(weights, "find", lambda _: None)
    return store
