"""Marks the methods that Payme may call, and reads what is handed to them."""

import functools
from collections.abc import Awaitable, Callable, Mapping
from types import FunctionType
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from payme_rpc.errors import INVALID, PaymeError, RpcError
from payme_rpc.wire import Params

P = TypeVar("P", bound=Params)
V = TypeVar("V")
R = TypeVar("R")

_MARKED: Final[set[object]] = set()


def rpc(
    model: type[P], wrong: Mapping[str, PaymeError] | None = None
) -> Callable[[Callable[[V, P], Awaitable[R]]], Callable[..., Awaitable[R]]]:
    """Opens a method to Payme; nothing else can be called. `wrong`: fields whose faults have codes of their own."""

    def mark(method: Callable[[V, P], Awaitable[R]]) -> Callable[..., Awaitable[R]]:
        @functools.wraps(method)
        async def call(self: V, /, *positional: Any, **named: Any) -> R:
            if positional:
                raise RpcError(INVALID)
            return await method(self, _read(model, named, wrong or {}))

        _MARKED.add(call)
        return call

    return mark


def is_marked(method: object) -> bool:
    return isinstance(method, FunctionType) and method in _MARKED


def _read(model: type[P], named: dict[str, Any], wrong: Mapping[str, PaymeError]) -> P:
    try:
        return model.model_validate(named)
    except ValidationError as trouble:
        faults = trouble.errors(include_url=False, include_context=False, include_input=False)
        errors = [wrong.get(str(error["loc"][0]), INVALID) for error in faults]
        raise RpcError(INVALID if INVALID in errors else errors[0]) from None
