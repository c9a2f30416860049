"""An actor who types `tiyin sandbox payme` at a terminal."""

import asyncio

from tiyin_sandbox.cli import app
from typer.testing import CliRunner

from tests.conftest import SETTINGS

KEY = SETTINGS["PAYME_KEY"]
OPENED = ("--api-token", SETTINGS["API_TOKEN"])


class CommandLine:
    """Somebody at a terminal of 120 columns."""

    def __init__(self, url):
        self.url = url

    async def payme(self, *arguments, url=None, key=KEY, keys=None):
        """The exit status, what was printed, and what was said on stderr."""
        line = ["payme", url or self.url, "--key", key, *map(str, arguments)]
        result = await asyncio.to_thread(CliRunner().invoke, app, line, input=keys, env={"COLUMNS": "120"})
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    async def cannot(self, *arguments, **more):
        """The one line that says why it could not be run."""
        status, _, message = await self.payme(*arguments, **more)
        assert status == 2
        assert message.count("\n") == 1
        return message.strip()
