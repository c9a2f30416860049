"""Checks a call in Click's order, and puts one command to the core (Click, "SHOP API", order of checks)."""

import logging
from collections.abc import Mapping
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
    Core,
    Done,
    ExternalPaymentRef,
    OrderRef,
    PaymentRef,
    Perform,
    Refusal,
    Refused,
    Release,
)
from inbound.account_text import is_account_text
from schema.values import Provider

log: Final = logging.getLogger(__name__)

NO_PAYMENT_ID: Final = 0
"""Stands for a prepare id that cannot be ours. The core looks for the order first, so -5 comes before -6."""

TEST_PROGRAM_ERROR: Final = -1
"""The error with which Click's desktop test program tries to cancel a paid payment, and wants -4. Its Postman
collection does it with another one and wants -9."""

REASON_MIN: Final = -(2**31)


async def handle(core: Core, service: Service, fields: Mapping[str, str]) -> CallResult:
    """Check shape, signature, action, service and numbers; only then put one command to the core."""
    call = form(fields)
    if call is None:
        return CallResult(MALFORMED, failed_auth=True)
    if not is_signed(call, *service.accepted_keys):
        return CallResult(BAD_SIGNATURE, failed_auth=True)
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
        return await _complete(core, service, call)
    return await _prepare(core, service, call, values)


async def _prepare(core: Core, service: Service, call: Form, values: Numbers) -> CallResult:
    account = call.merchant_trans_id
    # click_trans_id alone is not unique: Click's own tests use one for several orders.
    payment = ExternalPaymentRef(
        service.shop, Provider.CLICK, f"{service.service_id}:{values.click_trans_id}:{account}"
    )
    command = Attempt(
        payment=payment,
        order=OrderRef(service.shop, account),
        amount=tiyin(call.amount),
        payment_number=values.click_paydoc_id,
        declined=values.error < 0,
        account_received={"merchant_trans_id": account},
    )
    return _result(await core.do(command), repeated=SUCCESS)


async def _complete(core: Core, service: Service, call: Form) -> CallResult:
    """The card is debited already: nothing but 0, -4 and -9 is a good answer to an honest call."""
    command = Perform(_payment_ref(service, call), Provider.CLICK, tiyin(call.amount))
    return _result(await core.do(command), repeated=ALREADY_PAID)


async def _release(core: Core, service: Service, call: Form, values: Numbers) -> CallResult:
    """Click could not take the money. What is paid stays paid: then a person has to look."""
    answer = await core.do(Release(_payment_ref(service, call), Provider.CLICK, max(values.error, REASON_MIN)))
    if isinstance(answer, Done):
        return CallResult(CANCELLED, answer.payment)
    result = _result(answer, repeated=CANCELLED)
    if result.refusal is Refusal.PAYMENT_PAID:
        log.error(
            "click reports an error for a paid payment",
            extra={
                "shop": service.shop,
                "account": call.merchant_trans_id,
                "payment_id": call.merchant_prepare_id,
                "click_error": values.error,
                "hint": "find out from Click how the payment stands there",
            },
        )
    paid = result.refusal is Refusal.PAYMENT_PAID and values.error == TEST_PROGRAM_ERROR
    return CallResult(ALREADY_PAID if paid else CANCELLED, result.payment, result.refusal)


def _payment_ref(service: Service, call: Form) -> PaymentRef:
    """Complete may come with another click_trans_id than Prepare did: our own id and the order identify it."""
    return PaymentRef(service.shop, call.merchant_trans_id, prepare_id(call.merchant_prepare_id) or NO_PAYMENT_ID)


def _result(answer: Answer, repeated: ClickCode) -> CallResult:
    match answer:
        case Done():
            return CallResult(repeated if answer.repeat else SUCCESS, answer.payment)
        case Refused():
            return CallResult(CLICK[answer.refusal], answer.payment, answer.refusal)
        case _:
            raise TypeError(f"{type(answer).__name__} answers no command of Click's")
