"""Hostile calls, which only those send who mean harm, are refused in the protocol's own terms."""

from functools import partial
from typing import Final

from tiyin_sandbox.engine.checks import Step
from tiyin_sandbox.payme.suites.steps import (
    ACCOUNT,
    AMOUNT,
    CANNOT,
    CHECK_PERFORM,
    CREATE,
    INVALID,
    NO_METHOD,
    NOT_FOUND,
    UNREADABLE,
    check_perform,
    check_transaction,
    create,
    raw,
    strict_check,
)

NOBODY: Final = ACCOUNT | {INVALID}
UNFIT: Final = frozenset({INVALID, UNREADABLE})

VALUES: Final = (
    ("NUL", "1001\x00"),
    ("a lone surrogate", "\ud800"),
    ("10,000 characters", "9" * 10_000),
    ("SQL", "' OR '1'='1' --"),
    ("markup", "<script>alert(1)</script>"),
    ("other scripts", "Заказ №7 \u202e🙂"),
    ("a list", ["1001"]),
    ("an object", {"$ne": "1"}),
    ("true", True),
    ("null", None),
    ("a fraction", 1.5),
    ("a number beyond 64 bits", 2**64),
)

_check = partial(strict_check, "hostile", consumes_orders=False, continue_on_failure=True)

HOSTILE: Final = (
    _check(
        "H1",
        ("Враждебные значения счёта", "Hisobning zararli qiymatlari", "Hostile account values"),
        *[
            Step(
                CHECK_PERFORM,
                {"amount": "$right", "account": {"$field": value}},
                error=NOBODY,
                label=f"{CHECK_PERFORM}, {label}",
            )
            for label, value in VALUES
        ],
    ),
    _check(
        "H2",
        ("Счёт — не объект", "Hisob — obyekt emas", "An account that is no object"),
        *[
            step
            for account in (None, "1001", ["1001"], 5, True)
            for step in (check_perform(account, error=NOBODY), create("$t", account, error=NOBODY))
        ],
        needs=(),
    ),
    _check(
        "H3",
        ("Враждебный id транзакции", "Tranzaksiyaning zararli id’si", "A hostile transaction id"),
        check_transaction("' OR '1'='1' --", error=NOT_FOUND),
        check_transaction("x" * 5000, error=frozenset({NOT_FOUND, INVALID})),
        check_transaction("5305e3bab097f420a62ced0b\x00", error=frozenset({NOT_FOUND, INVALID})),
        check_transaction("", error=frozenset({NOT_FOUND, INVALID})),
        needs=(),
    ),
    _check(
        "H4",
        ("Враждебный JSON", "Zararli JSON", "Hostile JSON"),
        raw("bytes that are not UTF-8", b'{"method":"\xff\xfe"}', UNFIT),
        raw(
            "nesting 20,000 deep",
            b'{"id":1,"method":"x","params":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
            UNFIT | {NO_METHOD},
        ),
        raw(
            "NaN as amount",
            b'{"id":1,"method":"CheckPerformTransaction","params":{"amount":NaN,"account":{}}}',
            UNFIT | ACCOUNT | {AMOUNT},
        ),
        raw(
            "a number of 5,000 digits",
            b'{"id":1,"method":"CheckPerformTransaction","params":{"amount":' + b"9" * 5000 + b',"account":{}}}',
            UNFIT | ACCOUNT | {AMOUNT},
        ),
        needs=(),
    ),
    _check(
        "H5",
        ("Время за пределами", "Chegaradan tashqari vaqt", "A time out of all bounds"),
        *[
            Step(
                CREATE,
                {"id": "$t", "time": time, "amount": "$right", "account": "$order"},
                error=frozenset({INVALID, CANNOT}),
                label=f"{CREATE}, time {label}",
            )
            for label, time in (("0", 0), ("-1", -1), ("2^63", 2**63), ("a text", "now"), ("true", True))
        ],
    ),
)
