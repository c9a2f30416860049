"""Puts the receipts of a payment into the API's answer. What came whole stays inside."""

from core import Receipt, ReceiptFailure, Receipts
from merchant_api import wire


def fiscal_body(receipts: Receipts) -> wire.Fiscal:
    return wire.Fiscal(
        perform=_receipt(receipts.perform),
        cancel=_receipt(receipts.cancel),
        perform_failure=_failure(receipts.perform_failure),
        cancel_failure=_failure(receipts.cancel_failure),
    )


def _receipt(receipt: Receipt | None) -> wire.FiscalReceipt | None:
    if receipt is None:
        return None
    return wire.FiscalReceipt(
        qr_code_url=receipt.qr_code_url,
        sign=receipt.sign,
        terminal=receipt.terminal,
        number=receipt.number,
        date=receipt.date,
    )


def _failure(failure: ReceiptFailure | None) -> wire.FiscalFailure | None:
    return None if failure is None else wire.FiscalFailure(code=failure.code, message=failure.message)
