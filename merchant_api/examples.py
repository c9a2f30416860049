"""These examples illustrate the API's description."""

from typing import Any, Final

TOYS: Final[dict[str, Any]] = {
    "account": "1001",
    "kind": "one_time",
    "amount": 5_000_000,
    "description": "Toy box, May",
    "expires_at": None,
    "strict_expiry": False,
    "items": [
        {
            "title": "Toy",
            "price": 2_500_000,
            "count": 2,
            "code": "06109001001000000",
            "package_code": "1415510",
            "vat_percent": 12,
            "discount": 0,
            "units": None,
        }
    ],
    "shipping": None,
    "return_url": "https://shop.example.uz/thanks?order=1001",
    "lang": "uz",
    "card_type": None,
    "metadata": {},
}

REQUESTS: Final[dict[str, dict[str, Any]]] = {
    "short": {"account": "1001", "amount": 5_000_000},
    "with a receipt": TOYS,
    "coming back": {
        **{"account": "1001", "amount": 5_000_000, "lang": "uz", "card_type": "humo"},
        "return_url": "https://shop.example.uz/thanks?order=1001",
    },
    "a balance": {"account": "user-7", "kind": "accumulative", "min_amount": 100_000, "max_amount": 100_000_000},
}

AMENDMENTS: Final[dict[str, dict[str, Any]]] = {
    "another price": {"amount": 4_500_000},
    "until when": {"expires_at": "2027-01-01T00:00:00.000Z"},
    "a balance's limits": {"min_amount": None, "max_amount": 50_000_000},
}

CANCELLATIONS: Final[dict[str, dict[str, Any]]] = {"an order": {}, "with what holds it": {"release": True}}
RELEASES: Final[dict[str, dict[str, Any]]] = {"of an order": {}, "of a balance": {"payment": 33}}

REOPENINGS: Final[dict[str, dict[str, Any]]] = {
    "as it was": {},
    "until another time": {"expires_at": "2027-01-01T00:00:00.000Z"},
}

FISCAL: Final[dict[str, Any]] = {
    "perform": {
        "qr_code_url": "https://ofd.soliq.uz/check?t=EP000000000025&r=121&c=20261122151603&s=800031554082",
        "sign": "800031554082",
        "terminal": "EP000000000025",
        "number": "121",
        "date": "20261122151603",
    },
    "cancel": None,
    "perform_failure": None,
    "cancel_failure": None,
}

PAYMENT: Final[dict[str, Any]] = {
    "id": 33,
    "provider": "payme",
    "external_id": "5305e3bab097f420a62ced0b",
    "amount": 5_000_000,
    "state": "paid",
    "reason": None,
    "created_at": "2026-11-22T10:16:01.456Z",
    "performed_at": "2026-11-22T10:16:03.789Z",
    "cancelled_at": None,
    "click_paydoc_id": None,
    "click_trans_id": None,
    "fiscal": FISCAL,
}

OPENED: Final[dict[str, Any]] = {
    **TOYS,
    "test": False,
    "state": "awaiting",
    "created_at": "2026-11-22T10:15:30.123Z",
    "version": 0,
    "payments": [],
    "totals": {"payments": 0, "paid": 0, "reversed": 0},
    "reserved_by": None,
    "reserved_until": None,
    "links": {
        "payme": "https://checkout.paycom.uz/bT01ODdmNzJjNzJjYWMwZDE2MmM3MjJhZTI7YWMub3JkZXJfaWQ9MTAwMTthPTUwMDAwMD"
        "A7bD11ejtjPWh0dHBzOi8vc2hvcC5leGFtcGxlLnV6L3RoYW5rcz9vcmRlcj0xMDAxO2N0PTE1MDAw",
        "click": "https://my.click.uz/services/pay?service_id=54321&merchant_id=98&amount=50000.00&transaction_param=1001"
        "&return_url=https%3A%2F%2Fshop.example.uz%2Fthanks%3Forder%3D1001",
    },
    "link_problems": {},
    "forms": {},
}

NO_LINK: Final = "The order is paid: no link opens a payment any more."

ORDER: Final[dict[str, Any]] = {
    **OPENED,
    "state": "paid",
    "version": 2,
    "payments": [PAYMENT],
    "totals": {"payments": 1, "paid": 5_000_000, "reversed": 0},
    "links": {"payme": None, "click": None},
    "link_problems": {"payme": NO_LINK, "click": NO_LINK},
}

PAGE: Final[dict[str, Any]] = {"test": False, "items": [ORDER], "next": "MTc5NTM0MjUzMDEyMy4zMw"}

PAYMENT_PAGE: Final[dict[str, Any]] = {"test": False, "items": [PAYMENT], "next": None}
