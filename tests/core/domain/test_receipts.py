"""Receipts beside each other: which of a payment's fields a receipt or a failure changes, and what is read of them."""

import pytest

from core.domain.commands import Cancel, Fiscalise, Perform
from core.domain.decide import decide
from core.domain.receipts import Receipt, ReceiptFailure, Receipts, read_receipts, receipt_changes
from schema.values import Provider
from tests.core.domain.sample import LATER, PAYME_REF, PAYMENT_ID, one_payment

RECEIPT = Receipt("https://ofd.uz/?r=1", "8000", "EP25", "1", "20261122101530", {"receipt_id": 1})
FAILURE = ReceiptFailure("-1", "the OFD does not answer", {"status_code": -1})


@pytest.mark.parametrize("kind", ["perform", "cancel"])
def test_a_receipt_ends_the_failure_of_its_kind(kind):
    assert receipt_changes(kind, RECEIPT).keys() == {f"fiscal_{kind}", f"fiscal_{kind}_failure"}
    assert receipt_changes(kind, RECEIPT)[f"fiscal_{kind}_failure"] == "null"


@pytest.mark.parametrize("kind", ["perform", "cancel"])
def test_a_failure_touches_no_receipt(kind):
    assert receipt_changes(kind, FAILURE).keys() == {f"fiscal_{kind}_failure"}


def test_what_is_written_is_read():
    receipt, failure = receipt_changes("perform", RECEIPT), receipt_changes("cancel", FAILURE)
    texts = (receipt["fiscal_perform"], None, receipt["fiscal_perform_failure"], failure["fiscal_cancel_failure"])
    assert read_receipts(*texts) == Receipts(RECEIPT, None, None, FAILURE)


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ([], "perform"),
        ([Perform(PAYME_REF, Provider.PAYME)], "perform"),
        ([Cancel(PAYME_REF, Provider.PAYME, 3)], "perform"),
        ([Perform(PAYME_REF, Provider.PAYME), Cancel(PAYME_REF, Provider.PAYME, 5)], "cancel"),
    ],
    ids=["pending", "paid", "cancelled", "reversed"],
)
@pytest.mark.parametrize("outcome", [RECEIPT, FAILURE])
def test_without_a_kind_the_state_says_which(before, kind, outcome):
    work = one_payment()
    for command in (*before, Fiscalise(PAYME_REF, Provider.PAYME, None, outcome)):
        decide(work, command, LATER)
    expected = dict.fromkeys(Receipts._fields) | {kind if outcome is RECEIPT else f"{kind}_failure": outcome}
    assert work.payments[PAYMENT_ID].receipts == Receipts(**expected)
