"""`tiyin db dump` writes a copy of the database to a file, and `tiyin db restore` puts it into an empty one."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import Failure, address, place_of
from gateway.cli.output import echo
from gateway.config.settings import load

NEXT_STEPS = """\
Nothing is answered from it yet. What remains to be done:
  - If a role of its own serves, give it its rights again (`tiyin db roles`).
  - `tiyin migrate`, then `tiyin db restored`, which says how to go on.\
"""


def dump(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> None:
    """Write a copy of the database to a file, beside whatever goes on. Only its owner may read the file."""
    chosen = load(shops_required=False)
    from gateway.database import backup

    if file.exists() and not (force and file.is_file()):
        raise Failure(f"{file} exists: choose another name{', or say --force to replace it' * file.is_file()}.")
    with address(chosen) as url:
        backup.dump(url, file)
        place = place_of(chosen, url)
    echo(f"{place[0].upper()}{place[1:]} is copied to {file} ({file.stat().st_size:,} bytes).")


def restore(
    file: Annotated[Path, typer.Argument(help="What `tiyin db dump` or `pg_dump --format=custom` has written.")],
) -> None:
    """Put a copy into an empty database. The embedded one is made if there is none."""
    chosen = load(shops_required=False)
    from gateway.database import backup

    backup.check_file(file)
    if chosen.database_url is None:
        how_to_empty = f"move {chosen.tiyin_home / 'postgres'} away"
    else:
        how_to_empty = "create another and name it in DATABASE_URL, or drop it and create it again"
    with address(chosen, may_create=True) as url:
        backup.restore(url, file, how_to_empty)
        place = place_of(chosen, url)
    echo(f"{file} is restored in {place}.")
    echo(NEXT_STEPS)
