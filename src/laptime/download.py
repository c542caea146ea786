"""Downloads that resume, try one mirror after another, and keep only what has the right checksum.

pooch keeps the cache: it verifies, and gives a file its name only then. Ours is what it lacks:
bytes arrive in `<file>.<mirror>.part` beside the target and a broken transfer goes on from there,
if the server proves with its ETag or date that the file is still the same.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from laptime.errors import DataError

if TYPE_CHECKING:
    import requests

# Called with (bytes done, bytes in all or None, label) while a download runs.
Progress = Callable[[int, int | None, str], None]

CONNECT_S = 3.0  # for each address of a mirror: without a network the answer comes fast
STALL_S = 20.0
ATTEMPTS = 4  # at one mirror, as long as each brings something
CHUNK = 1 << 16  # what a break may cost


class _MirrorError(Exception):
    """One mirror failed, and why; the next is tried."""


class Wanted(NamedTuple):
    """One file to download."""

    file: str
    """Its name in `folder` when it is whole and verified."""
    urls: tuple[str, ...]
    sha256: str | None
    """Of the file as it is kept (decompressed where `unzip_to` is given)."""
    folder: Path
    limit: int
    """Bytes after which a mirror is not believed any more."""
    unzip_to: int | None = None
    """Decompressed size of a .gz that is kept decompressed."""
    md5: str | None = None
    """Instead of the SHA-256, where the publisher states only that."""
    otherwise: str = "or into a folder named with --data-dir, or train with --data synthetic"
    """What else to do when no mirror has it."""


def fetch(wanted: Wanted, *, progress: Progress) -> Path:
    """The verified file, downloaded unless it is there already.

    Raises:
        DataError: no mirror had it, or it cannot be written; says what was tried and what to do.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # it prints every download; ours is told by `progress`
    tried = []
    algorithm, known = ("SHA-256", wanted.sha256) if wanted.sha256 else ("MD5", wanted.md5)

    def download(url: str, target: str, _: object) -> None:
        _download(wanted, url, Path(target), progress)

    for url in wanted.urls:
        try:
            whole = pooch.retrieve(
                url,
                known_hash=f"{algorithm.replace('-', '').lower()}:{known}",
                fname=wanted.file,
                path=wanted.folder,
                downloader=download,
            )
            for stale in wanted.folder.glob(f"{wanted.file}.*.part*"):  # begun at other mirrors
                stale.unlink()
            return Path(whole)
        except _MirrorError as error:
            reason = str(error)
        except ValueError:  # what pooch raises for a wrong checksum
            reason = f"wrong {algorithm}"
        except OSError as error:
            raise cannot_write(wanted.folder, error) from error
        tried.append(f"{urlsplit(url).netloc} ({reason})")
    raise DataError(
        f"{wanted.file} could not be downloaded: {', '.join(tried)}; try again later, or get "
        f"{wanted.urls[0]} on another computer, put it into {wanted.folder} {wanted.otherwise}"
    )


def require_room(folder: Path, need: int, *, what: str) -> None:
    """Refuse to begin what will not fit on the disk.

    Raises:
        DataError: fewer than `need` bytes are free at `folder`, which need not exist yet.
    """
    free = free_bytes(folder)
    if free < need:
        raise DataError(
            f"{what} needs {gigabytes(need)} and {gigabytes(free)} are free at {folder}; free some "
            "space, set LAPTIME_CACHE to a folder on a larger disk, or name a folder that already "
            "holds the data with --data-dir"
        )


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk on which a folder is, or will be."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(existing).free


def gigabytes(count: int) -> str:
    """'5.0 GB', '170 MB'."""
    return f"{count / 1e9:,.1f} GB" if count >= 999_500_000 else f"{count / 1e6:,.0f} MB"


