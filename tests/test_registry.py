"""Leaves are found by their file name and read without being imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from laptime import registry
from laptime.errors import UnknownNameError


def test_the_file_name_is_the_key() -> None:
    assert "cifar10-tinyvgg" in registry.names("workloads")
    assert registry.names("engines") == sorted(registry.names("engines"))


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'mnist-mlp'"):
        registry.load("workloads", "mnist-mpl")


def test_globs_choose_several_in_the_order_asked_for() -> None:
    chosen = registry.select("workloads", ["mnist-*", "cifar10-*", "mnist-mlp"])
    assert chosen == ["mnist-lenet", "mnist-mlp", "cifar10-cnn", "cifar10-tinyvgg"]
    with pytest.raises(UnknownNameError):
        registry.select("workloads", ["nothing-*"])


def test_peeking_at_an_engine_imports_no_framework() -> None:
    code = (
        "import sys; from laptime import registry; f = registry.peek('engines', 'torch');"
        "assert f['MODULES'] == ('torch',) and 'cpu' in f['DEVICES'] and f['DOC'];"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_plug_in_package_joins_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "laptime_ours" / "workloads"
    room.mkdir(parents=True)
    (room / "my_net.py").write_text("from laptime.workloads.mnist_mlp import WORKLOAD\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._leaves.cache_clear()
    try:
        assert "my-net" in registry.names("workloads")
        assert registry.load("workloads", "my-net").WORKLOAD.dataset == "mnist"
    finally:
        registry._leaves.cache_clear()


def test_a_plug_in_replaces_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "laptime_ours" / "workloads"
    room.mkdir(parents=True)
    (room / "mnist_mlp.py").write_text("WORKLOAD = None\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._leaves.cache_clear()
    try:
        assert registry.load("workloads", "mnist-mlp").WORKLOAD is not None
    finally:
        registry._leaves.cache_clear()
