"""Finds the shops that have a page, and the keys for calling as their providers."""

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from gateway.config.settings import Settings
from gateway.shops import cash_boxes, click_services
from schema.test_mode import twin_of

ProviderName = Literal["payme", "click"]
PROVIDERS: Final[tuple[ProviderName, ...]] = get_args(ProviderName)


@dataclass(frozen=True, slots=True)
class PaymeTarget:
    login: str
    key: str = field(repr=False)
    """The test key: the page has no need of the live one."""
    account_field: str
    busy_order_code: int


@dataclass(frozen=True, slots=True)
class ClickTarget:
    service_id: int
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A shop whose providers' calls the page may make, in its test mode alone."""

    shop: str
    trials: str
    """The name under which the tables have its test mode."""
    payme: PaymeTarget
    click: ClickTarget | None

    @property
    def providers(self) -> tuple[ProviderName, ...]:
        return PROVIDERS if self.click else ("payme",)


def targets(settings: Settings) -> dict[str, Target]:
    """By name, the shops that are open to Payme's test cabinet; Click's part needs a test service."""
    services = click_services(settings)
    by_shop = {}
    for name, box in cash_boxes(settings).items():
        if box.has_test_mode:
            payme = PaymeTarget(box.login, str(box.test_key), box.account_field, box.busy_order_code)
            trials = twin_of(box.shop)
            of_test_mode = (service for service in services.get(name, ()) if service.shop == trials)
            service = next(of_test_mode, None)
            click = ClickTarget(service.service_id, service.secret_key) if service else None
            by_shop[name] = Target(name, trials, payme, click)
    return by_shop
