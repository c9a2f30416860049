"""The fields of the merchant API's bodies say what each may hold, and how it is written."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from core import moment_text
from inbound.account_text import ACCOUNT_MAX_CHARACTERS, is_account_text
from inbound.return_url import RETURN_URL_MAX_CHARACTERS, return_url_problem
from schema.values import MAX_AMOUNT, CardType, Lang, cut_to_ms

COUNT_MAX: Final = 10**9
METADATA_MAX_BYTES: Final = 8 * 1024


def _account(text: str) -> str:
    if not is_account_text(text):
        raise PydanticCustomError("account", "must be 1-255 characters, none of them a control character")
    return text


def _return_url(text: str) -> str:
    problem = return_url_problem(text)
    if problem is not None:
        raise PydanticCustomError("return_url", "{problem}", {"problem": problem})
    return text


def _moment(value: object) -> datetime:
    """Our own moments pass; a shop's text must say its offset from UTC."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            raise ValueError
        return cut_to_ms(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "moment", "must be an ISO 8601 time with its offset, such as 2026-11-22T10:15:30Z"
        ) from None


def _count(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("count", "must be a number")
    count = Decimal(str(value))
    if not 0 < count <= COUNT_MAX:
        raise PydanticCustomError("count", "must be above 0 and at most {most}", {"most": COUNT_MAX})
    exponent = count.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        raise PydanticCustomError("count", "must have at most 3 decimal places")
    return count


def _number(value: Decimal) -> int | float:
    """A quantity, never money, as the JSON number that prints the same: a double does for up to 15 digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def _scalar(value: object) -> object:
    if value is None or isinstance(value, str | bool | float):
        return value
    if not isinstance(value, int | Decimal):
        raise PydanticCustomError("scalar", "must be a string, a number, true, false or null")
    if -MAX_AMOUNT <= value <= MAX_AMOUNT:
        number = _number(Decimal(value))
        if Decimal(str(number)) == value:
            return number
    raise PydanticCustomError("scalar", "has more digits than a JSON number keeps; send it as a string")


def _metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_MAX_BYTES:
        raise PydanticCustomError("metadata", "must be at most {most} bytes of JSON", {"most": METADATA_MAX_BYTES})
    return dict(sorted(metadata.items()))


Account = Annotated[
    str,
    AfterValidator(_account),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": ACCOUNT_MAX_CHARACTERS}),
]
Amount = Annotated[int, Field(ge=1, le=MAX_AMOUNT, description="Whole tiyin, 1/100 of a so'm.")]
Price = Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="Whole tiyin.")]
Title = Annotated[str, Field(min_length=1, max_length=255)]
Description = Annotated[str, Field(max_length=1000)]
ReturnUrl = Annotated[
    str,
    AfterValidator(_return_url),
    WithJsonSchema(
        {
            "type": "string",
            "format": "uri",
            "maxLength": RETURN_URL_MAX_CHARACTERS,
            "description": "Where the payer goes after the checkout, paid or not. Left out: the shop's RETURN_URL.",
        }
    ),
]
# A text from outside is taken for its word, though nothing else is guessed.
Language = Annotated[Lang, Field(strict=False, description="Of Payme's checkout.")]
Card = Annotated[CardType, Field(strict=False, description="Which card Click's page asks for.")]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(moment_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Count = Annotated[
    Decimal,
    BeforeValidator(_count),
    PlainSerializer(_number, when_used="json"),
    WithJsonSchema(
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": COUNT_MAX,
            "description": "Up to 3 decimal places; price × count must be whole tiyin.",
        }
    ),
]
Scalar = Annotated[Any, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
Metadata = Annotated[
    dict[str, Scalar],
    Field(max_length=50, description="The shop's own notes, at most 8 KiB of JSON."),
    AfterValidator(_metadata),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": 50,
            "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            "description": "The shop's own notes, at most 8 KiB of JSON.",
        }
    ),
]
