"""The context holds what each call of Click's needs: the core, the services, the limiter of failed authentication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from click_http.service import Service
from core import Core
from inbound.callers import FailedAuthLimiter


@dataclass(frozen=True, slots=True)
class ClickContext:
    core: Core
    services: Mapping[str | None, Sequence[Service]]
    """By the shop in the path; None is the path without one. A shop has one or more, each with its own service_id."""
    failed_auth: FailedAuthLimiter


CONTEXT: Final = web.AppKey("click", ClickContext)
