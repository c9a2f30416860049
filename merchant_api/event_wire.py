"""The bodies of events have a model for each type, from which what is published of them is made."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from merchant_api.wire_fields import Amount, Moment
from schema.event_types import EVENT_SCHEMA, SENTENCES, TEST, TEST_SENTENCE
from schema.values import OrderKind, OrderState, PaymentSource, PaymentState


class EventShape(BaseModel):
    """Fields are added within a schema, and receivers must let them be."""

    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_serialization_defaults_required=True)


class EventOrder(EventShape):
    """The order, as it stood when it happened."""

    account: str
    kind: OrderKind
    amount: Amount | None = Field(description="Null of a balance.")
    state: OrderState
    version: int = Field(ge=0, description="Raised by every change: of two events the higher one is newer.")


class EventPayment(EventShape):
    """The payment, as it stood when it happened."""

    id: int
    provider: PaymentSource
    external_id: str
    amount: Amount
    refunded: int = Field(ge=0, description="Of it given back, whole tiyin.")
    state: PaymentState
    reason: int | None
    created_at: Moment
    performed_at: Moment | None
    cancelled_at: Moment | None


class PendingPayment(EventPayment):
    state: Literal[PaymentState.PENDING]
    performed_at: None
    cancelled_at: None


class PaidPayment(EventPayment):
    state: Literal[PaymentState.PAID]
    performed_at: Moment
    cancelled_at: None


class CancelledPayment(EventPayment):
    state: Literal[PaymentState.CANCELLED]
    performed_at: None
    cancelled_at: Moment


class ReversedPayment(EventPayment):
    state: Literal[PaymentState.REVERSED]
    performed_at: Moment
    cancelled_at: Moment


class MovedPayment(EventPayment):
    state: Literal[PaymentState.MOVED]
    performed_at: Moment
    cancelled_at: None


class RefundedPayment(EventPayment):
    state: Literal[PaymentState.PAID, PaymentState.REVERSED]
    performed_at: Moment


class TestData(EventShape):
    webhook: str = Field(description="The endpoint's name.")


PAYMENTS: Final[Mapping[str, Any]] = {
    "payment.created": PendingPayment,
    "payment.paid": PaidPayment,
    "payment.cancelled": CancelledPayment,
    "payment.reversed": ReversedPayment,
    "payment.retried": PendingPayment,
    "payment.fiscalised": EventPayment,
    "payment.moved": MovedPayment,
    "payment.returned": PaidPayment,
    "refund.succeeded": RefundedPayment,
    "order.expired": None,
    "order.amended": None,
    "order.reopened": None,
}
"""What `data.payment` is; null, where it is of the order alone."""

Id = Annotated[str, Field(pattern="^evt_[0-9]+$", description="The same for every try, endpoint and replay.")]
TestId = Annotated[str, Field(pattern="^evt_test_[0-9a-f]+$")]


def _name(event: str) -> str:
    return "".join(word.capitalize() for word in event.split("."))


def _event(event: str, sentence: str, of_id: Any, data: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {
        "id": of_id,
        "type": Literal[event],
        "timestamp": Annotated[Moment, Field(description="When it happened.")],
        "schema_": Annotated[Literal[EVENT_SCHEMA], Field(alias="schema")],
        "shop": str,
        "test": Annotated[bool, Field(description="Whether it is of test mode: no money was taken.")],
        "data": data,
    }
    return create_model(f"{_name(event)}Event", __base__=EventShape, __doc__=sentence, **fields)


def _stored_event(event: str) -> type[BaseModel]:
    payment: Any = PAYMENTS[event]
    data = create_model(f"{_name(event)}Data", __base__=EventShape, order=EventOrder, payment=payment)
    return _event(event, SENTENCES[event], Id, data)


MODELS: Final[Mapping[str, type[BaseModel]]] = {
    **{event: _stored_event(event) for event in SENTENCES},
    TEST: _event(TEST, TEST_SENTENCE, TestId, TestData),
}
"""By type, of the whole body."""
