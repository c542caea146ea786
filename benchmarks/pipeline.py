"""Images per second from JPEG files: laptime's PhotoFeed and Keras' ImageDataGenerator, in turns.

Both read the same files with the same augmentation (catsdogs-cnn-augmented), or plain, in batches of 64
of 224 x 224. Each is asked for batches in a loop and nothing trains. Keras' generator is iterated as
it stands, which is one thread, as in `fit` with its default of one worker; `--keras-threads` shares it
out to more. Keras gives float32 that is scaled already. laptime gives uint8, a quarter of the bytes,
and the engine scales on the device; the lines 'as float32' scale here too, in numpy on one thread.
'decoding' and 'warping' are those steps alone on as many threads: no pipeline can be faster.

    python benchmarks/pipeline.py --keras-python ../venv-tf/bin/python
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import _turns
import numpy as np

SIZE = (224, 224)
BATCH = 64
FILES = 1_024
MAIN = "laptime"
AUGMENTED = ("keras", MAIN, "laptime as float32", "decoding", "warping")
PLAIN = ("keras plain", "laptime plain", "laptime plain as float32", "decoding")


def photos(folder: Path) -> None:
    """Write files of about 500 x 375 and 66 KB, colours and detail as spread as in photographs."""
    from PIL import Image

    generator = np.random.default_rng(7)
    steps = np.fft.fftfreq(1_024) * 1_024
    slope = 1 / (1 + np.hypot(steps[:, None], steps[None, :])) ** 1.4
    waves = np.fft.fft2(generator.standard_normal((1_024, 1_024, 3)), axes=(0, 1))
    field = np.fft.ifft2(waves * slope[..., None], axes=(0, 1)).real
    levels = np.rint(128 + 60 * field / field.std()).clip(0, 255).astype(np.uint8)
    for number in range(FILES):
        place = folder / f"class-{number % 2}" / f"{number:05d}.jpg"
        place.parent.mkdir(exist_ok=True)
        height, width = 375 - number % 5, 500 - number % 3
        top, left = generator.integers(1_024 - height), generator.integers(1_024 - width)
        photo = levels[top : top + height, left : left + width]
        Image.fromarray(photo).save(place, quality=90, subsampling="4:2:0")


def from_keras(folder: Path, options: argparse.Namespace) -> Callable[[int], int]:
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    changes = {
        "rotation_range": 20,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
    }
    generator = ImageDataGenerator(rescale=1 / 255, **({} if is_plain(options) else changes))
    batches = generator.flow_from_directory(
        str(folder), target_size=SIZE, batch_size=BATCH, seed=42
    )
    pool = ThreadPoolExecutor(options.keras_threads)

    def train(steps: int) -> int:
        return sum(len(x) for x, _ in pool.map(lambda _: next(batches), range(steps)))

    return train


def from_laptime(folder: Path, options: argparse.Namespace) -> Callable[[int], int]:
    from laptime.pipeline.photos import PhotoFeed
    from laptime.preparation import Augmentation, Preparation

    changes = Augmentation(
        rotation_degrees=20,
        width_shift=0.2,
        height_shift=0.2,
        shear_degrees=0.2,
        zoom=0.2,
        horizontal_flip=True,
    )
    files = names(folder)
    feed = PhotoFeed(
        files,
        np.array([Path(file).parent.name == "class-1" for file in files], np.uint8),
        size=SIZE,
        preparation=Preparation(
            resize="nearest", augmentation=None if is_plain(options) else changes
        ),
        batch_size=BATCH,
        shuffle=True,
        shuffle_buffer=None,
        seed=42,
        now_ns=time.perf_counter_ns,
        workers=options.workers,
        ahead=options.ahead,
    )

    def train(steps: int) -> int:
        before = feed.samples
        for _ in range(steps):
            x, _ = feed.take()
            if options.serve.endswith("float32"):
                np.multiply(x, np.float32(1 / 255))
        feed.restart()  # nothing is ready when a slice begins, nobody works on once it has ended
        return feed.samples - before

    return train


def from_one_step(folder: Path, options: argparse.Namespace) -> Callable[[int], int]:
    """Decoding or warping alone, by as many threads, eight images a task."""
    import cv2

    from laptime.pipeline.augmenting import warp
    from laptime.pipeline.decoding import read
    from laptime.pipeline.resizing import resize

    pool = ThreadPoolExecutor(options.workers, initializer=cv2.setNumThreads, initargs=(1,))
    files: Iterator[str] = itertools.cycle(names(folder))
    image = resize(read(names(folder)[0]), SIZE, method="nearest")
    matrix = np.array([[1.02, 0.2, -20.0], [-0.2, 0.93, 31.0]])

    def work(some: list[str]) -> None:
        for file in some:
            if options.serve == "decoding":
                read(file)
            else:
                warp(image, matrix)

    def train(steps: int) -> int:
        for _ in range(steps):
            list(pool.map(work, [list(itertools.islice(files, 8)) for _ in range(BATCH // 8)]))
        return steps * BATCH

    return train


def names(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*/*"))


def is_plain(options: argparse.Namespace) -> bool:
    return "plain" in options.serve


def contestants(which: tuple[str, ...], folder: Path, options: argparse.Namespace) -> None:
    told = [f"--{name}={getattr(options, name)}" for name in ("workers", "ahead")]
    told += [f"--keras-threads={options.keras_threads}", f"--folder={folder}"]
    running = []
    for name in which:
        command = [__file__, f"--serve={name}", *told]
        if name.startswith("keras"):  # in its own Python, which a contestant does not choose
            become = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
            command = ["-c", become, options.keras_python, *command]
        running.append(_turns.Contestant(name, command, {"TF_CPP_MIN_LOG_LEVEL": "3"}))
    _turns.race(running, rounds=options.rounds, seconds=options.seconds)


def serve(options: argparse.Namespace) -> None:
    makers = {"keras": from_keras, "laptime": from_laptime}
    maker = makers.get(options.serve.split()[0], from_one_step)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = sys.stderr  # Keras tells what it found
    train = maker(options.folder, options)
    sys.stdout = answers
    _turns.serve(train)
    os._exit(0)  # the threads of a feed work ahead


def main() -> None:
    parser = _turns.arguments(rounds=8, seconds=2.0)
    parser.add_argument("--folder", type=Path, help="class folders of your own")
    parser.add_argument("--keras-python", default=sys.executable)
    parser.add_argument("--keras-threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--ahead", type=int, default=2)
    parser.add_argument("--only", choices=["augmented", "plain"])
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        if options.folder is None:
            photos(folder)
        sizes = [Path(name).stat().st_size for name in names(folder)]
        print(f"{len(sizes):,} files of {np.mean(sizes) / 1e3:.0f} KB; {options.workers} workers")
        for which, race in (("augmented", AUGMENTED), ("plain", PLAIN)):
            if options.only in (None, which):
                contestants(race, folder, options)


if __name__ == "__main__":
    main()
