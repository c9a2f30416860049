"""The catalogue of events is published: each type with its sentence, its JSON Schema and an example."""

import json
from functools import cache
from typing import Any

from merchant_api.event_examples import EXAMPLES
from merchant_api.event_wire import MODELS
from merchant_api.openapi_parts import PublicSchema
from schema.event_types import EVENT_SCHEMA, SENTENCES, TEST, TEST_SENTENCE


@cache
def event_types_text() -> str:
    return json.dumps({"schema": EVENT_SCHEMA, "types": event_types()}, ensure_ascii=False)


def event_types() -> list[dict[str, Any]]:
    return [
        {
            "type": event,
            "sentence": sentence,
            "schema": MODELS[event].model_json_schema(mode="serialization", schema_generator=PublicSchema),
            "example": EXAMPLES[event],
        }
        for event, sentence in {**SENTENCES, TEST: TEST_SENTENCE}.items()
    ]
