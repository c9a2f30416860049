"""Declares the options that the sandbox's commands share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from tiyin_sandbox.engine.checks import Language

Accounts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        help="A fresh order, as FIELD=VALUE; several may be given, or a template with {n}: 'order_id=test-{n}'.",
        show_default=False,
    ),
]
ApiToken: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Of tiyin's merchant API: fresh orders are opened as they are needed.", envvar="TIYIN_SANDBOX_API_TOKEN"
    ),
]
ApiUrl: TypeAlias = Annotated[str | None, typer.Option(help="Where that API is, if not where the callback is.")]
Strict: TypeAlias = Annotated[
    bool, typer.Option("--strict", help="Also what the provider's cabinet doesn't try, but production meets.")
]
Hosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--yes-this-host", help="A host that isn't this machine and may be called.", show_default=False),
]
JsonFile: TypeAlias = Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.", dir_okay=False)]
JunitFile: TypeAlias = Annotated[Path | None, typer.Option("--junit", help="Write it as JUnit's XML.", dir_okay=False)]
HtmlFile: TypeAlias = Annotated[Path | None, typer.Option("--html", help="Write it as one HTML page.", dir_okay=False)]
Watch: TypeAlias = Annotated[bool, typer.Option("--watch", help="Run again on a keypress.")]
Lang: TypeAlias = Annotated[Language, typer.Option("--lang", help="In which the checks are named.")]


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files that a report is written to, and how it is shown."""

    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    language: Language = "ru"
    watch: bool = False
