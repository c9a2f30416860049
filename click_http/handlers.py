"""One call of Click's, checked in Click's order and put to the core (Click, "SHOP API", order of checks)."""

import logging
from collections.abc import Mapping
from typing import Final

from click_http.amounts import tiyin
from click_http.responses import (
    ALREADY_PAID,
    BAD_SIGNATURE,
    CANCELLED,
    CATALOGUE,
    MALFORMED,
    SUCCESS,
    UNKNOWN_ACTION,
    UNKNOWN_ORDER,
    Code,
    Verdict,
)
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

logger: Final = logging.getLogger(__name__)

NO_PAYMENT: Final = 0
"""Stands for a prepare id that cannot be ours. The core looks for the order first, so -5 comes before -6."""

PROBED: Final = -1
"""The error with which Click's desktop test program tries to cancel a paid payment, and wants to hear -4. Its Postman
collection does it with another one and wants -9."""

LEAST_REASON: Final = -(2**31)


async def handle(core: Core, service: Service, fields: Mapping[str, str]) -> Verdict:
    """Shape, signature, action, service, numbers; only then is the core asked anything."""
    call = form(fields)
    if call is None:
        return Verdict(MALFORMED, failed=True)
    if not is_signed(call, *service.accepted_keys):
        return Verdict(BAD_SIGNATURE, failed=True)
    if call.action not in (PREPARE, COMPLETE):
        return Verdict(UNKNOWN_ACTION)
    read = numbers(call)
    if read is None or call.service_id != str(service.service_id):
        return Verdict(MALFORMED)
    failed = call.action == COMPLETE and read.error < 0
    if not is_account_text(call.merchant_trans_id):
        return Verdict(CANCELLED if failed else UNKNOWN_ORDER)
    if failed:
        return await _release(core, service, call, read)
    if call.action == COMPLETE:
        return await _complete(core, service, call)
    return await _prepare(core, service, call, read)


async def _prepare(core: Core, service: Service, call: Form, read: Numbers) -> Verdict:
    account = call.merchant_trans_id
    # click_trans_id alone is not unique: Click's own tests use one for several orders.
    payment = ExternalPaymentRef(service.shop, Provider.CLICK, f"{service.service_id}:{read.click_trans_id}:{account}")
    command = Attempt(
        payment=payment,
        order=OrderRef(service.shop, account),
        amount=tiyin(call.amount),
        payment_number=read.click_paydoc_id,
        declined=read.error < 0,
        account_received={"merchant_trans_id": account},
    )
    return _verdict(await core.do(command), repeated=SUCCESS)


async def _complete(core: Core, service: Service, call: Form) -> Verdict:
    """The card is debited already: nothing but 0, -4 and -9 is a good answer to an honest call."""
    command = Perform(_ours(service, call), Provider.CLICK, tiyin(call.amount))
    return _verdict(await core.do(command), repeated=ALREADY_PAID)


async def _release(core: Core, service: Service, call: Form, read: Numbers) -> Verdict:
    """Click could not take the money. What is paid stays paid: then somebody has to look."""
    answer = await core.do(Release(_ours(service, call), Provider.CLICK, max(read.error, LEAST_REASON)))
    if isinstance(answer, Done):
        return Verdict(CANCELLED, answer.payment)
    verdict = _verdict(answer, repeated=CANCELLED)
    if verdict.refusal is Refusal.PAYMENT_PAID:
        logger.error(
            "click reports an error for a paid payment",
            extra={
                "shop": service.shop,
                "account": call.merchant_trans_id,
                "payment_id": call.merchant_prepare_id,
                "click_error": read.error,
                "hint": "find out from Click how the payment stands there",
            },
        )
    paid = verdict.refusal is Refusal.PAYMENT_PAID and read.error == PROBED
    return Verdict(ALREADY_PAID if paid else CANCELLED, verdict.payment, verdict.refusal)


def _ours(service: Service, call: Form) -> PaymentRef:
    """Complete may come with another click_trans_id than Prepare did: our own id and the order tell which one it is."""
    return PaymentRef(service.shop, call.merchant_trans_id, prepare_id(call.merchant_prepare_id) or NO_PAYMENT)


def _verdict(answer: Answer, repeated: Code) -> Verdict:
    match answer:
        case Done():
            return Verdict(repeated if answer.repeat else SUCCESS, answer.payment)
        case Refused():
            return Verdict(CATALOGUE[answer.refusal], answer.payment, answer.refusal)
        case _:
            raise TypeError(f"{type(answer).__name__} answers no command of Click's")
