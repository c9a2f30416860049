"""The answers that aiohttp makes by itself are ours, too: at every path, and whatever is answered there.

It has no setting for either; both are looked up when they are needed, so that nothing is done for a call.
"""

from typing import Final

from aiohttp import web_response, web_urldispatcher

from inbound.body import answer_expectation

SERVER: Final = "tiyin"
"""What every answer names as its server. aiohttp's own names the versions of Python and of itself: to anybody who looks
for those with a known hole."""


def setup() -> None:
    """For the whole process: routes that are made from now on, and what no route answers."""
    vars(web_response)["SERVER_SOFTWARE"] = SERVER
    vars(web_urldispatcher)["_default_expect_handler"] = answer_expectation
