"""The API's description of events: the requests that shops are sent, by type."""

from typing import Final

from merchant_api import event_wire
from merchant_api.event_examples import EXAMPLES
from merchant_api.openapi_parts import Json, ref
from schema.event_types import SENTENCES, TEST, TEST_SENTENCE


def sent_events() -> Json:
    """Describe the requests that shops are sent, by type."""
    return {
        event: {
            "post": {
                "operationId": f"receive.{event}",
                "summary": sentence,
                "security": [],
                "parameters": [_header(name, text) for name, text in HEADERS.items()],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": ref(event_wire.MODELS[event].__name__),
                            "example": EXAMPLES[event],
                        }
                    },
                },
                "responses": {
                    "2XX": {"description": "Received. Anything else, or no answer in 15 seconds, is sent again."}
                },
            }
        }
        for event, sentence in {**SENTENCES, TEST: TEST_SENTENCE}.items()
    }


HEADERS: Final = {
    "webhook-id": "The body's `id`: the same whenever this event is sent, so that it is dealt with once.",
    "webhook-timestamp": "Seconds since 1970, of this attempt.",
    "webhook-signature": "`v1,` and base64, for each valid secret, as Standard Webhooks describes it.",
}


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
