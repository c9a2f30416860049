"""Payme's seven methods each take parameters, give the core one command, and put its answer into Payme's result."""

import logging
from collections.abc import Mapping
from typing import Final, cast

from aiohttp import web

from core import (
    Cancel,
    Check,
    Command,
    Create,
    Done,
    ExternalPaymentRef,
    Fiscalise,
    LookUp,
    Payment,
    Perform,
    Refusal,
    Refused,
)
from inbound.short_calls import ShortAnswer, ShortCall
from payme_rpc import responses, statement, wire
from payme_rpc.account import order_of
from payme_rpc.errors import ON_FISCAL_DATA, ON_PERFORM, PAYME, WRONG_FISCAL_DATA, PaymeError, RpcError, on_create
from payme_rpc.fiscal_data import read_fiscal_data
from payme_rpc.rpc_method import rpc
from payme_rpc.view import CONTENT_TYPE, StrictView
from schema.test_mode import split
from schema.values import Provider, from_ms

log: Final = logging.getLogger(__name__)


class PaymeView(StrictView):
    @rpc(wire.CheckPerformTransaction)
    async def rpc_CheckPerformTransaction(self, params: wire.CheckPerformTransaction) -> wire.CheckPerformResult:
        order, _ = order_of(self.shop, self.about.account, params.account)
        answer = await self.context.core.check(Check(order, params.amount))
        if isinstance(answer, Refused):
            raise RpcError(PAYME[answer.refusal], refusal=answer.refusal)
        return responses.allowed(answer.order)

    @rpc(wire.CreateTransaction)
    async def rpc_CreateTransaction(self, params: wire.CreateTransaction) -> wire.CreateResult:
        order, received = order_of(self.shop, self.about.account, params.account)
        payment = self._payment_ref(params.id)
        command = Create(payment, order, params.amount, from_ms(params.time), received)
        return responses.created(await self._do(command, on_create(self.box.busy_order_code)))

    @rpc(wire.PerformTransaction)
    async def rpc_PerformTransaction(self, params: wire.PerformTransaction) -> wire.PerformResult:
        try:
            payment = await self._do(Perform(self._payment_ref(params.id), Provider.PAYME), ON_PERFORM)
        except RpcError as error:
            self.is_refused_payment = True
            _log_refused_payment(self.shop, params.id, error)
            raise
        return responses.performed(payment)

    @rpc(wire.CancelTransaction)
    async def rpc_CancelTransaction(self, params: wire.CancelTransaction) -> wire.CancelResult:
        return responses.cancelled(await self._do(Cancel(self._payment_ref(params.id), Provider.PAYME, params.reason)))

    @rpc(wire.CheckTransaction)
    async def rpc_CheckTransaction(self, params: wire.CheckTransaction) -> wire.CheckResult:
        return responses.checked(await self._do(LookUp(self._payment_ref(params.id), Provider.PAYME)))

    @rpc(wire.GetStatement)
    async def rpc_GetStatement(self, params: wire.GetStatement) -> wire.StatementResult | web.StreamResponse:
        since, until = statement.moment(params.since), statement.moment(params.until)
        pages = self.context.core.statement(self.shop, Provider.PAYME, since, until)
        async with statement.slot(self.context.statement_slots):
            response = await statement.respond(pages, self.request, self.rpc_id)
        self.journaled_answer = b'{"transactions": %d}' % response.entries
        return response.result

    @rpc(wire.SetFiscalData, field_errors={"type": WRONG_FISCAL_DATA, "fiscal_data": WRONG_FISCAL_DATA})
    async def rpc_SetFiscalData(self, params: wire.SetFiscalData) -> wire.FiscalDataResult:
        outcome = read_fiscal_data(params.fiscal_data)
        await self._do(Fiscalise(self._payment_ref(params.id), Provider.PAYME, params.type, outcome), ON_FISCAL_DATA)
        return {"success": True}

    def _payment_ref(self, external_id: str) -> ExternalPaymentRef:
        return ExternalPaymentRef(self.shop, Provider.PAYME, external_id)

    async def _do(self, command: Command, errors: Mapping[Refusal, PaymeError] = PAYME) -> Payment:
        answer = await self.context.core.do(command)
        if isinstance(answer, Refused):
            raise RpcError(errors[answer.refusal], refusal=answer.refusal)
        assert isinstance(answer, Done)
        return answer.payment


def _log_refused_payment(opened_shop: str, external_id: str, error: RpcError) -> None:
    """Say that Payme wanted to take the payer's money, and was refused: what it does then it documents nowhere."""
    shop, test = split(opened_shop)
    log.error(
        "payme has been refused a payment",
        extra={
            "shop": shop,
            "test": test,
            "external_id": external_id,
            "code": error.error.code,
            "refusal": error.refusal,
            "hint": "the order is unpaid: find out from Payme whether the payer was debited",
        },
    )


async def answer_short(call: ShortCall) -> ShortAnswer:
    view = PaymeView(cast(web.Request, call))  # it has what the view uses of one
    answer = await view.answer()
    assert isinstance(answer, bytes), "what is streamed needs a request"
    return ShortAnswer(answer, CONTENT_TYPE)
