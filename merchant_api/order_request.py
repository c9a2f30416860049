"""Reads an order from a document: each field first, then the rules that span several fields."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core import AmendOrder, Details, OpenOrder, OrderRef
from merchant_api.errors import invalid, invalid_field
from merchant_api.wire import AccumulativeRequest, AmendRequest, FieldError, OneTimeRequest, Shape
from schema.fiscal import fiscal_problems
from schema.values import OrderKind, Tiyin

M = TypeVar("M", bound=Shape)

OrderRequest = OneTimeRequest | AccumulativeRequest

REQUESTS: Final[Mapping[Any, type[OrderRequest]]] = {"one_time": OneTimeRequest, "accumulative": AccumulativeRequest}

MESSAGES: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this object",
    "bool_type": "must be true or false, not in quotes",
    "int_type": "must be a whole number, not in quotes",
    "string_type": "must be a string",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must be at least {min_length} characters long",
    "string_too_long": "must be at most {max_length} characters long",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be an array",
    "too_short": "must have at least {min_length} entries, or be null",
    "too_long": "must have at most {max_length} entries",
    "dict_type": "must be an object",
    "enum": "must be {expected}",
    "model_type": "must be an object",
}
"""By pydantic's kind of error."""


def read_order(document: Any) -> OrderRequest:
    """The order that is asked for. Null says the same as leaving a field out."""
    if not isinstance(document, dict):
        raise invalid_field("body", "must be an object")
    given = {name: value for name, value in document.items() if value is not None}
    kind = given.get("kind", "one_time")
    if not isinstance(kind, str) or kind not in REQUESTS:
        raise invalid_field("kind", "must be one_time or accumulative")
    order = read(REQUESTS[kind], given)
    if order.strict_expiry and order.expires_at is None:
        raise invalid_field("strict_expiry", "needs expires_at beside it")
    field_errors = _fiscal_errors(order) if isinstance(order, OneTimeRequest) else list(_limit_errors(order))
    if field_errors:
        raise invalid(*field_errors)
    return order


def read(model: type[M], document: Any) -> M:
    """Raises Problem with every field that is not as it should be."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid(
            *(_field_error(model, each) for each in error.errors(include_url=False, include_input=False))
        ) from None


def open_order(shop: str, order: OrderRequest) -> OpenOrder:
    """The command, without an idempotency key."""
    order_ref, details = OrderRef(shop, order.account), _details(order)
    until, strict = order.expires_at, order.strict_expiry
    if isinstance(order, OneTimeRequest):
        return OpenOrder(order_ref, OrderKind.ONE_TIME, Tiyin(order.amount), None, None, until, details, strict)
    min_amount, max_amount = _tiyin(order.min_amount), _tiyin(order.max_amount)
    return OpenOrder(order_ref, OrderKind.ACCUMULATIVE, None, min_amount, max_amount, until, details, strict)


def amend_order(order: OrderRef, document: Any) -> AmendOrder:
    """Read the command that a PATCH asks for, without an idempotency key. What it leaves out stays as it is."""
    if document == {}:
        raise invalid_field("body", f"must name what changes: {', '.join(AmendRequest.model_fields)}")
    request = read(AmendRequest, document)
    plain = request.model_dump(mode="json", include={"items", "shipping"})
    changes = {name: plain[name] if name in plain else getattr(request, name) for name in request.model_fields_set}
    if changes.get("items") is not None:
        changes["items"] = tuple(changes["items"])
    return AmendOrder(order, changes)


def _details(order: OrderRequest) -> Details:
    plain = order.model_dump(mode="json", include={"items", "shipping"})
    items = plain.get("items")
    return Details(
        description=order.description,
        items=None if items is None else tuple(items),
        shipping=plain.get("shipping"),
        metadata=order.metadata,
        return_url=order.return_url,
        lang=order.lang,
        card_type=order.card_type,
    )


def _tiyin(amount: int | None) -> Tiyin | None:
    return None if amount is None else Tiyin(amount)


def _fiscal_errors(order: OneTimeRequest) -> list[FieldError]:
    details = _details(order)
    problems = fiscal_problems(order.amount, details.items, details.shipping)
    return [FieldError(field=field, message=message) for field, message in problems]


def _limit_errors(order: AccumulativeRequest) -> Iterator[FieldError]:
    if order.min_amount is not None and order.max_amount is not None and order.min_amount > order.max_amount:
        yield FieldError(field="max_amount", message="must not be below min_amount")


def _field_error(model: type[Shape], error: ErrorDetails) -> FieldError:
    path = ""
    for step in error["loc"]:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return FieldError(field=path.removeprefix(".") or "body", message=_message(model, error))


def _message(model: type[Shape], error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        others = [
            kind for kind, other in REQUESTS.items() if other is not model and error["loc"][0] in other.model_fields
        ]
        if model in REQUESTS.values() and others:
            return f"is a field of {others[0]} orders only"
    template = MESSAGES.get(error["type"])
    return error["msg"] if template is None else template.format_map(error.get("ctx", {}))
