from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from laptime.cli import root
from laptime.store import Store, open_store
from tests.plugs import plug_in

__all__ = ["plug_in"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store of one's own, and a screen of 100 columns."""
    monkeypatch.setenv("LAPTIME_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "100")
    return open_store()


@pytest.fixture
def laptime(store: Store, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[Any, str]]:
    """Runs a command; its exit code (None is 0) and what it printed."""

    def call(*arguments: str) -> tuple[int | None, str]:
        code = root.main(list(arguments), standalone_mode=False)
        return code, capsys.readouterr().out

    return call


@pytest.fixture
def document(laptime: Callable[..., tuple[Any, str]]) -> Callable[..., dict[str, Any]]:
    """Runs a command with --json and reads what it printed, which must be one document."""
    return lambda *arguments: json.loads(laptime(*arguments, "--json")[1])
