"""What we lean on in libraries beyond their documented face: looked at by name, with a clear word when it is gone."""

import inspect
from importlib.metadata import version
from typing import Any


def lean_on(library: str, owner: Any, name: str, used_in: str) -> Any:
    """The attribute of this name, wherever the library keeps it."""
    where = getattr(owner, "__qualname__", type(owner).__qualname__)
    assert hasattr(owner, name), f"{library} {version(library)} has no {where}.{name} any more: {used_in} leans on it"
    return getattr(owner, name)


def has_parameters(library: str, function: Any, parameters: list[str], used_in: str) -> None:
    """The function takes these parameters, in this order, before any others."""
    found = list(inspect.signature(function).parameters)
    assert found[: len(parameters)] == parameters, (
        f"{library} {version(library)}: {function.__qualname__} takes {found}, not {parameters}: {used_in} leans on it"
    )
