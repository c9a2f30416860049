"""Probes a gateway before Click's suites: can they be run at all, and are the orders there?"""

from collections.abc import Sequence

from tiyin_sandbox.click.caller import ClickCaller, account
from tiyin_sandbox.click.suites.steps import prepare
from tiyin_sandbox.engine.answer import Answer
from tiyin_sandbox.engine.host_safety import CannotRun
from tiyin_sandbox.engine.orders import Order


async def probe(caller: ClickCaller, orders: Sequence[Order]) -> None:
    """Raises CannotRun with the reason. Asks for what must be refused, so that nothing is held by it."""
    nobody = prepare(-5, merchant_trans_id="$nobody")
    readable(await caller.send(nobody, caller.placeholders({})), caller)
    for order in orders:
        unpaid = prepare(-2, amount="$wrong")
        payable(await caller.send(unpaid, caller.placeholders({"$order": order})), account(order))


def readable(answer: Answer, caller: ClickCaller) -> None:
    """Whether what came is a gateway's answer, and the secret the right one."""
    target = caller.target
    if answer.connection_error is not None:
        raise CannotRun(f"{target} cannot be reached: {answer.connection_error}.")
    if answer.status is not None and 300 <= answer.status < 400:
        where = answer.headers.get("Location", "elsewhere")
        raise CannotRun(f"{target} redirects to {where}: Click doesn't follow. Give the address as it answers itself.")
    if not isinstance(answer.body, dict):
        kind = "an HTML page" if answer.text.lstrip().startswith("<") else "something that is not JSON"
        raise CannotRun(f"{target} answers {kind} (HTTP status {answer.status}): no Click callback is there.")
    if answer.code == -1:
        raise CannotRun(
            "The gateway refuses the signature: every row would be -1."
            " Compare --secret and --service-id with its settings."
        )
    if answer.code == -8:
        raise CannotRun(
            "The gateway finds fault with a call that is whole: every row would be -8."
            f" Compare --service-id {caller.service.service_id} with its settings."
        )


def payable(answer: Answer, order: str) -> None:
    """-2 for the wrong amount says that the order is there. Whether it costs --amount, only the first row can tell."""
    if answer.code == -7:
        raise CannotRun(
            "The gateway answers -7, its own failure, to a call that is whole: it does not know its secret"
            " (compare --secret and --service-id), or something fails there (look into its log)."
        )
    if answer.code == -5:
        raise CannotRun(f"Order {order} is not there: the gateway answers -5.")
    if answer.code in (-4, -9):
        raise CannotRun(
            f"Order {order} isn't payable: the gateway answers {answer.code}."
            " It must await payment, and not have been used by an earlier run."
        )
