"""A file that is written whole is there as it was before or as it is now, whatever happens meanwhile."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config.settings import load
from gateway.demo.keys import FILE, demo_settings
from gateway.durable_files import write_whole


def recorded(name: str, done: list[str]) -> Callable[..., object]:
    """What the system is asked for, in its order."""
    really = getattr(os, name)

    def call(*arguments: object) -> object:
        where = os.readlink(f"/proc/self/fd/{arguments[0]}") if name == "fsync" else str(arguments[0])
        done.append(f"{name} {where}")
        return really(*arguments)

    return call


def test_it_is_on_the_disk_before_it_is_in_its_place_and_its_name_after_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, recorded(name, done))
    write_whole(tmp_path / "keys", "TOKEN=1\n")
    new = done[0].removeprefix("fsync ")
    assert done == [f"fsync {new}", f"replace {new}", f"fsync {tmp_path}"]
    assert Path(new).parent == tmp_path
    assert (tmp_path / "keys").read_text() == "TOKEN=1\n"
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_the_one_before_stays_where_it_cannot_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "keys", "TOKEN=1\n")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "keys", "TOKEN=\udc80")
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]
    assert (tmp_path / "keys").read_text() == "TOKEN=1\n"


@pytest.mark.parametrize("left", ["", "API_TOKEN=\n", "API_TOKEN\n"])
def test_keys_of_which_nothing_was_kept_are_made_anew(tmp_path: Path, left: str) -> None:
    (tmp_path / FILE).write_text(left)
    settings = load({"TIYIN_HOME": str(tmp_path)}, shops_required=False)
    made = demo_settings(settings)
    assert demo_settings(settings).shops == made.shops
    assert f"API_TOKEN={made.shops['main'].api_tokens[0].get_secret_value()}" in (tmp_path / FILE).read_text()
