"""The settings have their names and their rules here; anything else keeps the gateway from starting."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from gateway.config.configuration_errors import Place, SettingsError, explain
from gateway.config.database_url import for_asyncpg
from gateway.config.networks import Networks, lower
from gateway.config.rate_limit import IN_MEMORY, checked_limit, checked_store
from gateway.config.shop_settings import FLAT, ClickSettings, PaymeSettings, Shop, flat_name, main_shop, shop_name
from gateway.config.sources import DEFAULT_HOME, read
from gateway.config.unknown_names import suggestion
from gateway.config.webhook_settings import OutboundSettings, WebhookSettings
from inbound.allow_list import Network
from inbound.shop_path import MAIN
from outbound.addresses import url_problem
from schema.event_types import SENTENCES

__all__ = ["Settings", "SettingsError", "load"]

_SECRET_NAMES: Final = frozenset(
    {
        *(
            "api_token",
            "api_token_previous",
            "api_test_token",
            "api_test_token_previous",
            "payme_key",
            "payme_key_previous",
            "payme_test_key",
        ),
        *("click_secret_key", "click_secret_key_previous", "database_url", "database_listen_url"),
        *("webhook_key", "webhook_key_previous", "webhook_secret", "webhook_secret_previous"),
    }
)


def _not_all(networks: tuple[Network, ...]) -> tuple[Network, ...]:
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("would trust every address: name the proxies' own networks")
    return networks


def _database(url: SecretStr) -> SecretStr:
    return SecretStr(for_asyncpg(url.get_secret_value()))


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


class Settings(OutboundSettings):
    """Holds everything that is configured. Attributes are the settings' names in lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    shops: Mapping[Annotated[str, AfterValidator(shop_name)], Shop] = {}
    """By name. The flat names of the environment are shop `main`."""

    tiyin_home: Annotated[Path, AfterValidator(_absolute)] = Field(Path(DEFAULT_HOME), validate_default=True)
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = None
    """`postgresql+asyncpg://…`; none: the embedded database under `tiyin_home`."""
    database_pooled: bool = False
    """Behind a transaction pooler such as PgBouncer."""
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    trusted_proxies: Annotated[Networks, AfterValidator(_not_all)] = ()
    click_reservation: Annotated[int, Field(ge=1, le=31_536_000)] = 3600
    """Seconds for which an attempt through Click holds its order."""
    payme_reservation: Annotated[int, Field(ge=1_800, le=43_200)] = 43_200
    """Seconds for which a payment through Payme holds its order against a newer one; its own life is twelve hours."""
    release_after: Annotated[int, Field(ge=0, le=43_200)] = 600
    """Seconds for which an attempt is safe from being ended by the shop."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lower)] = "info"
    payments_log: Annotated[Path, AfterValidator(_absolute)] | None = None
    rate_limit_failures: Annotated[str, AfterValidator(checked_limit)] = "30/minute"
    """Failed authentications from one address at one interface that are still logged and journaled."""
    rate_limit_store: Annotated[SecretStr, AfterValidator(checked_store)] = SecretStr(IN_MEMORY)
    """Where they are counted: by each process, or in Redis by all of them."""
    failed_auth_bytes_a_day: Annotated[ByteSize, Field(ge=0)] = ByteSize(64 * 1024 * 1024)
    """Of journal and log together, for all that calls without accepted credentials leave there; 0: nothing."""
    api_orders_a_second: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """That each shop may open, in each process, on average over ten seconds."""
    api_reads_at_once: Annotated[int, Field(ge=1, le=3)] = 2
    """Of each shop, in each process; more of them wait for their turn."""
    api_page_bytes: Annotated[ByteSize, Field(ge=64 * 1024, le=64 * 1024 * 1024)] = ByteSize(1024 * 1024)
    """A page of orders ends before the one by which it would become larger, though there are more."""
    exchanges_keep_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    audit_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    """Between two audits; 0: none."""
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 20

    @property
    def stored_names(self) -> Mapping[str, str]:
        """By a shop's name: the one under which the tables have it."""
        return {name: shop.stored_name(name) for name, shop in self.shops.items()}

    @property
    def former_names(self) -> Mapping[str, str]:
        """By a name that a shop had before: the one that it has now."""
        return {former: name for name, shop in self.shops.items() for former in shop.formerly if former != name}


