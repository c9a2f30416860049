"""The core decides what may follow what and commits it. It knows no HTTP, no protocol, no settings.

This is its public module: the rest of the product imports nothing from deeper inside (`make lint` checks it).
"""

from core.audit.audit import Finding, audit_books, count_books
from core.audit.invariants import INVARIANTS
from core.clock import Clock, Uptime, machine_uptime, wall_clock
from core.clock_comparison import ClockComparison, DatabaseClock, database_now
from core.commit.scheduler import BATCH_MAX_COMMANDS
from core.connection_pools import delivery_pool, journal_pool, pools, readiness_pool
from core.correlation import correlation_id
from core.db.autocommit import Autocommit
from core.db.engine import AUDIT_SECONDS, BEHIND_POOLER, make_engine
from core.db.errors import db_error_of, in_words, sqlstate_of
from core.db.failover import failover_connector
from core.db.requirements import ASKED as SERVING_RIGHTS
from core.db.requirements import DatabaseState, database_state, grants, privileges_by_object
from core.db.server_settings import VERSION_MIN, ServerSettings, server_settings
from core.deliveries.endpoints import (
    ENDPOINTS_MAX,
    PREVIOUS_SECRET_MAX,
    Endpoint,
    EndpointExistsError,
    EndpointRef,
    Endpoints,
    TooManyEndpointsError,
    WantedEndpoint,
)
from core.deliveries.gaps import LONG_OVERLAP, MissingDeliveries
from core.deliveries.history import (
    DeliveryCursor,
    DeliveryHistory,
    PastAttempt,
    PastDelivery,
    PastEvent,
)
from core.deliveries.moments import of_database
from core.deliveries.notices import NoticesLostError, Notifier, listen
from core.deliveries.pulls import PULLED_MAX, PulledEvent, Pulls, TakenEvent
from core.deliveries.queue import LEASE, Claimed, DeliveryQueue, Room
from core.deliveries.queue_state import QueueState, queue_state
from core.deliveries.replays import REPLAY_MAX, Replay, ReplayRangeError, ReplayRunningError, Replays
from core.deliveries.results import Claim, Destination, Result, Settled
from core.deliveries.retention import delete_old_deliveries, give_up_old_deliveries
from core.deliveries.retries import Retries
from core.domain.answers import (
    Allowed,
    Answer,
    Cursor,
    Done,
    OrderPage,
    PaymentPage,
    Refused,
    Replayed,
    Shown,
    StatementLine,
)
from core.domain.clock_skew import unusual_skew
from core.domain.clock_trust import ClockTrust
from core.domain.commands import (
    AmendOrder,
    Attempt,
    AttemptRef,
    Cancel,
    Check,
    CloseOrder,
    Command,
    Confirm,
    Create,
    DeliverOrder,
    ExternalPaymentRef,
    Fiscalise,
    IdempotencyKey,
    LookUp,
    OpenOrder,
    OrderRef,
    Perform,
    Release,
    ReleaseOrder,
    ReopenOrder,
    ShopCommand,
)
from core.domain.details import Details
from core.domain.errors import Overloaded, Suspended, TryAgain, Unreconciled
from core.domain.events import EVENTS, moment_text
from core.domain.periods import Periods
from core.domain.receipts import Receipt, ReceiptFailure, Receipts
from core.domain.records import Order, Payment, Transition
from core.domain.refusals import Refusal
from core.facade import Core
from core.jobs.retention import delete_old_idempotency_keys
from core.jobs.worker_reports import REPORT_SECONDS, report_worker, retire_worker, worker_lives
from core.observer import Observer
from core.reads.finished_orders import FinishedOrders, OrderPiece, finished_orders
from core.reads.search import Search
from core.reads.search_text import SEARCH_MAX_CHARACTERS, TASHKENT, is_search_text, read_search
from core.reads.stored_groups import NEWEST_MAX, GroupStanding, OrderGroup, PaymentGroup, stored_groups
from core.reads.timeline import PastExchange, PastPayment, PastTransition, Timeline
from core.restores import Restores

__all__ = [
    "AUDIT_SECONDS",
    "BATCH_MAX_COMMANDS",
    "BEHIND_POOLER",
    "ENDPOINTS_MAX",
    "EVENTS",
    "INVARIANTS",
    "LEASE",
    "LONG_OVERLAP",
    "NEWEST_MAX",
    "PREVIOUS_SECRET_MAX",
    "PULLED_MAX",
    "REPLAY_MAX",
    "REPORT_SECONDS",
    "SEARCH_MAX_CHARACTERS",
    "SERVING_RIGHTS",
    "TASHKENT",
    "VERSION_MIN",
    "Allowed",
    "AmendOrder",
    "Answer",
    "Attempt",
    "AttemptRef",
    "Autocommit",
    "Cancel",
    "Check",
    "Claim",
    "Claimed",
    "Clock",
    "ClockComparison",
    "ClockTrust",
    "CloseOrder",
    "Command",
    "Confirm",
    "Core",
    "Create",
    "Cursor",
    "DatabaseClock",
    "DatabaseState",
    "DeliverOrder",
    "DeliveryCursor",
    "DeliveryHistory",
    "DeliveryQueue",
    "Destination",
    "Details",
    "Done",
    "Endpoint",
    "EndpointExistsError",
    "EndpointRef",
    "Endpoints",
    "ExternalPaymentRef",
    "Finding",
    "FinishedOrders",
    "Fiscalise",
    "GroupStanding",
    "IdempotencyKey",
    "LookUp",
    "MissingDeliveries",
    "NoticesLostError",
    "Notifier",
    "Observer",
    "OpenOrder",
    "Order",
    "OrderGroup",
    "OrderPage",
    "OrderPiece",
    "OrderRef",
    "Overloaded",
    "PastAttempt",
    "PastDelivery",
    "PastEvent",
    "PastExchange",
    "PastPayment",
    "PastTransition",
    "Payment",
    "PaymentGroup",
    "PaymentPage",
    "Perform",
    "Periods",
    "PulledEvent",
    "Pulls",
    "QueueState",
    "Receipt",
    "ReceiptFailure",
    "Receipts",
    "Refusal",
    "Refused",
    "Release",
    "ReleaseOrder",
    "ReopenOrder",
    "Replay",
    "ReplayRangeError",
    "ReplayRunningError",
    "Replayed",
    "Replays",
    "Restores",
    "Result",
    "Retries",
    "Room",
    "Search",
    "ServerSettings",
    "Settled",
    "ShopCommand",
    "Shown",
    "StatementLine",
    "Suspended",
    "TakenEvent",
    "Timeline",
    "TooManyEndpointsError",
    "Transition",
    "TryAgain",
    "Unreconciled",
    "Uptime",
    "WantedEndpoint",
    "audit_books",
    "correlation_id",
    "count_books",
    "database_now",
    "database_state",
    "db_error_of",
    "delete_old_deliveries",
    "delete_old_idempotency_keys",
    "delivery_pool",
    "failover_connector",
    "finished_orders",
    "give_up_old_deliveries",
    "grants",
    "in_words",
    "is_search_text",
    "journal_pool",
    "listen",
    "machine_uptime",
    "make_engine",
    "moment_text",
    "of_database",
    "pools",
    "privileges_by_object",
    "queue_state",
    "read_search",
    "readiness_pool",
    "report_worker",
    "retire_worker",
    "server_settings",
    "sqlstate_of",
    "stored_groups",
    "unusual_skew",
    "wall_clock",
    "worker_lives",
]
