"""Endpoints and deliveries are tables on the terminal."""

from collections.abc import Mapping, Sequence

from rich.table import Column, Table
from rich.text import Text

from core import Endpoint, PastDelivery, Replay, wall_clock
from gateway.cli.terminal import moment
from gateway.cli.terminal import show_on_terminal as show_table
from gateway.printable_text import printable
from schema.webhooks import DeliveryState

__all__ = ["deliveries_table", "endpoint_table", "endpoints_table", "show_table"]


def endpoints_table(endpoints: Sequence[Endpoint]) -> Table:
    table = _table("endpoint", "state", "sent to", "events", "from", "last success", "failures")
    for one in endpoints:
        cells = (one.name, _state(one), one.url or "pulled", _types(one), one.source, moment(one.last_success_at) or "")
        table.add_row(*map(_cell, (*cells, str(one.failures or ""))))
    return table


def endpoint_table(
    shop: str, endpoint: Endpoint, counts: Mapping[DeliveryState, int], replays: Sequence[Replay]
) -> Table:
    replay = replays[0] if replays else None
    rows = {
        "endpoint": endpoint.name,
        "shop": shop,
        "state": _state(endpoint),
        "sent to": endpoint.url or "nothing is sent, the shop pulls",
        "events": _types(endpoint),
        "registered": f"{moment(endpoint.created_at)}, by {_SOURCES[endpoint.source]}",
        "secret": f"number {endpoint.generation}",
        "former secret": _signs_along(endpoint) and f"signs along until {moment(endpoint.previous_until)}",
        "to be sent": str(counts.get(DeliveryState.DUE, 0)),
        "given up": str(counts.get(DeliveryState.DEAD, 0)),
        "last success": moment(endpoint.last_success_at),
        "last failure": endpoint.last_failure and f"{moment(endpoint.last_failure_at)}: {endpoint.last_failure}",
        "failing": endpoint.failing_since and f"{endpoint.failures} times since {moment(endpoint.failing_since)}",
        "tried again": moment(endpoint.paused_until),
        "replay": replay and f"of {replay.which}, {replay.state}: {replay.replayed} events",
    }
    table = Table(show_header=False)
    for name, value in rows.items():
        if value:
            table.add_row(name, _cell(value))
    return table


def deliveries_table(deliveries: Sequence[PastDelivery]) -> Table:
    table = _table("event", "type", "account", "endpoint", "state", "tries", "not before", "last attempt", "answered")
    for one in deliveries:
        last = one.attempts[-1] if one.attempts else None
        state = f"{one.state}: {one.reason}" if one.reason else one.state
        answered = "" if last is None else last.outcome if last.status is None else str(last.status)
        cells = (
            *(f"evt_{one.event_id}", one.event, one.account, one.endpoint, state, str(one.tries)),
            *(moment(one.due_at) or "", moment(last.at if last else None) or "", answered),
        )
        table.add_row(*map(_cell, cells))
    return table


def _table(first: str, *others: str) -> Table:
    """However narrow the terminal is, nothing is cut, and what is typed into the next command stays in one line."""
    columns = [Column(name, overflow="fold") for name in others]
    return Table(Column(first, no_wrap=True, overflow="fold"), *columns)


def _signs_along(endpoint: Endpoint) -> bool:
    return endpoint.previous_until is not None and endpoint.previous_until > wall_clock()


_SOURCES = {"settings": "the settings", "api": "the shop", "operator": "the operator"}


def _state(endpoint: Endpoint) -> str:
    if endpoint.reason is not None:
        return f"{endpoint.state}: {endpoint.reason}"
    return f"{endpoint.state}, does not answer" if endpoint.paused_until else str(endpoint.state)


def _types(endpoint: Endpoint) -> str:
    return "all" if endpoint.events is None else ", ".join(endpoint.events)


def _cell(text: str) -> Text:
    return Text(printable(text))