def load(
    environ: Mapping[str, str] | None = None, folder: Path | None = None, *, shops_required: bool = True
) -> Settings:
    """Load the settings of this process, or those of a given environment and folder. Raises SettingsError."""
    values, toml = read(frozenset(FLAT) | frozenset(Settings.model_fields) - {"shops"}, environ, folder)
    values = {name: value for name, value in values.items() if value != "" or name in _SECRET_NAMES}
    flat = {name: values.pop(name) for name in list(values) if name in FLAT}
    if flat:
        _put_main(values, flat)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise explain(
            error,
            lambda place: _name(_as_written(place, values), flat=bool(flat)),
            lambda place: _unknown(_as_written(place, values), toml),
        ) from None
    duplicates = _duplicates(settings.shops)
    if duplicates:
        raise SettingsError(
            [" and ".join(_name(p, flat=bool(flat)) for p in places) + " are the same" for places in duplicates]
        )
    if conflicts := list(_name_conflicts(settings.shops)):
        raise SettingsError(conflicts)
    if problems := list(_webhook_problems(settings, flat=bool(flat))):
        raise SettingsError(problems)
    if shops_required and not settings.shops:
        raise SettingsError(
            ["Nothing is configured: set PAYME_MERCHANT_ID and PAYME_KEY, or CLICK_SERVICE_ID and the rest of Click's"]
        )
    return settings


def _put_main(values: dict[str, Any], flat: Mapping[str, object]) -> None:
    shops = values.setdefault("shops", {})
    if isinstance(shops, dict):
        if MAIN in shops:
            names = ", ".join(name.upper() for name in flat)
            raise SettingsError([f"[shops.{MAIN}] and {names} say the same twice: keep one of the two"])
        values["shops"] = {**shops, MAIN: main_shop(flat)}


def _as_written(place: Place, values: Mapping[str, Any]) -> Place:
    """Leave out the number of a service that was written as the shop's only one, `[shops.x.click]`."""
    match place:
        case ("shops", shop, "click", int(), *rest) if not isinstance(values["shops"][shop]["click"], list):
            return ("shops", shop, "click", *rest)
    return place


def _name(place: Place, *, flat: bool) -> str:
    """Name a setting as its writer knows it: by its flat name, or by its place in tiyin.toml."""
    if flat and place[:2] == ("shops", MAIN) and len(place) > 2:
        return flat_name(place[2:])
    if place[0] != "shops" and place[0] in Settings.model_fields:
        return str(place[0]).upper()
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place if part != "[key]")[1:]


def _unknown(place: Place, toml: Path | None) -> str:
    """Say that the TOML file has a setting that there is not: from elsewhere only known ones are read."""
    known = {1: {*Settings.model_fields, *FLAT}, 3: Shop.model_fields}.get(len(place))
    if known is None:
        parts: dict[object, type[BaseModel]] = {"payme": PaymeSettings, "webhooks": WebhookSettings}
        known = parts.get(place[2], ClickSettings).model_fields
    return f"{toml}: {_name(place, flat=False)} is no setting{suggestion(str(place[-1]), known)}"


def _duplicates(shops: Mapping[str, Shop]) -> list[tuple[Place, Place]]:
    """Find values in two places: what opens one shop must not open another, or the same shop in another role."""
    places: dict[object, Place] = {}
    pairs = [(places.setdefault(value, place), place) for place, value in _distinct(shops)]
    return [(first, second) for first, second in pairs if first != second]


def _name_conflicts(shops: Mapping[str, Shop]) -> Iterator[str]:
    """Say which former names mean two shops: a call under one, and an order of one, would be of either."""
    owners: dict[str, str] = {}
    for name, shop in shops.items():
        for former in dict.fromkeys(shop.formerly):
            if former in shops and former != name:
                yield f"shops.{name} was formerly {former}, which is the name of another shop: keep one of the two"
            elif owners.setdefault(former, name) != name:
                yield f"shops.{owners[former]} and shops.{name} were both formerly {former}: keep one of the two"


def _webhook_problems(settings: Settings, *, flat: bool) -> Iterator[str]:
    """Say which endpoints events cannot be sent to."""
    for name, shop in settings.shops.items():
        for endpoint, webhook in shop.webhooks.items():
            at = ("shops", name, "webhooks", endpoint)
            if problem := url_problem(webhook.url, settings.webhook_allowed_networks):
                yield f"{_name((*at, 'url'), flat=flat)}: {problem}"
            if not set(webhook.events or ()) <= SENTENCES.keys():
                yield f"{_name((*at, 'events'), flat=flat)} has something that is no event: {', '.join(SENTENCES)}"


def _distinct(shops: Mapping[str, Shop]) -> Iterator[tuple[Place, object]]:
    """Give every value that must be unique, with its place."""
    for name, shop in shops.items():
        at = ("shops", name)
        for field in ("api_tokens", "test_api_tokens"):
            yield from (((*at, field, n), token) for n, token in enumerate(getattr(shop, field)))
        if shop.payme:
            yield from (((*at, "payme", "keys", n), key) for n, key in enumerate(shop.payme.keys))
            if shop.payme.test_key:
                yield (*at, "payme", "test_key"), shop.payme.test_key
        for n, click in enumerate(shop.click):
            service: Place = (*at, "click", n) if len(shop.click) > 1 else (*at, "click")
            yield (*service, "secret_key"), click.secret_key
            if click.secret_key_previous:
                yield (*service, "secret_key_previous"), click.secret_key_previous
            yield (*service, "service_id"), click.service_id
