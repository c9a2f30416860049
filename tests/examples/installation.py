"""What the receivers need is installed beside .venv, in .venv-receivers; php and node have to be there."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "receiver"
PINNED: Final = Path(__file__).with_name("requirements.txt")
HOME: Final = Path(sys.prefix).with_name(".venv-receivers")
"""Beside the environment that the tests run in, so that a copy of the project uses the same."""
NODE_MODULES: Final = HOME / "node" / "node_modules"
SECONDS: Final = 300
"""How long one command may take; a registry may be slow."""
DEBIAN: Final = {"node": "nodejs", "npm": "npm", "php": "php-cli and php-sqlite3"}


def missing(programs: tuple[str, ...]) -> str | None:
    """Return why a receiver can't run here, after installing what it needs if it can. CI has to have all programs."""
    away = [DEBIAN[program] for program in programs if not _works(program)]
    if away:
        sentence = f"This receiver needs what is not here: install {' and '.join(away)} (so Debian calls it)."
        assert "CI" not in os.environ, sentence
        return sentence
    HOME.mkdir(exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes may want it at once
        if "npm" in programs:
            _install_node_modules()
        elif not programs:
            _install_python_packages()
    return None


def _works(program: str) -> bool:
    if shutil.which(program) is None:
        return False
    sqlite = [program, "-r", "exit((int) !extension_loaded('pdo_sqlite'));"]
    return program != "php" or subprocess.run(sqlite, check=False, timeout=SECONDS).returncode == 0


def _install_python_packages() -> None:
    installed, wanted = HOME / "installed", PINNED.read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return
    _run([sys.executable, "-m", "venv", str(HOME)])
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    _run([*pip, "--requirement", str(PINNED)])
    installed.write_text(wanted, encoding="utf-8")


def _install_node_modules() -> None:
    """As its package-lock.json says; in a folder of their own, for the checkout stays clean."""
    lock = NODE_MODULES.with_name("package-lock.json")
    wanted = (EXAMPLES / "node" / lock.name).read_bytes()
    if NODE_MODULES.exists() and lock.exists() and lock.read_bytes() == wanted:
        return
    lock.parent.mkdir(exist_ok=True)
    shutil.copyfile(EXAMPLES / "node" / "package.json", lock.with_name("package.json"))
    lock.write_bytes(wanted)
    try:
        _run(["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(lock.parent)])
    except BaseException:
        lock.unlink()
        raise


def _run(command: list[str]) -> None:
    """What it said is shown when it fails."""
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
