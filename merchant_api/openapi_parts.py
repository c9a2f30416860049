"""The pieces that the API's description repeats: parameters, answers, problems."""

import json
from collections.abc import Mapping
from typing import Any

from inbound.account_text import ACCOUNT_MAX_CHARACTERS
from merchant_api import examples
from merchant_api.errors import Problem, ProblemKind

Json = dict[str, Any]


def account() -> Json:
    return {
        "name": "account",
        "in": "path",
        "required": True,
        "description": "Percent-encoded, its slashes too.",
        "schema": {"type": "string", "minLength": 1, "maxLength": ACCOUNT_MAX_CHARACTERS},
        "example": "1001",
    }


def idempotency_key() -> Json:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Kept for 7 days: the same key with the same request gets the first answer again.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "example": "0f9c2c1e-5f0e-4b7e-9a55-3a1d3d8f7c11",
    }


def replayed() -> Json:
    return {
        "Idempotency-Replayed": {
            "description": "`true` on an answer that is given again.",
            "schema": {"type": "string", "const": "true"},
        }
    }


def opened(description: str) -> Json:
    location = {"description": "The order's path.", "schema": {"type": "string", "format": "uri-reference"}}
    return answer(description, "Order", examples.ORDER, headers={"Location": location, **replayed()})


def answer(description: str, schema: str, example: Json, headers: Json | None = None) -> Json:
    told: Json = {
        "description": description,
        "content": {"application/json": {"schema": ref(schema), "example": example}},
    }
    return told if headers is None else {**told, "headers": headers}


def problems(*kinds: ProblemKind) -> Json:
    """By status; several problems may share one."""
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {str(status): _problem(by_status[status]) for status in sorted(by_status)}


def _problem(kinds: list[ProblemKind]) -> Json:
    retry_after = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    headers = {
        401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
        429: retry_after,
        503: retry_after,
    }.get(kinds[0].status, {})
    named_problems = {kind.word: {"value": json.loads(Problem(kind).text)} for kind in kinds}
    content = {"application/problem+json": {"schema": ref("ProblemDetails"), "examples": named_problems}}
    return {
        "description": "; ".join(f"{kind.title} ({kind.word})" for kind in kinds),
        "headers": headers,
        "content": content,
    }


def named(values: Mapping[str, Json]) -> Json:
    return {name: {"value": value} for name, value in values.items()}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
