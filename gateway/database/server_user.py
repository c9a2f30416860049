"""Root's server runs as a user of its own, which has to reach its files; nobody's folders are opened for that."""

import os
import pwd
import stat
import subprocess
from pathlib import Path
from typing import Any, Final

from gateway.child_environment import child_environment
from gateway.database.errors import EmbeddedError

SYSTEM_USER: Final = "pgserver"
"""PostgreSQL refuses to run as root: root's server runs as this user."""

CLOSED: Final = (
    "{folder} is closed to the user {user}, as whom root's PostgreSQL runs, and {what} in it: {remedy}, run as an"
    " ordinary user, or let others pass it yourself (chmod o+x {folder})"
)
OTHER_HOME: Final = "set TIYIN_HOME to a place such as /var/lib/tiyin"
OTHER_CHECKOUT: Final = "install tiyin in a place such as /opt"


def identity() -> dict[str, Any]:
    """Return how to start a process as the user that root's server runs as; it is made when it is needed."""
    entry = _account()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def server_user_id() -> int:
    """The user that a server of ours runs as, and whose its files are."""
    return _account().pw_uid if os.geteuid() == 0 else os.geteuid()


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_user()
        return pwd.getpwnam(SYSTEM_USER)


def _make_user() -> None:
    try:
        subprocess.run(["useradd", "--system", SYSTEM_USER], env=child_environment(), check=True, capture_output=True)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError):
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and its user {SYSTEM_USER} cannot be made: run as an ordinary user, "
            "or set DATABASE_URL"
        ) from None


def require_way(folder: Path, what: str, remedy: str) -> None:
    """Raise EmbeddedError where root's server could not get to this folder. Nothing is changed.

    `what`: stands there; `remedy`: of the operator.
    """
    if os.geteuid() != 0:
        return
    account = identity()
    if _may_enter(folder.parent, account):
        return
    above = sorted({*folder.absolute().parents, *folder.resolve().parents}, key=lambda path: len(path.parts))
    closed = next((path for path in above if not _lets_pass(path, account)), folder.parent)
    raise EmbeddedError(CLOSED.format(folder=closed, user=SYSTEM_USER, what=what, remedy=remedy))


def _lets_pass(folder: Path, account: dict[str, Any]) -> bool:
    entry = folder.stat()
    if entry.st_uid == account["user"]:
        return bool(entry.st_mode & stat.S_IXUSR)
    return bool(entry.st_mode & (stat.S_IXGRP if entry.st_gid == account["group"] else stat.S_IXOTH))


def _may_enter(folder: Path, account: dict[str, Any]) -> bool:
    """Try it: by links and access lists it may be otherwise than the modes say."""
    enter = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    return subprocess.run(enter, env=child_environment(), cwd="/", capture_output=True, **account).returncode == 0  # noqa: S603
