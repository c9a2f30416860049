"""Writes which files of others' packages may be installed: the versions of constraints.txt with their hashes.

python tools/lock.py, with uv beside it
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FILES: Final = {"serve": ("embedded", "redis", "sandbox"), "dev": ("dev",)}
"""By file of requirements/: the extras whose packages are in it."""
OURS_AND_ITS_BUILD: Final = "./sandbox\nsetuptools>=77\n"
HEAD: Final = "# Written by `make lock`: the versions of constraints.txt, with the hashes of all their files.\n"


def lock(name: str) -> int:
    """Write requirements/NAME.txt, for each platform and every Python from 3.11 on. Returns uv's exit status."""
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal", "--upgrade"),
        *("--python-version", "3.11", "--constraint", "constraints.txt", "--no-emit-package", "tiyin-sandbox"),
        *("--generate-hashes", "--no-header", "--no-annotate", "setup.cfg", "-"),
        *(argument for extra in FILES[name] for argument in ("--extra", extra)),
    ]
    done = subprocess.run(command, cwd=ROOT, input=OURS_AND_ITS_BUILD, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        (ROOT / "requirements" / f"{name}.txt").write_text(HEAD + done.stdout, encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(max(map(lock, FILES)))
