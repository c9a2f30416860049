"""The logs hold one JSON object a line, with the correlation id of its call; the payments' log is apart.

Nothing here waits for a disk or a terminal: threads write the lines. Secrets are masked by their names.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from structlog.typing import EventDict

from core import Transition, correlation_id
from gateway.observability.log_writer import LogWriter, Target, to_descriptor, to_file
from gateway.observability.masking import without_cards
from inbound.exchange import SECRET, Exchange
from schema.test_mode import split

log = logging.getLogger(__name__)

STDOUT: Final = 1
CLOSE_SECONDS: Final = 2.0

SECRET_NAME: Final = re.compile(r"authorization|secret|token|passw|sign_string|(^|[_-])keys?$", re.IGNORECASE)

VERBOSE_LOGGERS: Final = ("asyncio", "aiohttp.server", "aiohttp_jsonrpc", "alembic", "gunicorn.access")
"""Their INFO and DEBUG are noise: a line for every call, and aiohttp's holds even the bytes that it could not read."""


def _add_correlation_id(_: Any, __: str, event: EventDict) -> EventDict:
    if call_id := correlation_id.get():
        event.setdefault("correlation_id", call_id)
    return event


@lru_cache(maxsize=1024)
def _names_a_secret(key: str) -> bool:
    return SECRET_NAME.search(key) is not None


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: SECRET if _names_a_secret(str(key)) else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    return without_cards(value) if isinstance(value, str) else value


def mask_secrets(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace values whose names say that they are secret with `***`, at any depth, and mask card numbers."""
    for key, value in event.items():
        event[key] = SECRET if _names_a_secret(key) else _masked(value)
    return event


def render(event: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        return json.dumps(event, default=str, ensure_ascii=False).encode(errors="replace") + b"\n"


class _JsonHandler(logging.Handler):
    """Renders the records of `logging`, ours and the libraries', and gives them to the writer."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    _add_correlation_id,
                    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                    structlog.processors.format_exc_info,
                ],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    mask_secrets,
                    lambda _, __, event: render(event).decode(),
                ],
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._writer.put(self.format(record).encode())
        except Exception:
            self.handleError(record)


class _Logs:
    """Holds what `configure` sets up; before it, nothing is written."""

    def __init__(self, level: int, out: Target, payments: Target | None) -> None:
        self.writers = [LogWriter(out)]
        self.handler = _JsonHandler(self.writers[0])
        self.calls = self.writers[0] if level <= logging.INFO else None
        if payments is not None:
            self.writers.append(LogWriter(payments))
            self.writers[-1].trouble = _report_payments_log
        self.payments = self.writers[-1]


def _report_payments_log(error: Exception | None) -> None:
    if error is None:
        log.warning("payments log is written again")
    else:
        log.error("payments log cannot be written", extra={"error": str(error)})


_logs: _Logs | None = None


def configure(level: str = "info", payments_log: Path | None = None, out: Target = to_descriptor(STDOUT)) -> None:
    """Send everything from this level on to `out`; transitions always, into their own file if one is named."""
    global _logs
    close()
    _logs = _Logs(logging.getLevelNamesMapping()[level.upper()], out, to_file(payments_log) if payments_log else None)
    root = logging.getLogger()
    root.addHandler(_logs.handler)
    root.setLevel(level.upper())
    for name in VERBOSE_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def is_open() -> bool:
    return _logs is not None


def close(seconds: float = CLOSE_SECONDS) -> None:
    """Write what waits, within so many seconds, and nothing more."""
    global _logs
    if _logs is None:
        return
    logging.getLogger().removeHandler(_logs.handler)
    logging.captureWarnings(False)
    for writer in _logs.writers:
        writer.close(seconds)
    _logs = None


def count_lost(lost: Callable[[int], object]) -> None:
    """Have `lost` called with the number of lines that could not be written."""
    for writer in _logs.writers if _logs else ():
        writer.lost = lost


# These two are written for every call and every transition: their fields are all named here, so there is nothing to
# add or to mask, and they are written without structlog.


def call(exchange: Exchange, at: datetime, seconds: float, remote: str | None, call_id: str) -> None:
    """Log one answered call."""
    if _logs is None or _logs.calls is None:
        return
    shop, test = split(exchange.shop) if exchange.shop else (None, False)
    account, external_id = exchange.about
    line = {
        "event": "call",
        "level": "info",
        "at": at,
        "interface": exchange.interface,
        "shop": shop,
        "test": test,
        "method": without_cards(exchange.method),
        "code": exchange.code,
        "refusal": exchange.refusal,
        "account": account and without_cards(account),
        "external_id": external_id and without_cards(external_id),
        "ms": round(seconds * 1000, 3),
        "remote": remote,
        "correlation_id": call_id,
    }
    _logs.calls.put(render(line))


def committed(transition: Transition, call_id: str) -> None:
    """Log one transition of an order or a payment, after it was committed."""
    if _logs is None:
        return
    payment = transition.payment
    shop, test = split(transition.order.shop)
    line = {
        "event": transition.verb.value,
        "level": "info",
        "log": "payments",
        "at": transition.at,
        "shop": shop,
        "test": test,
        "account": without_cards(transition.order.account),
        "order_id": transition.order.id,
        "payment_id": payment.id if payment else None,
        "provider": payment.provider if payment else None,
        "external_id": without_cards(payment.external_id) if payment else None,
        "amount": payment.amount if payment else transition.order.amount,
        "from": transition.payment_before,
        "to": payment.state if payment else None,
        "order_from": transition.order_before,
        "order_to": transition.order.state,
        "actor": transition.actor,
        "correlation_id": call_id,
    }
    _logs.payments.put(render(line))
