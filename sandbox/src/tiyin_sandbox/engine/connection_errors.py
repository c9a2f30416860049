"""Why no answer came, in words that help."""

import os
from typing import Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSSLError,
    InvalidURL,
    ServerDisconnectedError,
)

TROUBLES: Final = (ClientError, TimeoutError, OSError)
"""What a call may raise when it gets no answer."""


def in_words(trouble: Exception) -> str:
    match trouble:
        case ClientConnectorCertificateError():
            return f"the TLS certificate of {trouble.host} is not trusted: {_last(trouble.certificate_error)}"
        case ClientSSLError():
            return f"TLS fails with {trouble.host}:{trouble.port} (does it speak http only?): {_last(trouble.os_error)}"
        case ClientConnectorDNSError():
            return f"there is no host named {trouble.host}"
        case ClientConnectorError():
            return f"nothing answers at {trouble.host}:{trouble.port}: {_reason(trouble.os_error)}"
        case ServerDisconnectedError():
            return "the connection was closed without an answer"
        case InvalidURL():
            return f"this is no URL: {trouble.url}"
        case TimeoutError():
            return "no answer within the time limit"
    return str(trouble) or type(trouble).__name__


def _reason(trouble: OSError) -> str:
    return os.strerror(trouble.errno).lower() if trouble.errno else str(trouble)


def _last(trouble: Exception) -> str:
    """Without the place in OpenSSL's source."""
    return str(trouble).partition(" (_ssl.c")[0]
