"""Decoding gives Pillow's pixels, or TensorFlow's, and refuses what holds no image."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from laptime.pipeline.decoding import MAX_PIXELS, UnreadableError, read
from tests.pipeline import photos

SOUND = photos.jpeg(photos.picture(61, 83))
SCAN = SOUND.index(b"\xff\xda")


@pytest.fixture
def stored(tmp_path):
    def store(data):
        path = tmp_path / "a.jpg"
        path.write_bytes(data)
        return str(path)

    return store


def pillow(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def sized(height, width):
    """A JPEG whose header tells another size."""
    at = SOUND.index(b"\xff\xc0") + 5
    return SOUND[:at] + height.to_bytes(2) + width.to_bytes(2) + SOUND[at + 4 :]


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(61, 83), (64, 80), (1, 1), (33, 8), (7, 150)])
def test_a_jpeg_is_pillows(stored, subsampling, progressive, size):
    image = photos.picture(*size)
    data = photos.jpeg(image, subsampling=subsampling, progressive=progressive)
    assert (read(stored(data)) == pillow(data)).all()


def encoded(mode, kind, **options):
    kept = io.BytesIO()
    Image.fromarray(photos.picture(40, 50)).convert(mode).save(kept, kind, **options)
    return kept.getvalue()


OTHERS = {
    "grey": encoded("L", "JPEG"),
    "cmyk": encoded("CMYK", "JPEG"),
    "rgb-jpeg": encoded("RGB", "JPEG", keep_rgb=True),
    "png": encoded("RGB", "PNG"),
    "png-palette": encoded("P", "PNG"),
    "png-alpha": encoded("RGBA", "PNG"),
    "gif": encoded("P", "GIF"),
    "bmp": encoded("RGB", "BMP"),
    "webp": encoded("RGB", "WEBP"),
    "bytes between markers": SOUND[:SCAN] + bytes(4) + SOUND[SCAN:],
    "a hole in the scan": SOUND[: SCAN + 600] + SOUND[SCAN + 900 :],
    "bytes after the end": SOUND + bytes(100),
}


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_pillow_reads_is_read_as_pillow_does(stored, name):
    found = read(stored(OTHERS[name]))
    assert found.shape[2] == 3
    assert (found == pillow(OTHERS[name])).all()


def test_the_turn_in_exif_is_not_applied(stored):
    turned = Image.Exif()
    turned[0x0112] = 6
    data = photos.jpeg(photos.picture(20, 30), exif=turned)
    assert read(stored(data)).shape == (20, 30, 3)


def test_the_fast_transform_is_a_level_off_on_average(stored):
    fast, accurate = read(stored(SOUND), dct="fast"), read(stored(SOUND))
    apart = np.abs(fast.astype(int) - accurate)
    assert 0.5 < apart.mean() < 1.5
    assert apart.max() < 10


@pytest.mark.long
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_the_fast_transform_is_tensorflows(stored, subsampling):
    tensorflow = pytest.importorskip("tensorflow")
    data = photos.jpeg(photos.picture(375, 499), subsampling=subsampling)
    expected = tensorflow.io.decode_image(data, channels=3).numpy()
    assert (read(stored(data), dct="fast") == expected).all()


BAD = {
    "empty": b"",
    "text": b"<html>not found</html>" * 50,
    "half": SOUND[: len(SOUND) // 2],
    "header only": SOUND[:300],
    "half a png": OTHERS["png"][:800],
    "broken png": OTHERS["png"][:60] + bytes(40) + OTHERS["png"][100:],
    "zeros": bytes(2_000),
}


@pytest.mark.parametrize("name", BAD)
def test_what_holds_no_whole_image_is_refused(stored, name):
    with pytest.raises(UnreadableError, match=r"a\.jpg"):
        read(stored(BAD[name]))


@pytest.mark.parametrize("size", [(30_000, 30_000), (5_001, 10_000)])
def test_a_bomb_costs_nothing(stored, size):
    path = stored(sized(*size))
    began = time.perf_counter()
    with pytest.raises(UnreadableError):
        read(path)
    assert time.perf_counter() - began < 0.1


def test_the_largest_image_is_no_bomb(stored):
    image = np.zeros((MAX_PIXELS // 10_000, 10_000, 3), np.uint8)
    assert read(stored(photos.jpeg(image))).shape == image.shape


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path):
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(UnreadableError):
            read(str(path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read it all")
def test_a_file_that_may_not_be_read_is_refused(stored):
    path = stored(SOUND)
    os.chmod(path, 0)  # noqa: PTH101
    with pytest.raises(UnreadableError, match=r"[Pp]ermission"):
        read(path)
