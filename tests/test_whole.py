from __future__ import annotations

import pytest

from laptime import whole


def test_what_was_there_is_replaced(tmp_path) -> None:
    target = tmp_path / "a.html"
    for content in (b"first", b"second"):
        whole.write(target, content)
        assert target.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_ends_early_leaves_what_was_there(tmp_path, monkeypatch, error) -> None:
    target = tmp_path / "a.html"
    target.write_bytes(b"before")

    def fail(_: int) -> None:
        raise error

    monkeypatch.setattr(whole.os, "fsync", fail)
    with pytest.raises(type(error)):
        whole.write(target, b"after")
    assert target.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
