"""Checks a call in Click's order, and puts one command to the core (Click, "SHOP API", order of checks)."""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from click_http.amounts import tiyin
from click_http.errors import (
    ALREADY_PAID,
    BAD_SIGNATURE,
    CANCELLED,
    CLICK,
    MALFORMED,
    SUCCESS,
    UNKNOWN_ACTION,
    UNKNOWN_ORDER,
    ClickCode,
)
from click_http.responses import CallResult
from click_http.service import Service
from click_http.signature import is_signed
from click_http.wire import COMPLETE, PREPARE, Form, Numbers, form, numbers, prepare_id
from core import (
    Answer,
    Attempt,
    AttemptRef,
    Confirm,
    Core,
    Done,
    ExternalPaymentRef,
    OrderRef,
    Refusal,
    Refused,
    Release,
)
from inbound.account_text import is_account_text
from schema.click_ids import attempt_id
from schema.test_mode import split
from schema.values import Provider

log: Final = logging.getLogger(__name__)

NO_PREPARE_ID: Final = frozenset({"", "0"})
"""What Click sends where it knows no prepare id, because Prepare's answer was lost."""

NO_PAYMENT_ID: Final = 0
"""Stands for a prepare id that cannot be ours. The core looks for the order first, so -5 comes before -6."""

ONCE_PAID: Final = frozenset({Refusal.PAYMENT_PAID, Refusal.PAYMENT_REVERSED})

TEST_PROGRAM_ERROR: Final = -1
"""The error with which Click's desktop test program tries to cancel a paid payment, and wants -4. Its Postman
collection does it with another one and wants -9."""

REASON_MIN: Final = -(2**31)


async def handle(core: Core, service: Service, fields: Mapping[str, str], accept: Callable[[], object]) -> CallResult:
    """Check shape, signature, action, service and numbers; only then put one command to the core.

    `accept` is called as soon as the signature is known to be good.
    """
    call = form(fields)
    if call is None:
        return CallResult(MALFORMED, failed_auth=True)
    if not is_signed(call, *service.accepted_keys):
        return CallResult(BAD_SIGNATURE, failed_auth=True)
    accept()
    if call.action not in (PREPARE, COMPLETE):
        return CallResult(UNKNOWN_ACTION)
    values = numbers(call)
    if values is None or call.service_id != str(service.service_id):
        return CallResult(MALFORMED)
    failed = call.action == COMPLETE and values.error < 0
    if not is_account_text(call.merchant_trans_id):
        return CallResult(CANCELLED if failed else UNKNOWN_ORDER)
    if failed:
        return await _release(core, service, call, values)
    if call.action == COMPLETE:
        return await _complete(core, service, call, values)
    return await _prepare(core, service, call, values)


async def _prepare(core: Core, service: Service, call: Form, values: Numbers) -> CallResult:
    account = call.merchant_trans_id
    command = Attempt(
        payment=ExternalPaymentRef(service.shop, Provider.CLICK, _external_id(service, call, values)),
        order=OrderRef(service.shop, account),
        amount=tiyin(call.amount),
        payment_number=values.click_paydoc_id,
        declined_reason=_reason(values) if values.error < 0 else None,
        account_received={"merchant_trans_id": account},
    )
    return _result(await core.do(command), done=SUCCESS, repeated=SUCCESS)


async def _complete(core: Core, service: Service, call: Form, values: Numbers) -> CallResult:
    """The card is debited already: nothing but 0, -4 and -9 is a good answer to an honest call."""
    command = Confirm(_attempt_ref(service, call, values), tiyin(call.amount))
    return _result(await core.do(command), done=SUCCESS, repeated=ALREADY_PAID)


async def _release(core: Core, service: Service, call: Form, values: Numbers) -> CallResult:
    """Click could not take the money. What is paid stays paid: then a person has to look."""
    command = Release(_attempt_ref(service, call, values), _reason(values))
    result = _result(await core.do(command), done=CANCELLED, repeated=CANCELLED)
    if result.refusal in ONCE_PAID:
        log.error(
            "click reports an error for a paid payment",
            extra={
                **_named(service, call, values),
                "click_error": values.error,
                "hint": "find out from Click how the payment stands there",
            },
        )
    elif result.refusal is Refusal.PAYMENT_NOT_OWN:
        log.error(
            "click reports an error under the id of another payment",
            extra={
                **_named(service, call, values),
                "click_error": values.error,
                "hint": "nothing was changed: was the database restored from a copy?",
            },
        )
    is_probe = result.refusal in ONCE_PAID and values.error == TEST_PROGRAM_ERROR
    return CallResult(ALREADY_PAID if is_probe else CANCELLED, result.payment, result.refusal)


def _external_id(service: Service, call: Form, values: Numbers) -> str:
    return attempt_id(service.service_id, values.click_trans_id, call.merchant_trans_id)


def _attempt_ref(service: Service, call: Form, values: Numbers) -> AttemptRef:
    """Complete may come with another click_trans_id than Prepare did: our own id and the order identify it."""
    text = call.merchant_prepare_id
    return AttemptRef(
        shop=service.shop,
        provider=Provider.CLICK,
        account=call.merchant_trans_id,
        payment_id=None if text in NO_PREPARE_ID else prepare_id(text) or NO_PAYMENT_ID,
        external_id=_external_id(service, call, values),
        payment_number=values.click_paydoc_id,
    )


def _reason(values: Numbers) -> int:
    return max(values.error, REASON_MIN)


def _named(service: Service, call: Form, values: Numbers) -> dict[str, object]:
    """What a person needs to find the payment here and at Click."""
    shop, test = split(service.shop)
    return {
        "shop": shop,
        "test": test,
        "account": call.merchant_trans_id,
        "payment_id": call.merchant_prepare_id,
        "click_trans_id": values.click_trans_id,
        "click_paydoc_id": values.click_paydoc_id,
    }


def _result(answer: Answer, *, done: ClickCode, repeated: ClickCode) -> CallResult:
    match answer:
        case Done():
            return CallResult(repeated if answer.repeat else done, answer.payment)
        case Refused():
            return CallResult(CLICK[answer.refusal], answer.payment, answer.refusal)
        case _:
            raise TypeError(f"{type(answer).__name__} answers no command of Click's")
