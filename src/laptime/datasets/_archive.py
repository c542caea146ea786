"""Published archives: room first, then the download, then unpacked beside the target."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from laptime import download
from laptime.download import Progress
from laptime.errors import DataError


class Published(NamedTuple):
    """An archive of image files, which is as large unpacked as packed."""

    title: str
    file: str
    urls: tuple[str, ...]
    sha256: str
    bytes: int
    top: str
    """The one folder in it that is wanted."""


def fetch(published: Published, folder: Path, progress: Progress) -> Path:
    """The folder `top`, below `folder`.

    Raises:
        DataError: no room, no mirror had it, or it cannot be unpacked.
    """
    copies = 1 if (folder / published.file).exists() else 2
    download.require_room(
        folder,
        copies * published.bytes,
        what=f"{published.title} ({download.gigabytes(published.bytes)} to download, as much unpacked)",
    )
    wanted = download.Wanted(
        file=published.file,
        urls=published.urls,
        sha256=published.sha256,
        folder=folder,
        limit=2 * published.bytes,
        otherwise="and run it again, or unpack it into a folder named with --data-dir, or train with "
        "--data synthetic",
    )
    archive = download.fetch(wanted, progress=progress)
    return unpack(archive, folder, top=published.top, progress=progress)


def unpack(archive: Path, folder: Path, *, top: str, progress: Progress) -> Path:
    """The folder `top` of a verified .tar.gz or .zip, put below `folder`; the archive is then deleted.

    Only what lies below `top` is unpacked. Nothing is left of an attempt that fails.

    Raises:
        DataError: damaged, with a member that would land elsewhere, without `top`, or no room for it.
    """
    take = _zip if archive.suffix == ".zip" else _tar
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="unpack-") as fresh:
            take(archive, Path(fresh), top, progress)
            if not (Path(fresh) / top).is_dir():
                raise _unfit(archive, f"no folder {top} in it")
            shutil.rmtree(folder / top, ignore_errors=True)
            (Path(fresh) / top).replace(folder / top)
        archive.unlink()
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise _unfit(archive, str(error)) from error
    except OSError as error:
        raise download.cannot_write(folder, error) from error
    return folder / top


def _unfit(archive: Path, reason: str) -> DataError:
    return DataError(
        f"{archive} cannot be unpacked ({reason}); delete it and run laptime data fetch again"
    )


def _tar(archive: Path, fresh: Path, top: str, progress: Progress) -> None:
    if not hasattr(tarfile, "data_filter"):
        raise DataError("unpacking safely needs Python 3.11.4 or newer; update Python")
    size = archive.stat().st_size
    with archive.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:gz") as tar:
        for member in tar:
            if PurePosixPath(member.name).parts[:1] == (top,):
                tar.extract(member, fresh, filter="data")
                progress(stream.tell(), size, f"unpacking {top}")


def _zip(archive: Path, fresh: Path, top: str, progress: Progress) -> None:
    with zipfile.ZipFile(archive) as packed:
        members = [each for each in packed.infolist() if _lies_in(each.filename, top)]
        total = sum(member.compress_size for member in members)
        done = 0
        for member in members:
            packed.extract(member, fresh)
            done += member.compress_size
            progress(done, total, f"unpacking {top}")


def _lies_in(name: str, top: str) -> bool:
    """Whether a member belongs to `top`.

    Raises:
        BadZipFile: it would land outside.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise zipfile.BadZipFile(f"{name} would land outside")
    return path.parts[:1] == (top,)
