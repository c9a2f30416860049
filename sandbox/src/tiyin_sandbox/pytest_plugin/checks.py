"""Chooses the checks of a gateway, as a test file wants them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from tiyin_sandbox.click.suites import CLICK
from tiyin_sandbox.engine.checks import Check, Kind, Language, Suite
from tiyin_sandbox.payme.suites import PAYME
from tiyin_sandbox.pytest_plugin.gateways import Click, Gateway, Payme


@dataclass(frozen=True, slots=True)
class Checks:
    chosen: Sequence[Check]
    gateway: Callable[..., Gateway]
    """Returns the gateway; its arguments are fixtures."""
    kind: Kind
    language: Language


Decorator = Callable[[Callable[..., Gateway]], Checks]


@overload
def payme_checks(gateway: Payme | Callable[..., Payme], /, **chosen: Any) -> Checks: ...
@overload
def payme_checks(**chosen: Any) -> Decorator: ...
def payme_checks(gateway: Payme | Callable[..., Payme] | None = None, /, **chosen: Any) -> Checks | Decorator:
    """chosen: `groups` (such as "auth", "create"; all), `strict` (False), `accumulative` (False), `language` ("ru")."""
    return _checks(PAYME, gateway, **chosen)


@overload
def click_checks(gateway: Click | Callable[..., Click], /, **chosen: Any) -> Checks: ...
@overload
def click_checks(**chosen: Any) -> Decorator: ...
def click_checks(gateway: Click | Callable[..., Click] | None = None, /, **chosen: Any) -> Checks | Decorator:
    """chosen: `groups` (such as "desktop", "postman"; all), `strict` (False), `language` ("ru")."""
    return _checks(CLICK, gateway, **chosen)


def _checks(
    suite: Suite,
    gateway: Gateway | Callable[..., Gateway] | None,
    *,
    groups: Sequence[str] = (),
    strict: bool = False,
    accumulative: bool = False,
    language: Language = "ru",
) -> Checks | Decorator:
    unknown = sorted(set(groups) - {group.id for group in suite.groups})
    if unknown:
        raise ValueError(f"no such group: {', '.join(unknown)}; there are {', '.join(g.id for g in suite.groups)}")
    kind: Kind = "accumulative" if accumulative else "one_time"
    chosen = suite.chosen(groups, strict=strict, kind=kind)

    def of(function: Callable[..., Gateway]) -> Checks:
        return Checks(chosen, function, kind, language)

    match gateway:
        case None:
            return of
        case Payme() | Click():
            return of(lambda: gateway)
        case _:
            return of(gateway)
