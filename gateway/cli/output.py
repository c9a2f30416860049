"""All commands print through here: no character of what others wrote acts upon the operator's terminal."""

import json
import sys
from contextlib import suppress
from typing import Any

from gateway.printable_text import printable


def echo(text: str) -> None:
    """Write to stdout what the command answers. Its line breaks are ours: escape those of others before.

    At once: a command that goes on may be read line by line.
    """
    print(_printable_lines(text), flush=True)  # noqa: T201


def echo_json(value: Any) -> None:
    """Write to stdout as JSON, with JSON's own escapes for what is not fit for a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    print("".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text))  # noqa: T201


def say(text: str) -> None:
    """Write to stderr, beside what the command answers. Where that cannot be written, as on a full disk, go on."""
    with suppress(OSError):
        print(_printable_lines(text), file=sys.stderr)  # noqa: T201


def _printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
