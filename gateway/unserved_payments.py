"""Unserved payments are in the tables, and no setting answers their provider any more: each kind is named, with a cure.

Test mode is left out: nothing in it is money, and that its keys go is how a shop goes live.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from core import NEWEST_MAX, GroupStanding, OrderGroup, PaymentGroup
from gateway.config.settings import Settings
from inbound.shop_path import MAIN
from schema.test_mode import is_twin
from schema.values import PaymentSource, Provider

WORDS: Final[Mapping[GroupStanding, str]] = {
    GroupStanding.PENDING: "{} pending",
    GroupStanding.REPEATABLE: "{} paid or ended by us within a day",
    GroupStanding.ENDED: "{} that are over, of thirty days",
}

FLAT_NAMES: Final[Mapping[Provider, str]] = {
    Provider.PAYME: "PAYME_MERCHANT_ID and PAYME_KEY",
    Provider.CLICK: "CLICK_SERVICE_ID and the rest of Click's settings",
}


@dataclass(frozen=True, slots=True)
class Unserved:
    """What one missing setting leaves behind."""

    sentence: str
    is_money_pending: bool
    """Whether a provider may still take or keep a payer's money, and would be refused."""


class _Lack(NamedTuple):
    """What the settings would have to say, and don't."""

    what: str
    cure: str


@dataclass(slots=True)
class _Left:
    """What a lack leaves behind."""

    payments: dict[GroupStanding, int] = field(default_factory=lambda: dict.fromkeys(GroupStanding, 0))
    orders: int = 0
    newest: datetime | None = None

    def add(self, newest: datetime) -> None:
        self.newest = newest if self.newest is None else max(self.newest, newest)


def unserved(settings: Settings, payments: Sequence[PaymentGroup], orders: Sequence[OrderGroup]) -> list[Unserved]:
    """Compare the tables with the settings. What may still be paid comes first."""
    left: dict[_Lack, _Left] = defaultdict(_Left)
    for group in payments:
        lack = None if is_twin(group.shop) else _lack_of(settings, group)
        if lack is not None:
            left[lack].payments[group.standing] += group.count
            left[lack].add(group.newest)
    for order_group in orders:
        lack = None if is_twin(order_group.shop) else _unknown_name(settings, order_group.shop)
        if lack is not None:
            left[lack].orders += order_group.count
            left[lack].add(order_group.newest)
    found = [_unserved(lack, what) for lack, what in left.items()]
    found.sort(key=lambda one: not one.is_money_pending)
    return [*found, *_renamed_fields(settings, payments)]


def _unserved(lack: _Lack, left: _Left) -> Unserved:
    counts = [WORDS[standing].format(f"{count:,}") for standing, count in left.payments.items() if count]
    payments = [f"payments: {', '.join(counts)}{_or_more(sum(left.payments.values()))}"] if counts else []
    orders = [f"orders that can be paid: {left.orders:,}{_or_more(left.orders)}"] if left.orders else []
    newest = f"the newest of {_minute(left.newest)}" if left.newest else ""
    money = left.payments[GroupStanding.PENDING] + left.payments[GroupStanding.REPEATABLE] > 0
    return Unserved(f"{lack.what} ({'; '.join([*payments, *orders, newest])}). {lack.cure}", money)


def _or_more(count: int) -> str:
    return " or more" if count >= NEWEST_MAX else ""


def _lack_of(settings: Settings, group: PaymentGroup) -> _Lack | None:
    """Return what must be set for the group to be served; None if it is."""
    unknown = _unknown_name(settings, group.shop)
    if unknown is not None:
        return unknown
    name = _names(settings)[group.shop]
    shop = settings.shops[name]
    if group.source not in map(str, Provider):
        return None  # nobody outside will ever ask about it
    if group.source is PaymentSource.PAYME:
        return None if shop.payme else _no_provider(name, Provider.PAYME)
    services = [str(click.service_id) for click in shop.click if not click.test]
    if not services:
        return _no_provider(name, Provider.CLICK)
    if group.service_id in services:
        return None
    return _Lack(
        f"Shop {name} has no service {group.service_id} at Click any more",
        f"Set the service id back from {services[0]} to {group.service_id}, with its key, until Click has finished what"
        " was begun through it.",
    )


def _unknown_name(settings: Settings, stored: str) -> _Lack | None:
    """Return what is wrong with the name under which the tables have a shop; None if it is one that is served."""
    if stored in _names(settings):
        return None
    owner = stored if stored in settings.shops else settings.former_names.get(stored)
    if owner is None:
        place = f"[shops.{stored}]" + (", or the settings that begin with PAYME_ and CLICK_" if stored == MAIN else "")
        return _Lack(
            f"No setting names the shop {stored} any more",
            f"Bring back {place}; or, if another shop has taken its place, set there"
            f' formerly = ["{stored}"] (SHOP_FORMERLY={stored}).',
        )
    key = settings.stored_names[owner]
    return _Lack(
        f"Shop {owner} is served as {key} alone, and the tables have it as {stored}, too",
        "Both cannot be served: as long as this one is needed, "
        + ("leave formerly out." if stored == owner else f"let formerly end with {stored}."),
    )


def _no_provider(name: str, provider: Provider) -> _Lack:
    place = f"[shops.{name}.{provider}]" + (f", or {FLAT_NAMES[provider]}," if name == MAIN else "")
    title = provider.capitalize()
    return _Lack(
        f"Shop {name} takes no money through {title} any more",
        f"Bring back {place} until {title} has finished what was begun through it.",
    )


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _names(settings: Settings) -> dict[str, str]:
    """Give the shops' names by their stored names."""
    return {stored: name for name, stored in settings.stored_names.items()}


def _renamed_fields(settings: Settings, payments: Iterable[PaymentGroup]) -> Iterator[Unserved]:
    """Say where Payme's payments named their orders by another field than the settings do.

    They are performed and cancelled by their ids. Only a repeated CreateTransaction names the order again.
    """
    names = _names(settings)
    by_shop: dict[str, list[PaymentGroup]] = defaultdict(list)
    for group in payments:
        if group.account_fields and group.shop in names and settings.shops[names[group.shop]].payme:
            by_shop[names[group.shop]].append(group)
    for name, groups in by_shop.items():
        payme = settings.shops[name].payme
        assert payme is not None
        others = [group for group in groups if payme.account_field not in (group.account_fields or ())]
        pending = sum(group.count for group in others if group.standing is GroupStanding.PENDING)
        newest = max(groups, key=lambda group: group.newest)
        if pending or newest in others:
            yield _renamed_field(name, payme.account_field, max(others, key=lambda group: group.newest), pending)


def _renamed_field(name: str, account_field: str, newest: PaymentGroup, pending: int) -> Unserved:
    before = " and ".join(newest.account_fields or ())
    return Unserved(
        f"Shop {name}: Payme named its orders by the account field {before} until {_minute(newest.newest)}, and"
        f" PAYME_ACCOUNT_FIELD is {account_field} now ({pending:,} of those payments are pending). Nothing new is paid"
        f" until Payme's cabinet says {account_field}, too; and of those payments a repeated CreateTransaction is"
        " refused, all other calls are answered.",
        is_money_pending=False,
    )
