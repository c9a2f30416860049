"""Whose words the tables have for each provider: who acts, and where a payment came through."""

from collections.abc import Mapping
from typing import Final

from schema.values import Actor, PaymentSource, Provider

ACTOR: Final[Mapping[Provider, Actor]] = {Provider.PAYME: Actor.PAYME, Provider.CLICK: Actor.CLICK}
SOURCE: Final[Mapping[Provider, PaymentSource]] = {
    Provider.PAYME: PaymentSource.PAYME,
    Provider.CLICK: PaymentSource.CLICK,
}
