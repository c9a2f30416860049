"""Webhooks have their settings here: who sends events, where to, and signed by what."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from gateway.config.credentials import DerivationKey
from gateway.config.networks import Networks, lower
from outbound.webhooks.secrets import from_text
from schema.webhooks import ENDPOINT_NAME

KEEP_DAYS_MIN: Final = 7

Sender = Literal["here", "worker", "off"]


def endpoint_name(name: str) -> str:
    if not re.fullmatch(ENDPOINT_NAME, name):
        raise ValueError('is no name for an endpoint: 1 to 32 of a-z, 0-9 and "-", which is not the first')
    return name


def _secret(secret: SecretStr) -> SecretStr:
    from_text(secret.get_secret_value())  # its sentences show nothing of it
    return secret


def _types(value: object) -> object:
    """Read a text such as "payment.paid, payment.reversed" as the types in it."""
    return [name for name in re.split(r"[,\s]+", value) if name] if isinstance(value, str) else value


WebhookSecret = Annotated[SecretStr, AfterValidator(_secret)]
EventTypes = Annotated[tuple[str, ...], BeforeValidator(_types), Field(min_length=1)]


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


class WebhookSettings(BaseModel):
    """An endpoint of a shop: where its events are sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(repr=False)
    """Shops put tokens into these."""
    secret: WebhookSecret | None = None
    """Of its own; without it one is derived from WEBHOOK_KEY."""
    secret_previous: WebhookSecret | None = None
    """While the secret is being changed: the one before, signed by as well."""
    events: EventTypes | None = None
    """Types of events; none: all."""
    test: bool = False
    """Whether the events of test mode go there, and those only."""


class OutboundSettings(BaseModel):
    """Of the gateway as a whole, not of a shop."""

    outbound: Annotated[Sender, BeforeValidator(lower)] = "here"
    """Who sends: each process that serves, `tiyin worker`, or nobody."""
    webhook_key: DerivationKey | None = None
    """What endpoints' secrets are derived from; none: one that is generated under `tiyin_home`."""
    webhook_key_previous: DerivationKey | None = None
    webhook_allowed_networks: Networks = ()
    """Where plain HTTP, and addresses that are not public, may be sent to."""
    webhook_ca_file: Annotated[Path, AfterValidator(_absolute)] | None = None
    webhooks_keep_days: Annotated[int, Field(ge=KEEP_DAYS_MIN, le=36_500)] = 90
    worker_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    database_listen_url: SecretStr | None = None
    """Past a pooler, for what it does not pass on."""


FLAT_WEBHOOK: Final[Mapping[str, str]] = {
    "webhook_url": "url",
    "webhook_secret": "secret",
    "webhook_secret_previous": "secret_previous",
    "webhook_events": "events",
}
"""The flat names of the endpoint `main` of shop `main`."""
