"""Results on disk: one JSON file each, written whole or not at all.

A result is written to a file whose name no reader takes for a result, flushed to the disk and then
renamed over its old self. So a reader, a second writer, a full disk or a kill -9 never meets or
leaves half a record, and a growing result can be saved after every process.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import platformdirs

from laptime.errors import RecordError, StoreError, UnknownNameError, UsageError
from laptime.frozen import is_extreme
from laptime.record import Result, decode, encode

TRAININGS, PROBES, VIDEOS = ".json", ".probe", ".video"
"""How the files of each kind of test end."""
ENDINGS = (TRAININGS, PROBES, VIDEOS)
Kind = TypeVar("Kind")
_TEMPORARY = ".tmp"
_IMPORTED = ".imported-"
"""Begins the name of the file that says of a record that somebody else measured it."""
_ABANDONED_S = 3600.0
_GONE_S = 30 * 86_400.0  # nobody goes on with a run after so long
_PROBE = b"laptime\n" * 512  # a write that a full disk refuses
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,150}")

_ELSEWHERE = "set LAPTIME_STORE to a folder that you may write to"
_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or set LAPTIME_STORE to another disk"),
    errno.EDQUOT: (
        "your quota is used up",
        "free some space, or set LAPTIME_STORE to another disk",
    ),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EACCES: ("permission denied", _ELSEWHERE),
    errno.EPERM: ("permission denied", _ELSEWHERE),
    errno.ENOTDIR: ("it is not a folder", "set LAPTIME_STORE to a folder"),
    errno.EEXIST: ("it is not a folder", "set LAPTIME_STORE to a folder"),
}


class Seen(NamedTuple):
    """What a folder tells of a file without opening it; it changes when the file is written anew."""

    mtime_ns: int
    size: int
    inode: str
    """As text: some systems count further than 64 bits."""
    is_imported: bool
    """Whether somebody else measured it."""


class Store:
    """A folder of results.

    Args:
        folder: where they lie; made when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_writable(self) -> None:
        """Write and remove a small file, so that a run does not end without a place for its result.

        Raises:
            StoreError: it could not be written; the message names the remedy.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=_TEMPORARY, dir=self.folder)
            with _removed_on_failure(name):
                _write_out(handle, _PROBE)
                self._sweep(now_s=Path(name).stat().st_mtime)
                Path(name).unlink()
        except OSError as error:
            raise self._refused("write", error) from error

    def save(self, result: Result) -> Path:
        """Write a result, in place of an older one with the same id.

        Raises:
            StoreError: it could not be written; what was there before is untouched.
        """
        return self.write_beside(f"{_checked(result.id)}{TRAININGS}", encode(result))

    def write_beside(self, name: str, content: bytes) -> Path:
        """Write a file of the store, whole or not at all, in place of an older one of that name.

        Raises:
            StoreError: it could not be written; what was there before is untouched.
        """
        target = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, fresh = tempfile.mkstemp(prefix=".", suffix=_TEMPORARY, dir=self.folder)
            with _removed_on_failure(fresh):
                _write_out(handle, content)
                Path(fresh).replace(target)
        except OSError as error:
            raise self._refused("write", error) from error
        self._sync_folder()
        return target

    def ids(self, ending: str = TRAININGS) -> list[str]:
        """Every result's id, oldest first: an id starts with its time in UTC.

        Args:
            ending: of the files; those of other tests than training have their own.

        Raises:
            StoreError: the folder is there and cannot be read.
        """
        return sorted(self._ids((ending,)))

    def files(self, ending: str = TRAININGS) -> dict[str, Seen]:
        """Name of every file of a kind -> what the folder tells of it, in one look.

        Args:
            ending: of the files.

        Raises:
            StoreError: the folder is there and cannot be read.
        """
        found: dict[str, Seen] = {}
        marked: set[str] = set()
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    if entry.name.startswith(_IMPORTED):
                        marked.add(f"{entry.name.removeprefix(_IMPORTED)}{ending}")
                    elif entry.name.endswith(ending) and not entry.name.startswith("."):
                        found[entry.name] = _seen(entry)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._refused("read", error) from error
        imported = marked & found.keys()
        return found | {name: found[name]._replace(is_imported=True) for name in imported}

    def find(self, name: str, endings: Sequence[str] = (TRAININGS,)) -> Path:
        """The file of a result by its id, the start of its id, 'latest', or its own path.

        Args:
            name: 'latest' is the newest of all that were measured here.
            endings: what its name may end in.

        Raises:
            UnknownNameError: nothing is called so.
            UsageError: several start so, or there is none yet.
            StoreError: the folder is there and cannot be read.
        """
        if name.endswith(tuple(endings)) or "/" in name or "\\" in name:
            return Path(name).expanduser()
        files = self._ids(endings)
        known = sorted(files)
        if name == "latest":
            own = sorted(files.keys() - self.imported())
            if not own:
                raise UsageError(
                    "there are no results yet; make one with 'laptime run'"
                    if not known
                    else "all results here are imported; name one, or make one with 'laptime run'"
                )
            return self.folder / f"{own[-1]}{files[own[-1]]}"
        matches = [name] if name in files else [each for each in known if each.startswith(name)]
        if not name or not matches:
            near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
            raise UnknownNameError("result", name, near or known[-3:])
        if len(matches) > 1:
            some = ", ".join(matches[:3]) + (" ..." if len(matches) > 3 else "")
            raise UsageError(
                f"{len(matches)} results start with '{name}' ({some}); give more of it"
            )
        return self.folder / f"{matches[0]}{files[matches[0]]}"

    def load(self, name: str) -> Result:
        """A result by its id, the start of its id, 'latest', or the path of a file.

        Raises:
            UnknownNameError: nothing is called so.
            UsageError: several results start so, or there is none yet.
            RecordError: the file is damaged or from a newer laptime.
            StoreError: the file cannot be read.
        """
        return read(self.find(name), decode)

    def load_all(self) -> tuple[list[Result], list[StoreError]]:
        """Every result that can be read, oldest first, and what is wrong with the others.

        Raises:
            StoreError: the folder itself cannot be read.
        """
        return self.read_all(TRAININGS, decode)

    def read_all(
        self, ending: str, decode: Callable[[bytes], Kind]
    ) -> tuple[list[Kind], list[StoreError]]:
        """Every record of a kind that can be read, oldest first, and what is wrong with the others.

        Args:
            ending: of their files.
            decode: reads one.

        Raises:
            StoreError: the folder itself cannot be read.
        """
        found: list[Kind] = []
        problems: list[StoreError] = []
        for name in self.ids(ending):
            try:
                found.append(read(self.folder / f"{name}{ending}", decode))
            except StoreError as problem:
                problems.append(problem)
        return found, problems

    def imported(self) -> frozenset[str]:
        """Ids of what somebody else measured: never this machine's, however equal theirs may be.

        Raises:
            StoreError: the folder is there and cannot be read.
        """
        try:
            names = [entry.name for entry in self.folder.iterdir()]
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise self._refused("read", error) from error
        return frozenset(
            name.removeprefix(_IMPORTED) for name in names if name.startswith(_IMPORTED)
        )

    def take(self, name: str, ending: str, content: bytes) -> Path:
        """Write a record that somebody else measured, marked as such.

        The mark comes first: a record without one would pass for our own.

        Args:
            name: its id.
            ending: of its file.
            content: the record.

        Raises:
            StoreError: it could not be written, or its id is none.
        """
        digest = hashlib.sha256(content).hexdigest()
        self.write_beside(f"{_IMPORTED}{_checked(name)}", f"{digest}\n".encode())
        return self.write_beside(f"{name}{ending}", content)

    def _ids(self, endings: Sequence[str]) -> dict[str, str]:
        """Id -> ending of its file, in one look at the folder."""
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - a path for each of 100,000 takes its time
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._refused("read", error) from error
        return {
            name.removesuffix(ending): ending
            for name in names
            for ending in endings
            if name.endswith(ending) and not name.startswith(".")
        }

    def _sweep(self, *, now_s: float) -> None:
        """Remove what killed writers and runs left behind: old temporary and unfinished files."""
        for pattern, oldest_s in ((f".*{_TEMPORARY}", _ABANDONED_S), (".unfinished-*", _GONE_S)):
            for path in self.folder.glob(pattern):
                with contextlib.suppress(OSError):
                    if now_s - path.stat().st_mtime > oldest_s:
                        path.unlink()

    def _sync_folder(self) -> None:
        """Make the new name itself survive a power cut, where the system can."""
        with contextlib.suppress(OSError):
            handle = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _refused(self, verb: str, error: OSError) -> StoreError:
        reason, remedy = _explained(error)
        return StoreError(f"cannot {verb} results in {self.folder}: {reason}; {remedy}")


def read(path: Path, decode: Callable[[bytes], Kind]) -> Kind:
    """A record of any kind; its file is named in whatever is wrong.

    Raises:
        RecordError: the file is damaged, of another kind, or from a newer laptime.
        StoreError: it cannot be read.
    """
    try:
        text = path.read_bytes()
        found = decode(text)
        if is_extreme(text):
            raise RecordError("a figure that nobody can measure; delete it or restore a copy")
        return found
    except RecordError as error:
        raise RecordError(f"{path.name}: {error}") from error
    except (RecursionError, UnicodeDecodeError) as error:
        raise RecordError(
            f"{path.name}: not a laptime record; delete it or restore a copy"
        ) from error
    except OSError as error:
        reason, _ = _explained(error)
        raise StoreError(
            f"cannot read {path}: {reason}; 'laptime list results' lists those there are"
        ) from error


def open_store() -> Store:
    """The user's own store: LAPTIME_STORE, or the system's place for a program's data."""
    chosen = os.environ.get("LAPTIME_STORE")
    if chosen:
        try:
            return Store(Path(chosen).expanduser())
        except RuntimeError as error:
            raise StoreError(f"LAPTIME_STORE names no folder ({error}); set it to one") from error
    return Store(platformdirs.user_data_path("laptime") / "results")


