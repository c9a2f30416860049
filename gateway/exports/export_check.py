"""An export's check compares its files with its manifest: bytes, sums, counts, and what they come to."""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.exports.export_folder import FILE_MAX_BYTES, MANIFEST, ExportError
from gateway.exports.order_export import FORMAT
from gateway.exports.totals import Totals

NAME: Final = re.compile(r"orders-\d{6}\.jsonl(\.gz)?")
CHUNK_BYTES: Final = 1024 * 1024
MANIFEST_MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a manifest that names half a million files."""
LINE_MAX_BYTES: Final = 64 * 1024 * 1024
"""Five hundred rows have far less. A megabyte of gzip may hold a line of a thousand."""

NOT_OURS: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What is raised by JSON that no export has, or by what is no JSON."""


def check_export(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export that is as it was written. Raises ExportError with a line for each fault."""
    manifest = _manifest(folder)
    files: list[Mapping[str, Any]] = manifest["files"]
    faults = [*_strangers(folder, {file["name"] for file in files}), *(_fault(folder, file) for file in files)]
    found = [fault for fault in faults if fault]
    if not found:
        found = _faults_of_lines(folder, manifest)
    if found:
        raise ExportError("\n".join([*found, f"The export in {folder} is not as it was written."]))
    return manifest


def sha256_of(file: Path) -> str:
    sum_ = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK_BYTES):
            sum_.update(chunk)
    return sum_.hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / MANIFEST
    try:
        if file.stat().st_size > MANIFEST_MAX_BYTES:
            raise ValueError
        manifest = json.loads(file.read_text(encoding="utf-8"))
        is_ours = manifest["format"] == FORMAT
        names = [file["name"] for file in manifest["files"]]
        is_readable = all(NAME.fullmatch(name) for name in names) and isinstance(manifest["totals"], dict)
    except FileNotFoundError:
        raise ExportError(
            f"{folder} has no {MANIFEST}: it is no export, or one that has not come to its end. Make a new one."
        ) from None
    except NOT_OURS:
        is_ours = is_readable = False
    if not (is_ours and is_readable):
        raise ExportError(f"{file} is no manifest of the format {FORMAT}.")
    return dict(manifest)


def _strangers(folder: Path, names: set[str]) -> Iterator[str]:
    for file in sorted(folder.iterdir()):
        if file.name not in {*names, MANIFEST}:
            yield f"{file} is not in the manifest."


def _fault(folder: Path, file: Mapping[str, Any]) -> str | None:
    path = folder / file["name"]
    if not path.is_file():
        return f"{path} is missing."
    if sha256_of(path) != file.get("sha256"):
        return f"{path} was changed: its sha256 is not the manifest's."
    return None if path.stat().st_size == file.get("bytes") else f"{folder / MANIFEST} gives {path} another size."


def _faults_of_lines(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Read the lines of files that are known to be as the manifest says, which may have been changed with them."""
    totals, faults = Totals(), list[str]()
    for file in manifest["files"]:
        path, count = folder / file["name"], 0
        try:
            for line in _lines(path):
                totals.add(json.loads(line))
                count += 1
        except (*NOT_OURS, EOFError, gzip.BadGzipFile, zlib.error):
            return [f"{path} has other lines than an export has."]
        if count != file.get("lines"):
            faults.append(f"{folder / MANIFEST} gives {path} another number of lines.")
    ours, theirs = totals.document(), manifest["totals"]
    if ours != theirs:
        names = ", ".join(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))
        faults.append(f"{folder / MANIFEST} gives other totals than the lines have ({names}).")
    return faults


def _lines(path: Path) -> Iterator[bytes]:
    """Give a file's lines. Raises ValueError at the first that is longer or stands further behind than we write any."""
    size = 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:
        while line := opened.readline(LINE_MAX_BYTES):
            if size >= FILE_MAX_BYTES or not line.endswith(b"\n"):
                raise ValueError
            size += len(line)
            yield line
