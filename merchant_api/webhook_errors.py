"""The problems about webhooks: what a shop asks for of its endpoints that cannot be done as they stand."""

from typing import Final

from core import ENDPOINTS_MAX
from merchant_api.errors import ProblemKind

WEBHOOK_NOT_FOUND: Final = ProblemKind(404, "webhook_not_found", "There is no such endpoint")
EVENT_NOT_FOUND: Final = ProblemKind(404, "event_not_found", "There is no such event, or it went to no such endpoint")
WEBHOOK_EXISTS: Final = ProblemKind(409, "webhook_exists", "There is an endpoint of this name with another content")
TOO_MANY_WEBHOOKS: Final = ProblemKind(409, "too_many_webhooks", f"There are {ENDPOINTS_MAX} endpoints already")
WEBHOOK_OF_SETTINGS: Final = ProblemKind(409, "webhook_of_settings", "The gateway's settings say what this endpoint is")
WEBHOOK_OF_OPERATOR: Final = ProblemKind(409, "webhook_of_operator", "The gateway's operator has disabled the endpoint")
WEBHOOK_HAS_NO_URL: Final = ProblemKind(409, "webhook_has_no_url", "Nothing is sent to this endpoint: it is pulled")
WEBHOOK_HAS_URL: Final = ProblemKind(409, "webhook_has_url", "Events are sent to this endpoint: it is not pulled")
WEBHOOK_DISABLED: Final = ProblemKind(409, "webhook_disabled", "The endpoint is disabled: enable it first")
REPLAY_RUNNING: Final = ProblemKind(409, "replay_running", "The endpoint's replay before this one has not ended")
NO_WEBHOOK_KEY: Final = ProblemKind(409, "no_webhook_key", "The gateway has no key to derive secrets from")
