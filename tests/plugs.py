"""Plug-in packages made of a few lines, for tests of what a stranger's file may do."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from laptime import registry

FAKE = """
from laptime.engines.fake import devices, make_clock, start
TITLE = "the fake engine under another name"
MODULES = ()
EXTRA = None
DEVICES = ("fake",)
PRECISIONS = ("float32",)
OPTIONS = {}
SETUPS = {"plain": {}}
COMPUTES = False
"""
HANGS = "import time\nwhile True:\n    time.sleep(1)\n"
DIES = "import os\nos.write(2, b'no such instruction')\nos._exit(9)\n"
NOISY = 'import os\nfor _ in range(50):\n    os.write(1, b\'{"do": "goodbye"}\\xff\' * 1000)\n'
"""Each in front of what makes an engine."""


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Writes `laptime_test/<room>/<name>.py`, found by this process and by its workers."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    def write(name: str, text: str, *, room: str = "engines") -> Path:
        path = tmp_path / "laptime_test" / room / f"{name.replace('-', '_')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        registry._leaves.cache_clear()
        return path

    yield write
    registry._leaves.cache_clear()
    registry.peek.cache_clear()


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts code at the start of every process of a module that is started from here."""
    folder = tmp_path / "planted"

    def write(module: str, code: str) -> None:
        folder.mkdir()
        body = textwrap.indent(textwrap.dedent(code), "    ")
        (folder / "sitecustomize.py").write_text(
            f"import sys\nif sys.orig_argv[-1] == {module!r}:\n{body}", "utf-8"
        )
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)

    return write
