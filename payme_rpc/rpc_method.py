"""Marks the methods that Payme may call, and reads their parameters."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from types import FunctionType
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from payme_rpc.errors import INVALID_REQUEST, PaymeError, RpcError
from payme_rpc.wire import Params

P = TypeVar("P", bound=Params)
V = TypeVar("V")
R = TypeVar("R")

_MARKED: Final[set[object]] = set()


def rpc(
    model: type[P], field_errors: Mapping[str, PaymeError] | None = None
) -> Callable[[Callable[[V, P], Awaitable[R]]], Callable[..., Awaitable[R]]]:
    """Mark a method as callable by Payme; no other is. `field_errors`: fields that have an error of their own."""

    def mark(method: Callable[[V, P], Awaitable[R]]) -> Callable[..., Awaitable[R]]:
        @functools.wraps(method)
        async def call(self: V, /, *positional: Any, **named: Any) -> R:
            if positional:
                raise RpcError(INVALID_REQUEST)
            return await method(self, _read(model, named, field_errors or {}))

        _MARKED.add(call)
        return call

    return mark


def is_marked(method: object) -> bool:
    return isinstance(method, FunctionType) and method in _MARKED


def _read(model: type[P], named: dict[str, Any], field_errors: Mapping[str, PaymeError]) -> P:
    try:
        return model.model_validate(named)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        errors = [field_errors.get(str(detail["loc"][0]), INVALID_REQUEST) for detail in details]
        raise RpcError(INVALID_REQUEST if INVALID_REQUEST in errors else errors[0]) from None
