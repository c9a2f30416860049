"""What `make` shows while pip works."""

import io

import pytest

from tools.install import OTHER_FILES_HINT, Progress, install, main

SAID = (
    "Obtaining file:///home/somebody/tiyin",
    "  Installing build dependencies: started",
    "Collecting aiohttp>=3.14.3 (from tiyin==0.1.0)",
    "  Using cached aiohttp-3.14.5.whl (1.8 MB)",
    "Collecting SQLAlchemy[asyncio]>=2.1",
    "Processing /wheels/markdown_it-py-4.3.0-py3-none-any.whl (from rich>=13)",
    "Installing collected packages: aiohttp, SQLAlchemy, tiyin",
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_each_package_is_named_as_it_is_collected(out):
    progress = Progress(out)
    for line in SAID:
        progress.hears(line)
    progress.ends("done")
    shown = out.getvalue().replace("\r", "\n").strip("\n").split("\n")
    assert [line.strip() for line in shown] == [
        "1 tiyin",
        "2 aiohttp",
        "3 SQLAlchemy",
        "4 markdown_it-py",
        "unpacking 3 packages",
        "done",
    ]


def test_a_terminal_has_one_line_that_is_written_over():
    out = Terminal()
    progress = Progress(out)
    progress.hears("Collecting a-long-name")
    progress.hears("Collecting short")
    assert out.getvalue() == "\r  1 a-long-name\r  2 short      "


def test_a_failure_shows_what_pip_said(tmp_path):
    out = io.StringIO()
    assert install([str(tmp_path / "nothing")], out) != 0
    assert "pip could not install it:" in out.getvalue()
    assert str(tmp_path / "nothing") in out.getvalue()


def test_a_file_with_another_hash_is_not_installed(tmp_path):
    (tmp_path / "theirs-1.0-py3-none-any.whl").write_bytes(b"not what was locked")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"--no-index\n--find-links {tmp_path}\ntheirs==1.0 --hash=sha256:{'0' * 64}\n")
    out = io.StringIO()
    assert main(["--locked", str(lock), str(tmp_path)], out) != 0
    assert out.getvalue().endswith(OTHER_FILES_HINT + "\n")


def test_a_package_without_a_hash_is_not_installed(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(f"--no-index\n--find-links {tmp_path}\ntheirs==1.0\n")
    (tmp_path / "theirs-1.0-py3-none-any.whl").write_bytes(b"whatever it is")
    out = io.StringIO()
    assert main(["--locked", str(lock), str(tmp_path)], out) != 0
    assert "Hashes are required in --require-hashes mode" in out.getvalue()
