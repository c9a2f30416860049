"""An export's check compares its files with its manifest: bytes, sums, counts, and what they come to."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.exports.export_folder import MANIFEST, ExportError
from gateway.exports.order_export import FORMAT
from gateway.exports.totals import Totals

NAME: Final = re.compile(r"orders-\d{6}\.jsonl(\.gz)?")
CHUNK_BYTES: Final = 1024 * 1024


def check_export(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export that is as it was written. Raises ExportError with a line for each fault."""
    manifest = _manifest(folder)
    files: list[Mapping[str, Any]] = manifest["files"]
    faults = [*_strangers(folder, {file["name"] for file in files}), *(_fault(folder, file) for file in files)]
    found = [fault for fault in faults if fault]
    if not found and (totals := _totals(folder, files).document()) != manifest["totals"]:
        names = ", ".join(name for name, total in totals.items() if total != manifest["totals"].get(name))
        found.append(f"{folder / MANIFEST} gives other totals than the lines have ({names}).")
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
        manifest = json.loads(file.read_text(encoding="utf-8"))
        is_ours = manifest["format"] == FORMAT
        names = [file["name"] for file in manifest["files"]]
        is_readable = all(NAME.fullmatch(name) for name in names) and isinstance(manifest["totals"], dict)
    except FileNotFoundError:
        raise ExportError(
            f"{folder} has no {MANIFEST}: it is no export, or one that has not come to its end. Make a new one."
        ) from None
    except (ValueError, TypeError, KeyError):
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
    return None if sha256_of(path) == file.get("sha256") else f"{path} was changed: its sha256 is not the manifest's."


def _totals(folder: Path, files: list[Mapping[str, Any]]) -> Totals:
    """Read the lines of files that are known to be as they were written."""
    totals = Totals()
    for file in files:
        path = folder / file["name"]
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for line in lines:
                totals.add(json.loads(line))
    return totals
