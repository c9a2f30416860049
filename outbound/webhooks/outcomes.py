"""What came of an attempt is found here: by the answer's status, or by what went wrong instead of an answer."""

import asyncio
import socket
import ssl
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from outbound.dialling import AddressRefusedError
from outbound.http import CONNECT_SECONDS, EXCHANGE_SECONDS, HttpExchange, SentTwiceError
from schema.webhooks import AttemptOutcome

UNAVAILABLE: Final = frozenset(
    {
        *(HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY),
        *(HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT),
    }
)

FAILURES: Final[tuple[tuple[tuple[type[BaseException], ...], AttemptOutcome], ...]] = (
    ((AddressRefusedError, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError), AttemptOutcome.ADDRESS),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror, socket.herror, UnicodeError), AttemptOutcome.NAME),
    ((aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch, ssl.SSLError), AttemptOutcome.TLS),
    ((aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError), AttemptOutcome.CONNECT),
    ((TimeoutError,), AttemptOutcome.TIMEOUT),
    ((aiohttp.ClientError, HttpProcessingError, SentTwiceError), AttemptOutcome.RESET),
    ((OSError, EOFError, asyncio.LimitOverrunError), AttemptOutcome.RESET),
)
"""The first row with the error's class in it holds: what is more special stands above."""


def outcome_of(exchange: HttpExchange) -> AttemptOutcome | None:
    """None of an error that is in no row: a bug of ours.

    A receiver that has said no has said it, whether or not the rest of its answer came. A 2xx counts only once it was
    read to its end, or to as much as is read of any answer: the receiver may be saying it while it fails.
    """
    if exchange.status is not None and (exchange.error is None or not _is_success(exchange.status)):
        return outcome_of_status(exchange.status)
    if exchange.error is None:
        return None
    outcome = outcome_of_error(exchange.error)
    only_refused = exchange.dial.refused is not None and exchange.dial.address is None
    return AttemptOutcome.ADDRESS if outcome is AttemptOutcome.CONNECT and only_refused else outcome


def outcome_of_status(status: int) -> AttemptOutcome:
    if _is_success(status):
        return AttemptOutcome.RECEIVED
    if status == HTTPStatus.GONE:
        return AttemptOutcome.GONE
    return AttemptOutcome.UNAVAILABLE if status in UNAVAILABLE else AttemptOutcome.REFUSED


def outcome_of_error(error: BaseException) -> AttemptOutcome | None:
    return next((outcome for kinds, outcome in FAILURES if isinstance(error, kinds)), None)


def note_of(exchange: HttpExchange, outcome: AttemptOutcome) -> str | None:
    """A sentence for the people who have to mend it, where the outcome and the status don't say it all."""
    error = exchange.error
    match outcome:
        case AttemptOutcome.REFUSED if exchange.status is not None and 300 <= exchange.status < 400:
            return "It redirects, which webhooks do not follow: register the URL that it leads to."
        case AttemptOutcome.NAME:
            return "The name of its host was not found."
        case AttemptOutcome.ADDRESS:
            return exchange.dial.refused or "Its URL leads to no address that is dialled."
        case AttemptOutcome.TLS:
            return _tls_note(error)
        case AttemptOutcome.CONNECT if isinstance(error, TimeoutError):
            return f"No connection came about within {CONNECT_SECONDS} seconds."
        case AttemptOutcome.CONNECT:
            reason = getattr(error, "strerror", None) or "no connection came about"
            return f"It cannot be connected to: {reason}."
        case AttemptOutcome.TIMEOUT:
            return f"Its whole answer did not come within {EXCHANGE_SECONDS} seconds."
        case AttemptOutcome.RESET if exchange.dial.flooded:
            return "It answered without an end, and was cut off."
        case AttemptOutcome.RESET if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
            return "What it answered is no HTTP, or its headers are too long."
        case AttemptOutcome.RESET if exchange.status is not None:
            return "The connection ended before the whole answer had come."
        case AttemptOutcome.RESET:
            return "The connection ended before an answer had come."
    return None


def _is_success(status: int) -> bool:
    return 200 <= status < 300


def _tls_note(error: Exception | None) -> str:
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"Its TLS certificate is not trusted: {cause.verify_message.rstrip('.')}."
    reason = getattr(cause, "reason", None)
    return f"TLS could not be agreed on: {reason}." if reason else "TLS could not be agreed on."
