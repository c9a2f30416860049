"""Lines that a thread writes: a target may be slow, full, blocked or gone."""

import os
import time
from contextlib import suppress

import pytest

from gateway.observability.log_writer import TOO_SLOW, LogWriter, to_descriptor, to_file, why_not_writable


def test_lines_are_written_in_their_order(tmp_path):
    lines = LogWriter(to_file(tmp_path / "log"))
    for number in range(2_000):
        lines.put(b"%d\n" % number)
    lines.close(2)
    assert (tmp_path / "log").read_bytes().split() == [b"%d" % number for number in range(2_000)]


@pytest.mark.timeout(30)  # who waited for it would wait for ever
def test_a_blocked_target_costs_lines_and_no_time():
    reader, writer = os.pipe()
    lost = []
    lines = LogWriter(to_descriptor(writer), limit=1_000)
    lines.lost = lost.append
    for _ in range(5_000):
        lines.put(b"x" * 200 + b"\n")
    lines.close(0.1)
    assert sum(lost) >= 2_000
    os.close(reader)  # now it gets an error instead, and comes to its end
    lines.close(2)
    os.close(writer)


def test_a_slow_target_that_does_not_block_gets_whole_lines():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    lines = LogWriter(to_descriptor(writer))
    for _ in range(1_000):
        lines.put(b"x" * 199 + b"\n")
    read = b""
    while len(read) < 200_000:
        read += os.read(reader, 4096)
    assert set(read.splitlines()) == {b"x" * 199}
    lines.close(1)
    os.close(reader)
    os.close(writer)


def test_a_full_disk_is_counted_and_tried_again(tmp_path):
    lost = []
    lines = LogWriter(to_file(tmp_path / "away" / "log"))
    lines.lost = lost.append
    lines.put(b"lost\n")
    while not lost:
        time.sleep(0.01)
    (tmp_path / "away").mkdir()
    lines.put(b"kept\n")
    lines.close(2)
    assert (tmp_path / "away" / "log").read_bytes() == b"kept\n"
    assert lost == [1]


def test_a_rotated_file_is_begun_anew(tmp_path):
    log = tmp_path / "log"
    lines = LogWriter(to_file(log))
    lines.put(b"old\n")
    while not (log.exists() and log.read_bytes()):
        time.sleep(0.01)
    log.rename(tmp_path / "log.1")
    lines.put(b"new\n")
    lines.close(2)
    assert (log.read_bytes(), (tmp_path / "log.1").read_bytes()) == (b"new\n", b"old\n")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_writes_its_own_lines_and_not_its_parents(tmp_path):
    lines = LogWriter(to_file(tmp_path / "log"))
    lines.put(b"parent\n")
    if (child := os.fork()) == 0:
        lines.put(b"child\n")
        lines.close(2)
        os._exit(0)
    os.waitpid(child, 0)
    lines.close(2)
    assert sorted((tmp_path / "log").read_bytes().split()) == [b"child", b"parent"]


def test_trouble_is_reported_once_and_its_end_once(tmp_path):
    lost, reports = [], []
    lines = LogWriter(to_file(tmp_path / "away" / "log"))
    lines.lost, lines.trouble = lost.append, lambda error: reports.append(type(error))
    for count in (1, 2, 3):
        lines.put(b"lost\n")
        while len(lost) < count:
            time.sleep(0.001)
    (tmp_path / "away").mkdir()
    for _ in range(3):
        lines.put(b"kept\n")
    lines.close(2)
    assert reports == [FileNotFoundError, type(None)]


def test_a_target_that_blocks_is_trouble_until_all_that_waited_is_written():
    reader, writer = os.pipe()
    reports = []
    lines = LogWriter(to_descriptor(writer), limit=1_000)
    lines.trouble = reports.append
    for _ in range(3_000):
        lines.put(b"x" * 200 + b"\n")
    assert reports == [TOO_SLOW]
    os.set_blocking(reader, False)
    while len(reports) == 1:
        with suppress(BlockingIOError):
            os.read(reader, 4096)
    lines.close(2)
    assert reports == [TOO_SLOW, None]
    os.close(reader)
    os.close(writer)


def test_what_keeps_a_file_from_being_written_has_a_name(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert why_not_writable(tmp_path / "log") is None
    assert why_not_writable(tmp_path / "away" / "log") == "No such file or directory"
    assert why_not_writable(tmp_path) == "Is a directory"
    assert why_not_writable(tmp_path / "pipe") == "No such device or address"  # nobody reads it
