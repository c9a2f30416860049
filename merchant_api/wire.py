"""The merchant API's bodies say what a shop sends about an order, and what it is answered."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from merchant_api.wire_fields import (
    Account,
    Amount,
    Card,
    Count,
    Description,
    Language,
    Metadata,
    Moment,
    Price,
    ReturnUrl,
    Title,
)
from schema.values import OrderState, PaymentSource, PaymentState


class Shape(BaseModel):
    """No guessing: a string is not a number, `true` is not 1, and an unknown field is an error."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_serialization_defaults_required=True
    )


class Item(Shape):
    """One line of the fiscal receipt."""

    title: Title
    price: Price = Field(description="Of one unit, whole tiyin.")
    count: Count
    code: str = Field(pattern="^[0-9]{17}$", description="IKPU (MXIK), 17 digits.")
    package_code: str = Field(min_length=1, max_length=64)
    vat_percent: int = Field(ge=0, le=100)
    discount: Price = Field(default=0, description="Of the whole line, whole tiyin.")
    units: int | None = Field(default=None, ge=0, le=2**31 - 1)


class Shipping(Shape):
    title: Title
    price: Price


class OneTimeRequest(Shape):
    """An order that is paid once, with exactly its amount: Σ(price × count − discount) + shipping, if it has items."""

    account: Account
    kind: Literal["one_time"] = "one_time"
    amount: Amount
    description: Description | None = None
    expires_at: Moment | None = Field(default=None, description="No new attempt to pay is taken after it.")
    strict_expiry: bool = Field(default=False, description="Nor is the money of one that was begun before.")
    items: list[Item] | None = Field(default=None, min_length=1, max_length=500)
    shipping: Shipping | None = None
    return_url: ReturnUrl | None = None
    lang: Language | None = None
    card_type: Card | None = None
    metadata: Metadata = Field(default_factory=dict)


class AccumulativeRequest(Shape):
    """A balance that is topped up any number of times, by any amount between its limits."""

    account: Account
    kind: Literal["accumulative"]
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    description: Description | None = None
    expires_at: Moment | None = Field(default=None, description="No new attempt to pay is taken after it.")
    strict_expiry: bool = Field(default=False, description="Nor is the money of one that was begun before.")
    return_url: ReturnUrl | None = None
    lang: Language | None = None
    card_type: Card | None = None
    metadata: Metadata = Field(default_factory=dict)


class AmendRequest(Shape):
    """What changes of an order that nobody has paid or is paying. What is left out stays; null takes it away."""

    amount: Amount | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None
    expires_at: Moment | None = None
    description: Description | None = None
    items: list[Item] | None = Field(default=None, min_length=1, max_length=500)
    shipping: Shipping | None = None
    return_url: ReturnUrl | None = None
    lang: Language | None = None
    card_type: Card | None = None


class CancelRequest(Shape):
    """Whether an attempt that holds the order is ended first."""

    release: bool = Field(default=False, description="End the attempt that holds the order first.")


class ReleaseRequest(Shape):
    """Which attempt is to be ended."""

    payment: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Its id. Of a one-time order it may be left out."
    )


class ReopenRequest(Shape):
    """Until when the order can be paid."""

    expires_at: Moment | None = Field(
        default=None, description="Left out, the order keeps its own, which must lie in the future; null: for ever."
    )


class EmptyBody(Shape):
    """Of a call whose path says everything."""


class FiscalReceipt(Shape):
    """What the tax office has registered; each is null where nothing of use came."""

    qr_code_url: str | None = Field(description="The receipt at the tax office, an http(s) address.")
    sign: str | None
    terminal: str | None
    number: str | None
    date: str | None = Field(description="As it came: YYYYMMDDHHMMSS by the tax office's clock.")


class FiscalFailure(Shape):
    """Why the tax office has not registered it."""

    code: str | None
    message: str | None


class Fiscal(Shape):
    """What the tax office says of a payment and of its reversal: the last receipt, and the last failure since then."""

    perform: FiscalReceipt | None
    cancel: FiscalReceipt | None
    perform_failure: FiscalFailure | None
    cancel_failure: FiscalFailure | None


class OrderPayment(Shape):
    id: int
    provider: PaymentSource
    external_id: str
    amount: Amount
    state: PaymentState
    reason: int | None
    created_at: Moment
    performed_at: Moment | None
    cancelled_at: Moment | None
    click_paydoc_id: int | None = Field(description="The number that Click gives the payer, in its SMS. Null at Payme.")
    click_trans_id: int | None = Field(description="Click's number of the newest attempt at it. Null at Payme.")
    fiscal: Fiscal


class OrderTotals(Shape):
    """What an order's payments come to, all of them."""

    payments: int = Field(ge=0, description="How many there are, ended ones included.")
    paid: int = Field(ge=0, description="Taken and kept, whole tiyin.")
    reversed: int = Field(ge=0, description="Taken and given back, whole tiyin.")


Test = Annotated[bool, Field(description="Whether it was a test token that asked: test mode sees its own orders only.")]


class PaymentForm(Shape):
    """A form that the payer's browser sends."""

    method: Literal["POST"]
    action: str = Field(description="The provider's page.")
    fields: dict[str, str] = Field(description="Hidden fields by name. Escape the values in HTML.")


class OrderProgress(Shape):
    """What has become of an order."""

    test: bool = Field(description="Whether it is a test order: no money is ever taken for it.")
    state: OrderState
    created_at: Moment
    version: int = Field(ge=0, description="Raised by every change.")
    payments: list[OrderPayment] = Field(description="The newest hundred, oldest first. All of them: `…/payments`.")
    totals: OrderTotals
    reserved_by: PaymentSource | None = Field(description="Whose attempt holds the order against others.")
    reserved_until: Moment | None = Field(description="Until when it is held by that attempt, at the latest.")
    links: dict[str, str | None] = Field(description="Where the payer goes, by provider; null where no link leads.")
    link_problems: dict[str, str] = Field(description="Why there is no link, by provider.")
    forms: dict[str, PaymentForm] = Field(description="What carries the order where a link cannot, by provider.")


class OneTimeOrder(OrderProgress, OneTimeRequest):
    """A one-time order as it stands."""


class AccumulativeOrder(OrderProgress, AccumulativeRequest):
    """An accumulative order as it stands."""


class Page(Shape):
    """Orders, newest first."""

    test: Test
    items: list[Annotated[OneTimeOrder | AccumulativeOrder, Field(discriminator="kind")]]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class FieldError(Shape):
    """What is wrong with one field."""

    field: str
    message: str


class PaymentList(Shape):
    """A page of an order's payments, newest first."""

    test: Test
    items: list[OrderPayment]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class ProblemDetails(Shape):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[FieldError]
