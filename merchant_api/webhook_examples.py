"""These examples illustrate the API's description of webhooks."""

from typing import Any, Final

from merchant_api.event_examples import EXAMPLES

URL: Final = "https://erp.example.uz/hooks/tiyin"
SECRET: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD5n2nWiVvZsI="  # noqa: S105 - nobody's
EVENT: Final = "evt_1234"

WEBHOOK: Final[dict[str, Any]] = {
    "test": False,
    "name": "erp",
    "url": URL,
    "events": ["payment.paid", "payment.reversed"],
    "state": "enabled",
    "reason": None,
    "source": "api",
    "generation": 1,
    "previous_secret_until": None,
    "failures": 0,
    "failing_since": None,
    "paused_until": None,
    "last_success_at": "2026-11-22T10:16:03.801Z",
    "last_failure_at": None,
    "last_failure": None,
    "created_at": "2026-11-20T08:00:00.000Z",
    "changed_at": "2026-11-20T08:00:00.000Z",
}

REPLAY: Final[dict[str, Any]] = {
    "since": "2026-11-01T00:00:00.000Z",
    "until": "2026-11-22T00:00:00.000Z",
    "events": None,
    "which": "missing",
    "state": "running",
    "replayed": 0,
    "created_at": "2026-11-22T12:00:00.000Z",
    "ended_at": None,
}

STATUS: Final[dict[str, Any]] = {**WEBHOOK, "due": 0, "dead": 2, "replay": REPLAY}
WITH_SECRET: Final[dict[str, Any]] = {**WEBHOOK, "secret": SECRET}
SHOWN_SECRET: Final[dict[str, Any]] = {"secret": SECRET, "generation": 1, "previous_secret_until": None}
LIST: Final[dict[str, Any]] = {"test": False, "items": [WEBHOOK]}

TEST: Final[dict[str, Any]] = {
    "outcome": "received",
    "milliseconds": 12,
    "status": 204,
    "note": None,
    "answer": None,
    "address": "203.0.113.7",
}

DELIVERY: Final[dict[str, Any]] = {
    "event": EVENT,
    "type": "payment.paid",
    "at": "2026-11-22T10:16:03.789Z",
    "account": "1001",
    "webhook": "erp",
    "state": "dead",
    "reason": "tries",
    "tries": 12,
    "due_at": None,
    "ended_at": "2026-11-25T14:01:00.000Z",
    "attempts": [
        {**TEST, "outcome": "refused", "status": 500, "answer": "no such order", "at": "2026-11-25T14:00:59.988Z"}
    ],
}
DELIVERIES: Final[dict[str, Any]] = {"test": False, "items": [DELIVERY], "next": None}

SHOWN_EVENT: Final[dict[str, Any]] = {
    "test": False,
    "id": EVENT,
    "type": "payment.paid",
    "at": "2026-11-22T10:16:03.789Z",
    "account": "1001",
    "body": EXAMPLES["payment.paid"],
    "deliveries": [DELIVERY],
}
RETRIED: Final[dict[str, Any]] = {"due": ["erp"], "in_flight": []}

PULLED: Final[dict[str, Any]] = {
    "test": False,
    "events": [
        {
            "id": EVENT,
            "fence": 1,
            "leased_until": "2026-11-22T10:17:04.000Z",
            "body": EXAMPLES["payment.paid"],
        }
    ],
}
ACKNOWLEDGED: Final[dict[str, Any]] = {"acknowledged": [EVENT], "lost": []}

REGISTRATIONS: Final[dict[str, dict[str, Any]]] = {
    "every event": {"name": "erp", "url": URL},
    "some types": {"name": "erp", "url": URL, "events": ["payment.paid", "payment.reversed"]},
    "without a public address": {"name": "office"},
}
CHANGES: Final[dict[str, dict[str, Any]]] = {"another address": {"url": URL}, "every type": {"events": None}}
ROTATIONS: Final[dict[str, dict[str, Any]]] = {"within a day": {}, "once, though it is sent again": {"generation": 1}}
REPLAYS: Final[dict[str, dict[str, Any]]] = {
    "what a new endpoint never had": {"since": "2026-11-01T00:00:00.000Z"},
    "what was given up": {"since": "2026-11-20T19:00:00.000Z", "which": "dead", "events": ["payment.paid"]},
}
PULLS: Final[dict[str, dict[str, Any]]] = {"all that are due": {}, "a few": {"most": 10}}
ACKNOWLEDGEMENTS: Final[dict[str, dict[str, Any]]] = {"one": {"events": [{"id": EVENT, "fence": 1}]}}
RETRIES: Final[dict[str, dict[str, Any]]] = {"everywhere": {}, "at one endpoint": {"webhook": "erp"}}
