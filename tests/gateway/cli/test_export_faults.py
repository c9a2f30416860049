"""`tiyin export check` says what an export is, whatever was put in its place; a disk that is full leaves nothing."""

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.exports.export_check import check_export
from gateway.exports.export_folder import MANIFEST, ExportError, ExportFolder
from gateway.exports.totals import Totals

FORMAT = {"format": "tiyin-orders/1"}
NO_ORDER = b'{"shop":"main","test":false,"order":null,"payments":[],"transitions":[],"events":[]}\n'
LONG_LINE = NO_ORDER.replace(b"\n", b" " * 3_000_000 + b"\n")


def written(folder: Path, content: bytes, **file: Any) -> Path:
    """An export whose manifest was made again for what is in its file. `file`: what it says of that instead."""
    folder.mkdir()
    name = file.get("name", "orders-000001.jsonl")
    (folder / name).write_bytes(content)
    named = {"name": name, "lines": 1, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), **file}
    about = {**FORMAT, "files": [named], "totals": Totals().document()}
    (folder / MANIFEST).write_text(json.dumps(about))
    return folder


def fault(folder: Path) -> str:
    with pytest.raises(ExportError) as refused:
        check_export(folder)
    return str(refused.value).splitlines()[0].replace(f"{folder}/", "")


def test_lines_and_bytes_are_as_many_as_the_manifest_says(tmp_path):
    assert check_export(written(tmp_path / "whole", NO_ORDER))
    assert fault(written(tmp_path / "a", NO_ORDER, lines=2)) == (
        "manifest.json gives orders-000001.jsonl another number of lines."
    )
    assert fault(written(tmp_path / "b", NO_ORDER, bytes=2)) == "manifest.json gives orders-000001.jsonl another size."


def test_totals_that_no_lines_have_are_named(tmp_path):
    folder = written(tmp_path / "out", NO_ORDER)
    about = json.loads((folder / MANIFEST).read_text())
    about["totals"]["shops"] = 1
    (folder / MANIFEST).write_text(json.dumps(about))
    assert fault(folder) == "manifest.json gives other totals than the lines have (shops)."


@pytest.mark.parametrize(
    "content",
    [
        b"{\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b"1" * 5_000 + b"\n",
        NO_ORDER.replace(b"[]", b"1"),
        NO_ORDER.replace(b"[]", b"[null]"),
        NO_ORDER.replace(b"null", b'"text"'),
        NO_ORDER.removesuffix(b"\n"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_lines_that_are_none_of_an_export_are_a_fault_of_it(tmp_path, content, suffix):
    name = f"orders-000001.jsonl{suffix}"
    content = gzip.compress(content) if suffix else content
    assert fault(written(tmp_path / "out", content, name=name)) == f"{name} has other lines than an export has."


@pytest.mark.parametrize(
    "content",
    [b"zzz", gzip.compress(NO_ORDER)[:-9], gzip.compress(NO_ORDER)[:10] + b"\xff" * 9],
    ids=["anything else", "cut off", "damaged"],
)
def test_what_is_no_gzip_is_a_fault_of_it(tmp_path, content):
    name = "orders-000001.jsonl.gz"
    assert fault(written(tmp_path / "out", content, name=name)) == f"{name} has other lines than an export has."


@pytest.mark.parametrize("limit", ["LINE_MAX_BYTES", "FILE_MAX_BYTES"])
def test_no_more_is_unpacked_than_an_export_may_have(tmp_path, monkeypatch, limit):
    """Three kilobytes of gzip may be three megabytes, in one line or in many."""
    content = LONG_LINE if limit == "LINE_MAX_BYTES" else NO_ORDER * 30_000
    name, lines = "orders-000001.jsonl.gz", content.count(b"\n")
    folder = written(tmp_path / "out", gzip.compress(content), name=name, lines=lines)
    assert check_export(folder)
    monkeypatch.setattr(f"gateway.exports.export_check.{limit}", 100_000)
    read, loads = [], json.loads
    monkeypatch.setattr(json, "loads", lambda text: (read.append(len(text)), loads(text))[1])
    assert fault(folder) == "orders-000001.jsonl.gz has other lines than an export has."
    assert sum(read[1:]) < 101_000


@pytest.mark.parametrize("limit", [None, 100])
def test_a_manifest_of_any_depth_or_size_is_none(tmp_path, monkeypatch, limit):
    folder = written(tmp_path / "out", NO_ORDER)
    if limit is None:
        (folder / MANIFEST).write_text("[" * 100_000)
    else:
        monkeypatch.setattr("gateway.exports.export_check.MANIFEST_MAX_BYTES", limit)
    assert fault(folder) == "manifest.json is no manifest of the format tiyin-orders/1."


@pytest.mark.parametrize("compress", [False, True])
def test_a_disk_that_is_full_when_it_is_written_to_leaves_nothing(tmp_path, monkeypatch, compress):
    """What is left to write cannot be written when the file is closed, either."""
    opened = os.open

    def opened_on_a_full_disk(path: Path, *flags: int) -> int:
        os.close(opened(path, *flags))
        return opened("/dev/full", os.O_WRONLY)

    folder = ExportFolder(tmp_path / "out", compress=compress)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", opened_on_a_full_disk)
        folder.write(NO_ORDER)
    with pytest.raises(ExportError, match="No space left on device"):
        folder.finish(FORMAT)
    folder.discard()
    assert not (tmp_path / "out").exists()


def test_a_manifest_that_is_there_when_the_end_fails_is_removed_as_well(tmp_path):
    folder = ExportFolder(tmp_path / "out", compress=False)
    folder.write(NO_ORDER)
    folder.finish(FORMAT)
    folder.discard()
    assert not (tmp_path / "out").exists()