def cannot_write(folder: Path, error: OSError, *, need: int | None = None) -> DataError:
    """What to say when the cache cannot be written; `need` is what had to be free, in bytes."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        needed = f"; {gigabytes(need)} were needed" if need else ""
        return DataError(
            f"the disk is full at {folder}{needed}; free some space and run it again, or set "
            "LAPTIME_CACHE to a folder on a larger disk"
        )
    reason = error.strerror or type(error).__name__
    return DataError(
        f"cannot write into {folder} ({reason}); set LAPTIME_CACHE to a folder that you may write"
    )


def _download(wanted: Wanted, url: str, target: Path, progress: Progress) -> None:
    """Bring one file from one mirror to `target`, not verified yet."""
    mirror = hashlib.sha256(url.encode()).hexdigest()[:8]
    part = wanted.folder / f"{wanted.file}.{mirror}.part"
    _receive(url, part, wanted=wanted, progress=progress)
    if wanted.unzip_to is None:
        shutil.move(part, target)
    else:
        _unzip(part, target, size=wanted.unzip_to)
    _discard(part)


def _unzip(part: Path, target: Path, *, size: int) -> None:
    with part.open("rb") as stream:
        try:
            content = unzipped(stream, limit=size)
        except (OSError, EOFError, zlib.error) as error:
            _discard(part)
            raise _MirrorError("not a whole gzip file") from error
    target.write_bytes(content)


def unzipped(stream: BinaryIO, *, limit: int) -> bytes:
    """Content of a gzip stream, or of a plain one; at most `limit` + 1 bytes are unpacked.

    Raises:
        OSError, EOFError, zlib.error: damaged or cut short.
    """
    zipped = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream).read(limit + 1) if zipped else stream.read(limit + 1)


def _receive(url: str, part: Path, *, wanted: Wanted, progress: Progress) -> None:
    """Fill `part` until it is complete, going on after each break that brought something."""
    import requests

    for _ in range(ATTEMPTS):
        before = _size(part)
        try:
            if _stream(url, part, wanted=wanted, progress=progress):
                return
        except requests.RequestException as error:
            if _size(part) <= before:
                raise _MirrorError(_why(error)) from error
    raise _MirrorError("broke off again and again")


def _stream(url: str, part: Path, *, wanted: Wanted, progress: Progress) -> bool:
    """One request; True when `part` is complete, False to ask again from the start."""
    import requests

    validator = _validator_file(part)
    begun = _size(part) if validator.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if begun:
        headers |= {"Range": f"bytes={begun}-", "If-Range": validator.read_text("utf-8")}
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_S, STALL_S)) as answer:
        span = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and span == f"bytes */{begun}":
            return True  # the last run ended between the last byte and the check
        resumed = answer.status_code == 206 and span.startswith(f"bytes {begun}-")
        if answer.status_code == 416 or (answer.status_code == 206 and not resumed):
            _discard(part)
            return False
        answer.raise_for_status()
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise _MirrorError("sends the file re-encoded")
        if not resumed:
            begun = 0
            _begin(part, answer)
        _save(answer, part, begun=begun, wanted=wanted, progress=progress)
    return True


def _begin(part: Path, answer: requests.Response) -> None:
    """Start over, and remember by what the server will recognise this version of the file."""
    _discard(part)
    part.touch()
    tag = answer.headers.get("ETag", "")
    strong = tag if tag.startswith('"') else answer.headers.get("Last-Modified")
    if strong:  # without one a resumed file could be two halves of different files
        _validator_file(part).write_text(strong, "utf-8")


def _save(
    answer: requests.Response, part: Path, *, begun: int, wanted: Wanted, progress: Progress
) -> None:
    length = answer.headers.get("Content-Length", "")
    total = begun + int(length) if length.isdigit() else None
    done = begun
    with part.open("ab") as stream:
        for chunk in answer.iter_content(CHUNK):
            done += len(chunk)
            if max(done, total or 0) > wanted.limit:
                raise _MirrorError("sends far more than the file's size")
            stream.write(chunk)
            progress(done, total, wanted.file)


def _validator_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _validator_file(part).unlink(missing_ok=True)


def _why(error: requests.RequestException) -> str:
    import requests

    if isinstance(error, requests.ConnectTimeout):
        return f"no answer in {CONNECT_S:.0f} s"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, requests.exceptions.SSLError):
        return "no trusted certificate"
    if isinstance(error, requests.Timeout):
        return f"silent for {STALL_S:.0f} s"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__
