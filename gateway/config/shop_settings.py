"""A shop has its settings here: its Payme cash box, its Click service, its tokens."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from gateway.config.configuration_errors import Place
from gateway.config.credentials import ApiToken, ClickSecret, PaymeKey
from gateway.config.networks import Networks, lower
from gateway.config.webhook_settings import FLAT_WEBHOOK, WebhookSettings, endpoint_name
from inbound.allow_list import AllowListMode
from inbound.return_url import return_url_problem

MAIN_ENDPOINT: Final = "main"

FLAT: Final[Mapping[str, Place]] = {
    "api_token": ("api_tokens", 0),
    "api_token_previous": ("api_tokens", 1),
    "api_test_token": ("test_api_tokens", 0),
    "api_test_token_previous": ("test_api_tokens", 1),
    "return_url": ("return_url",),
    "shop_formerly": ("formerly",),
    "payme_merchant_id": ("payme", "merchant_id"),
    "payme_key": ("payme", "keys", 0),
    "payme_key_previous": ("payme", "keys", 1),
    "payme_test_key": ("payme", "test_key"),
    "payme_sandbox": ("payme", "sandbox"),
    "payme_login": ("payme", "login"),
    "payme_account_field": ("payme", "account_field"),
    "payme_busy_order_code": ("payme", "busy_order_code"),
    "payme_allowed_networks": ("payme", "allowed_networks"),
    "payme_allow_list": ("payme", "allow_list"),
    "click_service_id": ("click", "service_id"),
    "click_merchant_id": ("click", "merchant_id"),
    "click_secret_key": ("click", "secret_key"),
    "click_secret_key_previous": ("click", "secret_key_previous"),
    "click_merchant_user_id": ("click", "merchant_user_id"),
    "click_test": ("click", "test"),
    "click_playground": ("click", "playground"),
    "click_allowed_networks": ("click", "allowed_networks"),
    "click_allow_list": ("click", "allow_list"),
    **{flat: ("webhooks", MAIN_ENDPOINT, field) for flat, field in FLAT_WEBHOOK.items()},
}
"""The flat names of shop `main`, and where each stands in it."""


def _busy_code(code: int) -> int:
    if code != -31008 and not -31099 <= code <= -31050:
        raise ValueError("should be -31008 or from -31099 to -31050")
    return code


def _return_url(url: str) -> str:
    problem = return_url_problem(url)
    if problem is not None:
        raise ValueError(problem)
    return url


def shop_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,32}", name) or name in ("prepare", "complete"):
        raise ValueError('is no name for a shop: 1 to 32 of a-z, 0-9 and "-", but not prepare or complete')
    return name


def _names(value: object) -> object:
    """Read a text such as "toys, kids" as the names in it."""
    return [name for name in re.split(r"[,\s]+", value) if name] if isinstance(value, str) else value


ProviderId = Annotated[int, Field(gt=0, lt=2**63)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Provider(_Part):
    allowed_networks: Networks = ()
    allow_list: Annotated[AllowListMode, BeforeValidator(lower)] = AllowListMode.OFF

    @field_validator("allow_list")
    @classmethod
    def _needs_networks(cls, mode: AllowListMode, others: ValidationInfo) -> AllowListMode:
        if mode is not AllowListMode.OFF and others.data.get("allowed_networks") == ():
            raise ValueError("needs allowed networks")
        return mode


class PaymeSettings(_Provider):
    merchant_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    keys: Annotated[tuple[PaymeKey, ...], Field(min_length=1, max_length=2)]
    """The live one and, while rotating, the previous."""
    test_key: PaymeKey | None = None
    sandbox: bool = False
    login: Annotated[str, Field(pattern=r"^[!-9;-~]{1,64}$")] = "Paycom"
    account_field: Annotated[str, Field(pattern=r"^[0-9A-Za-z_]{1,64}$")] = "order_id"
    busy_order_code: Annotated[int, AfterValidator(_busy_code)] = -31053


class ClickSettings(_Provider):
    service_id: ProviderId
    merchant_id: ProviderId | None = None
    """Only needed for links."""
    secret_key: ClickSecret
    secret_key_previous: ClickSecret | None = None
    """While the key is being changed: the one before, still accepted."""
    merchant_user_id: ProviderId | None = None
    playground: bool = False
    test: bool = False
    """Whether the service sees the orders of test mode, and those only."""


def _services(value: object) -> object:
    """Read one service, `[shops.x.click]`, as a list of one: several are written as `[[shops.x.click]]`."""
    if isinstance(value, list | tuple):
        return value
    return [value]


def _one_of_each(services: tuple[ClickSettings, ...]) -> tuple[ClickSettings, ...]:
    if len({service.test for service in services}) < len(services):
        raise ValueError("has two services of the same kind: give one of them test = true, or keep one")
    return services


class Shop(_Part):
    api_tokens: tuple[ApiToken, ...] = ()
    test_api_tokens: tuple[ApiToken, ...] = ()
    """They open test orders, and see nothing else."""
    return_url: Annotated[str, AfterValidator(_return_url)] | None = None
    """Where payers go after the checkout, unless their order says otherwise."""
    formerly: Annotated[tuple[Annotated[str, AfterValidator(shop_name)], ...], BeforeValidator(_names)] = ()
    """Names that it had before, the newest first. Under the last one it stands in the tables."""
    payme: PaymeSettings | None = None
    click: Annotated[tuple[ClickSettings, ...], BeforeValidator(_services), AfterValidator(_one_of_each)] = ()
    """One service that takes money, one for test mode, or both."""
    webhooks: Mapping[Annotated[str, AfterValidator(endpoint_name)], WebhookSettings] = {}
    """By name: where its events are sent."""

    @model_validator(mode="after")
    def _has_something(self) -> Self:
        if not (self.api_tokens or self.test_api_tokens or self.payme or self.click):
            raise ValueError("has nothing configured")
        return self

    def stored_name(self, name: str) -> str:
        """Give the name under which the tables have the shop that is called `name` now."""
        return self.formerly[-1] if self.formerly else name


def main_shop(flat: Mapping[str, object]) -> dict[str, object]:
    """Make shop `main` of the flat names that were given."""
    parts: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        if name in FLAT_WEBHOOK:
            continue
        part, *rest = FLAT[name]
        if rest and isinstance(field := rest[0], str) and field != "keys":
            parts.setdefault(str(part), {})[field] = value
    if keys := _both(flat, "payme_key"):
        parts.setdefault("payme", {})["keys"] = keys
    tokens = {"api_tokens": _both(flat, "api_token"), "test_api_tokens": _both(flat, "api_test_token")}
    if endpoint := {field: flat[name] for name, field in FLAT_WEBHOOK.items() if name in flat}:
        parts["webhooks"] = {MAIN_ENDPOINT: endpoint}
    own = {str(FLAT[name][0]): flat[name] for name in ("return_url", "shop_formerly") if name in flat}
    return {**own, **parts, **{name: given for name, given in tokens.items() if given}}


def _both(flat: Mapping[str, object], name: str) -> list[object]:
    """Give a secret and, while it is being changed, the one before."""
    now, before = flat.get(name), flat.get(f"{name}_previous")
    return [] if now is before is None else [now] if before is None else [now, before]


def flat_name(place: Place) -> str:
    """Give the flat name of a place in shop `main`."""
    if place == ("payme", "keys"):
        place = ("payme", "keys", 0)
    return next((name.upper() for name, known in FLAT.items() if place[: len(known)] == known), "")
