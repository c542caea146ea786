"""The processor's own kernels: they compute what they say."""

import numpy as np
import pytest

from laptime.engines import Unsupported
from laptime.runner import host
from laptime.runner.host import HOST, host_kernel, photo


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [
        ("numpy", "matmul", 16),
        ("numpy", "copy", 4000),
        ("numpy", "triad", 4 * (host.BLOCK + 7)),
        ("simplejpeg", "jpeg", 1),
        ("simplejpeg", "jpeg", 2),
    ],
)
def test_it_runs(name, kind, size) -> None:
    host_kernel(name, kind, precision="float32", size=size)(2)


@pytest.mark.parametrize(("name", "kind"), [("numpy", "conv3x3"), ("simplejpeg", "matmul")])
def test_what_it_has_not_is_said(name, kind) -> None:
    with pytest.raises(Unsupported, match=kind):
        host_kernel(name, kind, precision="float32", size=1)


def test_no_other_precision() -> None:
    for name in HOST:
        with pytest.raises(Unsupported, match="bfloat16"):
            host_kernel(name, "matmul", precision="bfloat16", size=8)


def test_the_photo_is_the_same_everywhere_and_no_easy_one() -> None:
    import simplejpeg

    data = simplejpeg.encode_jpeg(photo(), quality=host.PHOTO_QUALITY, colorsubsampling="420")
    assert photo().shape == host.PHOTO_SHAPE
    assert np.array_equal(photo(), photo())
    assert 50_000 < len(data) < 90_000  # Dogs vs. Cats: 66 KB at that size


def test_the_triad_reaches_every_number() -> None:
    kept = {}
    once = host._triad(host.BLOCK + 7)
    for name, cell in zip(once.__code__.co_freevars, once.__closure__, strict=True):
        kept[name] = cell.cell_contents
    once()
    assert (kept["a"] == 4).all()
