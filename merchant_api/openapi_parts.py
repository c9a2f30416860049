"""The API's description is put together from these parts: public schemas, parameters, answers, problems."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic.json_schema import DefsRef, GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

from inbound.account_text import ACCOUNT_MAX_CHARACTERS
from merchant_api import examples
from merchant_api.errors import (
    FAILED,
    TOO_LARGE,
    TOO_MANY,
    TOO_MANY_READS,
    TOO_SLOW,
    TRY_AGAIN,
    UNAUTHORIZED,
    UNREADABLE,
    Problem,
    ProblemKind,
)

Json = dict[str, Any]

PUBLIC_NAMES: Final[Mapping[str, str]] = {
    "OrderPayment": "Payment",
    "PaymentSource": "Provider",
    "ProblemDetails": "Problem",
}
"""Classes that the description calls otherwise: its names are public, and stay when a class is renamed."""


ALWAYS: Final = (UNAUTHORIZED, TOO_MANY, FAILED, TRY_AGAIN)
OF_READS: Final = (TOO_MANY_READS,)
UNREADABLE_BODY: Final = (UNREADABLE, TOO_SLOW, TOO_LARGE)


class PublicSchema(GenerateJsonSchema):
    """Puts the models into the description under their public names."""

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(PUBLIC_NAMES.get(name, name))

    def generate_definitions(
        self, inputs: Sequence[tuple[Any, JsonSchemaMode, CoreSchema]]
    ) -> tuple[dict[tuple[Any, JsonSchemaMode], JsonSchemaValue], dict[DefsRef, JsonSchemaValue]]:
        """An enumeration comes without its docstring, which speaks of tables."""
        schemas, definitions = super().generate_definitions(inputs)
        for name, schema in definitions.items():
            schema["title"] = name if name in PUBLIC_NAMES.values() else schema["title"]
            if "enum" in schema:
                schema.pop("description", None)
        return schemas, definitions


def query(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


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
    return answer(description, "Order", examples.OPENED, headers={"Location": location, **replayed()})


def answer(description: str, schema: str, example: Json, headers: Json | None = None) -> Json:
    response: Json = {
        "description": description,
        "content": {"application/json": {"schema": ref(schema), "example": example}},
    }
    return response if headers is None else {**response, "headers": headers}


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
    content = {"application/problem+json": {"schema": ref("Problem"), "examples": named_problems}}
    return {
        "description": "; ".join(f"{kind.title} ({kind.word})" for kind in kinds),
        "headers": headers,
        "content": content,
    }


def request_body(schema: str, values: Mapping[str, Json], *, required: bool = False) -> Json:
    content = {"application/json": {"schema": ref(schema), "examples": named(values)}}
    return {"required": required, "content": content}


def named(values: Mapping[str, Json]) -> Json:
    return {name: {"value": value} for name, value in values.items()}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def operation(
    name: str, summary: str, answers: Json, kinds: Iterable[ProblemKind], body: Json | None = None, more: str = ""
) -> Json:
    """Describe a call that is answered by these, or by one of these problems."""
    return {
        "operationId": name,
        "summary": summary,
        **({"description": more} if more else {}),
        **({"requestBody": body} if body else {}),
        "responses": {**answers, **problems(*ALWAYS, *OF_READS, *kinds)},
    }
