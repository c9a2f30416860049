"""An export's folder has files of lines and a manifest, which is written last: without it the export is not whole."""

import gzip
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import orjson

from gateway.durable_files import sync_directory, write_whole

MANIFEST: Final = "manifest.json"

FILE_MAX_BYTES: Final = 64 * 1024 * 1024
"""Of lines, before they are compressed; a file ends with the line that makes it so large."""

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
"""Payers' data is in it."""


class ExportError(Exception):
    """The export could not be written, or is not whole; the text says why."""


class ExportFolder:
    """Writes into a folder that is new or empty."""

    def __init__(self, path: Path, *, compress: bool) -> None:
        self.path = path
        self.files: list[dict[str, Any]] = []
        self._compress = compress
        self._file: _LineFile | None = None
        self._is_made = self._make()

    def _make(self) -> bool:
        """Make the folder, or take one that is empty. Returns whether it was made."""
        with _said(self.path):
            try:
                self.path.mkdir(FOLDER_MODE)
            except FileExistsError:
                if not self.path.is_dir() or any(self.path.iterdir()):
                    raise ExportError(f"{self.path} is there and not empty: name a new folder.") from None
                self.path.chmod(FOLDER_MODE)
                return False
            return True

    def write(self, line: bytes) -> None:
        with _said(self.path):
            if self._file is None:
                name = f"orders-{len(self.files) + 1:06}.jsonl{'.gz' if self._compress else ''}"
                self._file = _LineFile(self.path / name, compress=self._compress)
            if self._file.write(line) >= FILE_MAX_BYTES:
                self._end_file()

    def finish(self, about: Mapping[str, Any]) -> None:
        """Have all files on the disk, then the manifest: it says that they are whole."""
        with _said(self.path):
            self._end_file()
            sync_directory(self.path)
            text = orjson.dumps({**about, "files": self.files}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            write_whole(self.path / MANIFEST, text.decode())
            sync_directory(self.path.parent)

    def discard(self) -> None:
        """Remove what was written, after an error: that one is to be heard of, and not what goes wrong here."""
        with suppress(OSError):
            if self._file is not None:
                self._file.give_up()
            for file in (self.path / MANIFEST, *self.path.glob("orders-*")):
                file.unlink(missing_ok=True)
            if self._is_made:
                self.path.rmdir()

    def _end_file(self) -> None:
        if self._file is not None:
            self.files.append(self._file.end())
            self._file = None


class _LineFile:
    """One file, with the sum of what is in it."""

    def __init__(self, path: Path, *, compress: bool) -> None:
        self._name = path.name
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE), "wb")
        self._sums = _Sums(self._file)
        self._lines, self._size = 0, 0
        self._out: Any = gzip.GzipFile("", "wb", fileobj=self._sums, mtime=0) if compress else self._sums

    def write(self, line: bytes) -> int:
        """Add a line. Returns the bytes of all lines in it."""
        self._out.write(line)
        self._lines += 1
        self._size += len(line)
        return self._size

    def end(self) -> dict[str, Any]:
        """Have it on the disk, and say what the manifest says of it."""
        if self._out is not self._sums:
            self._out.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self._sums.hash.hexdigest()
        return {"name": self._name, "lines": self._lines, "bytes": self._sums.size, "sha256": sha256}

    def give_up(self) -> None:
        """Close it without what is still to be written: a disk that is full would refuse that again."""
        with suppress(OSError):
            self._file.close()


class _Sums:
    """Passes on what is written, and adds it up."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Have an error of the disk for what it is: a database that is away raises the same kinds."""
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error.strerror}), and nothing is exported.") from error
