"""Describes why no answer came, in a sentence that helps."""

import os
from typing import Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientResponseError,
    ClientSSLError,
    InvalidURL,
    ServerDisconnectedError,
)

CONNECTION_ERRORS: Final = (ClientError, TimeoutError, OSError)
"""What a call may raise when it gets no answer."""


def describe_error(error: Exception) -> str:
    match error:
        case ClientConnectorCertificateError():
            return f"the TLS certificate of {error.host} is not trusted: {_last(error.certificate_error)}"
        case ClientSSLError():
            return f"TLS fails with {error.host}:{error.port} (does it speak http only?): {_last(error.os_error)}"
        case ClientConnectorDNSError():
            return f"there is no host named {error.host}"
        case ClientConnectorError():
            return f"nothing answers at {error.host}:{error.port}: {_reason(error.os_error)}"
        case ServerDisconnectedError():
            return "the connection was closed without an answer"
        case ClientResponseError():
            return "the head of the answer is not HTTP, or too long"
        case InvalidURL():
            return f"this is no URL: {error.url}"
        case TimeoutError():
            return "no answer within the time limit"
    return str(error) or type(error).__name__


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)


def _last(error: Exception) -> str:
    """Cut off the place in OpenSSL's source."""
    return str(error).partition(" (_ssl.c")[0]
