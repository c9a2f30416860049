"""A cash box is what one shop has agreed with Payme."""

from dataclasses import dataclass, field

from inbound.allow_list import AllowList
from schema.test_mode import twin_of


@dataclass(frozen=True, slots=True)
class CashBox:
    shop: str
    merchant_id: str
    login: str
    keys: tuple[str, ...] = field(repr=False)
    """The live key and, while it is being changed, the one before."""
    test_key: str | None = field(repr=False)
    account_field: str
    """The account's field as it is named in Payme's cabinet."""
    busy_order_code: int
    """What CreateTransaction answers for an order that another transaction holds."""
    allow_list: AllowList
    sandbox: bool
    """Whether Payme's test cabinet may call, with its own key beside the live one. It sees test orders only."""

    accepted: tuple[tuple[bytes, str], ...] = field(init=False, repr=False)
    """Each `login:key` that may call, and whose orders it sees: the shop's, or its test mode's. An empty key is none:
    it would let everybody in who sends no key."""

    def __post_init__(self) -> None:
        keys = [(key, self.shop) for key in self.keys]
        if self.has_test_mode:
            keys.append((str(self.test_key), twin_of(self.shop)))
        accepted = tuple((f"{self.login}:{key}".encode(), shop) for key, shop in keys if key)
        object.__setattr__(self, "accepted", accepted)

    @property
    def has_test_mode(self) -> bool:
        return self.sandbox and bool(self.test_key)