def new_id(created: str, workload: str, engine: str, device: str, setup: str) -> str:
    """A file name that sorts by time: '20261122-001905-cifar10-tinyvgg-torch-cpu-plain-3f2a'.

    Args:
        created: ISO 8601; without an offset it is UTC.
        workload: key of the workload; with the others, for people who look into the folder.
        engine: key of the engine.
        device: key of the device.
        setup: name of the setup.
    """
    moment = datetime.fromisoformat(created)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    words = re.sub(r"[^a-z0-9]+", "-", f"{workload}-{engine}-{device}-{setup}".lower())
    return f"{moment:%Y%m%d-%H%M%S}-{words.strip('-')[:100]}-{secrets.token_hex(2)}"


def is_id(name: str) -> bool:
    """Whether it is safe as a file name everywhere; records also come from other people."""
    return bool(_ID.fullmatch(name)) and not name.endswith(".")


def _checked(name: str) -> str:
    if not is_id(name):
        raise StoreError(f"{name!r} is no id of a result; make one with laptime.store.new_id")
    return name


def _seen(entry: os.DirEntry[str]) -> Seen:
    try:
        told = entry.stat()
    except OSError:  # a link to nowhere: whoever opens it learns why
        return Seen(0, 0, "", is_imported=False)
    return Seen(told.st_mtime_ns, told.st_size, str(told.st_ino), is_imported=False)


def _explained(error: OSError) -> tuple[str, str]:
    """What an error of the system means, and what to do."""
    known = _REASONS.get(error.errno or 0)
    return known or ((error.strerror or type(error).__name__).lower(), _ELSEWHERE)


def _write_out(handle: int, content: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _removed_on_failure(name: str) -> Iterator[None]:
    """Remove a temporary file on anything that ends its writing early, Ctrl-C included."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
