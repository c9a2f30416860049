"""Reads what is asked for of an endpoint: each field first, then the rules of addresses and of types."""

from collections.abc import Callable, Iterator, Sequence, Set
from datetime import datetime
from typing import Any

from core import REPLAY_MAX, EndpointRef, WantedEndpoint
from merchant_api.errors import invalid
from merchant_api.order_request import read
from merchant_api.webhook_wire import ReplayRequest, WebhookChange, WebhookRequest
from merchant_api.wire import FieldError
from schema.event_types import SENTENCES

UrlProblem = Callable[[str], str | None]


def read_webhook(shop: str, document: Any, url_problem: UrlProblem) -> WantedEndpoint:
    """Return the endpoint that is asked for, without its key; raises Problem."""
    asked = read(WebhookRequest, document)
    _check(asked.url, asked.events, url_problem)
    return WantedEndpoint(EndpointRef(shop, asked.name), asked.url, _once(asked.events))


def read_change(ref: EndpointRef, document: Any, url_problem: UrlProblem) -> tuple[WantedEndpoint, Set[str]]:
    """Return what the endpoint should be, and which of its fields that is about: the others stay. Raises Problem."""
    change = read(WebhookChange, document)
    _check(change.url, change.events, url_problem)
    return WantedEndpoint(ref, change.url, _once(change.events)), change.model_fields_set


def read_replay(document: Any, now: datetime) -> tuple[ReplayRequest, datetime]:
    """Return what is asked for, and its end; raises Problem."""
    asked = read(ReplayRequest, document)
    until = asked.until or now
    field_errors = list(_type_errors("events", asked.events))
    if asked.since >= min(until, now):
        field_errors.append(FieldError(field="since", message="must be before `until`, and in the past"))
    if until - asked.since > REPLAY_MAX:
        message = f"must be at most {REPLAY_MAX.days} days after `since`: ask for a longer time in parts"
        field_errors.append(FieldError(field="until", message=message))
    if field_errors:
        raise invalid(*field_errors)
    return asked, until


def _check(url: str | None, events: Sequence[str] | None, url_problem: UrlProblem) -> None:
    problem = None if url is None else url_problem(url)
    field_errors = [] if problem is None else [FieldError(field="url", message=problem)]
    field_errors += _type_errors("events", events)
    if field_errors:
        raise invalid(*field_errors)


def _once(types: Sequence[str] | None) -> Sequence[str] | None:
    return None if types is None else list(dict.fromkeys(types))


def _type_errors(field: str, types: Sequence[str] | None) -> Iterator[FieldError]:
    if types is not None and not set(types) <= SENTENCES.keys():
        unknown = ", ".join(sorted(set(types) - SENTENCES.keys()))[:200]
        yield FieldError(field=field, message=f"has what is no type: {unknown}. There are {', '.join(SENTENCES)}")
