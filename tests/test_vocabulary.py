"""One vocabulary: the words of the CHECKs are the enums, and what is keyed by words of an enum has all of them."""

import importlib
import pkgutil
import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import CheckConstraint, text

from core import Refusal
from core.domain.payment_states import Standing
from schema.tables import metadata
from schema.values import (
    RECORDED_VERBS,
    Actor,
    CardType,
    Lang,
    OperationVerb,
    OrderKind,
    OrderState,
    OrderVerb,
    PaymentSource,
    PaymentState,
    Provider,
    Verb,
)
from schema.webhooks import (
    AttemptOutcome,
    DeadReason,
    DeliveryState,
    DisabledReason,
    EndpointSource,
    EndpointState,
    ReplayChoice,
    ReplayState,
)

WORDS: Mapping[tuple[str, str], Collection[StrEnum]] = {
    ("orders", "kind"): OrderKind,
    ("orders", "state"): OrderState,
    ("orders", "lang"): Lang,
    ("orders", "card_type"): CardType,
    ("payments", "provider"): PaymentSource,
    ("payments", "state"): PaymentState,
    ("transitions", "verb"): RECORDED_VERBS,
    ("transitions", "payment_from"): PaymentState,
    ("transitions", "payment_to"): PaymentState,
    ("transitions", "order_from"): OrderState,
    ("transitions", "order_to"): OrderState,
    ("transitions", "actor"): Actor,
    ("webhook_endpoints", "state"): EndpointState,
    ("webhook_endpoints", "reason"): DisabledReason,
    ("webhook_endpoints", "source"): EndpointSource,
    ("deliveries", "state"): DeliveryState,
    ("deliveries", "reason"): DeadReason,
    ("webhook_replays", "state"): ReplayState,
    ("webhook_replays", "which"): ReplayChoice,
}
"""The columns that hold one word of a vocabulary."""

PACKAGES = ("core", "schema", "inbound", "payme_rpc", "click_http", "merchant_api", "outbound", "gateway")
ENUMS = (
    *(
        Actor,
        AttemptOutcome,
        CardType,
        DeadReason,
        DeliveryState,
        DisabledReason,
        EndpointSource,
        EndpointState,
        Lang,
        OrderKind,
        OrderState,
        OrderVerb,
        OperationVerb,
        PaymentSource,
        PaymentState,
        Provider,
        Refusal,
        ReplayChoice,
        ReplayState,
        Standing,
    ),
    Verb,
)
PARTIAL: Mapping[str, str] = {
    "core.domain.transition.TOTAL_OF": "what is pending or cancelled counts in no total",
    "gateway.cli.history.ORDER_WORDS": "the other verbs follow from what is done to payments, and are not recorded",
    "core.audit.checksums.STATE_OF_HELD_ORDER": "no other payment holds an order",
    "core.audit.checksums.HELD_STATE": "other orders are held by no payment",
}
"""Mappings that need not be total, with the reason."""


def test_every_provider_is_a_payment_source():
    assert set(map(str, Provider)) <= set(map(str, PaymentSource))


def test_every_provider_is_an_actor():
    assert set(map(str, Provider)) <= set(map(str, Actor))


def quoted(condition: str) -> list[str]:
    return re.findall(r"'([^']*)'", condition)


def same_words(checks: Mapping[str, str]) -> None:
    """`checks`: conditions by the constraints' names."""
    of_words = {name: sorted(quoted(condition)) for name, condition in checks.items() if name.endswith("_word")}
    assert of_words == {f"ck_{table}_{column}_word": sorted(words) for (table, column), words in WORDS.items()}
    known = {str(word) for words in WORDS.values() for word in words}
    for name, condition in checks.items():
        assert set(quoted(condition)) <= known, f"{name} has a word of no vocabulary: {condition}"


def test_the_words_of_the_tables_are_the_enums():
    checks = [c for table in metadata.tables.values() for c in table.constraints if isinstance(c, CheckConstraint)]
    same_words({str(check.name): str(check.sqltext) for check in checks})


async def test_the_words_of_the_migrated_database_are_the_enums(database):
    checks = text("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid > 0")
    async with database.connect() as connection:
        rows = (await connection.execute(checks)).all()
    same_words({name: condition for name, condition in rows if name.startswith("ck_")})


def modules() -> Iterator[ModuleType]:
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "__main__" not in module.name and "migrations.env" not in module.name:
                yield importlib.import_module(module.name)


def catalogues() -> Iterator[tuple[str, Mapping[object, object]]]:
    """The mappings that are keyed by words of the enums, each from the module that defines it."""
    for module in modules():
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            is_catalogue = isinstance(value, Mapping) and value and all(map(is_word, value))
            if is_catalogue and re.search(rf"^{name}(:| =)", source, re.MULTILINE):
                yield f"{module.__name__}.{name}", value


def is_word(key: object) -> bool:
    """Whether it is a word of an enum, or several with nothing else."""
    return all(map(is_word, key)) if isinstance(key, tuple) else isinstance(key, ENUMS)


def whole(keys: Collection[object]) -> set[object]:
    """All that could be keys where these are."""
    if not all(isinstance(key, tuple) for key in keys):
        return {word for enum in {type(key) for key in keys} for word in enum}
    return set(product(*(whole(column) for column in zip(*keys, strict=True))))


CATALOGUES = dict(catalogues())


@pytest.mark.parametrize("name", [name for name in CATALOGUES if name not in PARTIAL])
def test_a_mapping_of_words_is_total(name):
    assert set(CATALOGUES[name]) == whole(CATALOGUES[name].keys())


def test_the_catalogues_that_must_be_total_are_found():
    state_tables = {"core.domain.payment_states.PAYMENT", "core.domain.order_states.ORDER"}
    of_refusals = {"click_http.errors.CLICK", "merchant_api.errors.PROBLEMS"}
    of_refusals |= {f"payme_rpc.errors.{name}" for name in ("PAYME", "ON_PERFORM", "ON_FISCAL_DATA")}
    providers = {"core.domain.providers.ACTOR", "core.domain.providers.SOURCE"}
    assert providers | state_tables | of_refusals <= set(CATALOGUES)


def test_what_may_be_partial_is_there_and_is_partial():
    assert {name for name in CATALOGUES if set(CATALOGUES[name]) != whole(CATALOGUES[name].keys())} == set(PARTIAL)
