"""`tiyin sandbox` is the command of tiyin-sandbox, where that is installed."""

import sys

import typer

from gateway.cli.common import Failure
from gateway.extras import SANDBOX_MISSING, has_sandbox


def add_sandbox(app: typer.Typer) -> None:
    """Add the command only where it is called or listed: it takes longer to import than all the rest."""
    if sys.argv[1:2] not in ([], ["--help"], ["sandbox"]):
        return
    if has_sandbox():
        from tiyin_sandbox.cli import app as sandbox

        app.add_typer(sandbox, name="sandbox")
    else:
        anything = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
        app.command("sandbox", context_settings=anything)(_missing)


def _missing() -> None:
    """Payme's and Click's test cabinets; not installed: pip install 'tiyin[sandbox]'."""
    raise Failure(f"{SANDBOX_MISSING}.")
