"""What lies below a source's path, and the bytes of one file of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.file_source.content import Unreadable
from adapters.file_source.registry import SUFFIXES
from adapters.file_source.settings import FileSourceSettings
from knowledge.errors import SourceUnavailable
from knowledge.models import Failure, Found, Note, Scan

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was at one moment: its bytes and when they were written, in seconds since the epoch."""

    path: Path
    data: bytes
    modified: float


@dataclass(slots=True)
class _Findings:
    found: list[Found] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Folder:
    """The files of one source. Nothing outside its root is ever opened, wherever links point."""

    def __init__(self, settings: FileSourceSettings) -> None:
        self._settings = settings
        self._root = Path(os.path.abspath(settings.path.expanduser()))  # noqa: PTH100  # keeps links as they are

    def scan(self) -> Scan:
        """Everything readable now, sorted by id. Raises SourceUnavailable."""
        root = self._root
        if not root.exists():
            raise SourceUnavailable(
                f'{root} does not exist: create it or correct the path of the source "{self._settings.name}"'
            )
        findings = _Findings()
        if root.is_file():
            self._examine(root, name=root.name, findings=findings)
        else:
            try:
                os.scandir(root).close()
            except OSError as exc:
                raise SourceUnavailable(f"{root} cannot be listed ({exc.strerror}): allow reading it") from exc
            for path in self._walk(root, visited={root.resolve()}, findings=findings):
                self._examine(path, name=path.relative_to(root).as_posix(), findings=findings)
        return Scan(
            sorted(findings.found, key=lambda found: found.id),
            sorted(findings.notes, key=lambda note: note.document),
            sorted(findings.failures, key=lambda failure: failure.document),
        )

    def read(self, document: str) -> Opened:
        """The bytes of a document. Raises Unreadable when it is gone, too big, no plain file or outside."""
        path = self._path(document)
        limit = self._settings.limits.max_file_mb
        try:
            resolved = path.resolve(strict=True)
            if not resolved.is_relative_to(self._root.resolve()):
                raise Unreadable("is a link that leaves its folder: copy the file into it")
            # Not blocking, because opening a pipe that took the file's place would wait for ever.
            descriptor = os.open(resolved, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise Unreadable("is not a plain file: remove it from the folder")
                data = file.read(limit * MIB + 1)
        except (OSError, RuntimeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "a loop of links"
            raise Unreadable(f"cannot be opened ({reason}): check that it exists and may be read") from exc
        if len(data) > limit * MIB:
            raise Unreadable(_too_big(len(data), limit))
        return Opened(path, data, status.st_mtime)

    def _path(self, document: str) -> Path:
        if self._root.is_dir():
            return self._root / document.removeprefix(f"{self._settings.name}/")
        return self._root

    def _walk(self, folder: Path, *, visited: set[Path], findings: _Findings) -> Iterator[Path]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as exc:
            error = f"{self._id(folder)} cannot be listed ({exc.strerror}): allow reading this folder"
            findings.failures.append(Failure(self._id(folder), error))
            return
        for path in entries:
            if path.name.startswith((".", "~$")):
                continue
            if path.is_symlink() and not self._stays_inside(path):
                findings.notes.append(Note(self._id(path), "is a link that leaves the folder, so it is left out"))
            elif path.is_dir():
                if (resolved := path.resolve()) not in visited:
                    yield from self._walk(path, visited=visited | {resolved}, findings=findings)
            else:
                yield path

    def _examine(self, path: Path, *, name: str, findings: _Findings) -> None:
        document = self._id(path)
        suffix = path.suffix.lower()
        limit = self._settings.limits.max_file_mb
        try:
            status = path.stat()
        except OSError as exc:
            error = f"{document} cannot be opened ({exc.strerror}): check the file"
            findings.failures.append(Failure(document, error, self._settings.attributes(name)))
            return
        if not stat.S_ISREG(status.st_mode):
            return
        if not _is_text(str(path)):
            findings.failures.append(Failure(document, f"{document} has a name that is not UTF-8: rename it"))
        elif suffix not in SUFFIXES:
            what = suffix or "files without an ending"
            note = f"no reader for {what} yet: save it as PDF, DOCX, HTML, Markdown or text to include it"
            findings.notes.append(Note(document, note))
        elif status.st_size > limit * MIB:
            error = f"{document} {_too_big(status.st_size, limit)}"
            findings.failures.append(Failure(document, error, self._settings.attributes(name)))
        else:
            stamp = f"{status.st_size}-{status.st_mtime_ns}"
            findings.found.append(Found(document, stamp, self._settings.attributes(name)))

    def _stays_inside(self, path: Path) -> bool:
        try:
            return path.resolve(strict=True).is_relative_to(self._root.resolve())
        except (OSError, RuntimeError):
            return False

    def _id(self, path: Path) -> str:
        name = self._settings.name
        if path == self._root:
            # A name made from the file's, as in `policy.md-2`, tells it from another source's file of that name.
            below = name if name.startswith(path.name) else path.name
        else:
            below = f"{name}/{path.relative_to(self._root).as_posix()}"
        return below.encode("utf-8", "replace").decode()


def _too_big(size: int, limit: int) -> str:
    return f"is larger than {limit} MB ({size / MIB:.0f} MB): split it or raise max_file_mb"


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
