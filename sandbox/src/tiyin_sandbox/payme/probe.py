"""Probes a gateway before Payme's suite: can it be run at all, and are the orders payable?"""

from collections.abc import Sequence

from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.engine.expectations import short_json
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.engine.orders import Order
from tiyin_sandbox.payme.caller import PaymeCaller
from tiyin_sandbox.payme.verification import ACCOUNT


async def probe(caller: PaymeCaller, orders: Sequence[Order]) -> None:
    """Raises CannotRun with the reason. Asks CheckPerformTransaction alone, which changes nothing."""
    readable(await _ask(caller, None), caller.target)
    for order in orders:
        payable(await _ask(caller, order), order, caller.amount)


def readable(answer: Answer, target: str) -> None:
    """Whether what came is a gateway's answer, and the key the right one."""
    if answer.connection_error is not None:
        raise CannotRun(f"{target} cannot be reached: {answer.connection_error}.")
    if answer.status is not None and 300 <= answer.status < 400:
        where = answer.headers.get("Location", "elsewhere")
        raise CannotRun(f"{target} redirects to {where}: Payme doesn't follow. Give the address as it answers itself.")
    if not isinstance(answer.body, dict):
        kind = "an HTML page" if answer.text.lstrip().startswith("<") else "something that is not JSON"
        raise CannotRun(f"{target} answers {kind} (HTTP status {answer.status}): no Payme callback is there.")
    if answer.code == -32504:
        raise CannotRun(
            "The gateway refuses the key: every row would be -32504. Compare --key and --login with its settings"
            " (a key with # or & must be in quotes, in .env and in the shell)."
        )


def payable(answer: Answer, order: Order, amount: int) -> None:
    name = order if isinstance(order, str) else short_json(dict(order))
    if answer.code == -31001:
        raise CannotRun(
            f"Order {name} is not for {amount} tiyin: the gateway answers -31001."
            " --amount is in tiyin, 100 to the so'm, and the same for all orders."
        )
    if answer.code in ACCOUNT:
        raise CannotRun(
            f"Order {name} isn't payable: the gateway answers {answer.code} {_message(answer)}."
            " It must exist, await payment, and not have been used by an earlier run."
        )


def _message(answer: Answer) -> str:
    message = answer.body["error"].get("message")
    return short_json(message.get("en") or message if isinstance(message, dict) else message)


async def _ask(caller: PaymeCaller, order: Order | None) -> Answer:
    placeholders = caller.placeholders({} if order is None else {"$order": order})
    account = "$nobody" if order is None else "$order"
    return await caller.send(Step("CheckPerformTransaction", {"amount": "$right", "account": account}), placeholders)
