"""A gateway takes a call at either address and with further fields, and answers in one shape (Click, "Transport")."""

from functools import partial
from typing import Final

from tiyin_sandbox.click.suites.steps import ID, WRONG_KEY, complete, prepare, strict_check
from tiyin_sandbox.click.verification import ANY_REFUSAL
from tiyin_sandbox.engine.expectations import Matcher

WHOLE: Final = {"whole": True}
CORS: Final = "Access-Control-Allow-Origin"

SENT_NUMBER: Final = Matcher(
    "the click_trans_id that was sent, as a number", lambda got, placeholders: got == placeholders["$trans"]
)

_check = partial(strict_check, "transport")

TRANSPORT: Final = (
    _check(
        "P1",
        "Решает action, а не адрес",
        "Manzil emas, action hal qiladi",
        "The action decides, not the address",
        prepare(options={"url": "other"}),
        complete(options={"url": "other"}),
    ),
    _check(
        "P2",
        "Лишние поля не мешают",
        "Ortiqcha maydonlar xalaqit bermaydi",
        "Further fields are passed over",
        prepare(merchant_user_id="7788", transaction_param="other", ключ="значение"),
        complete(merchant_user_id="7788"),
    ),
    _check(
        "P2b",
        "Чужие поля дважды и не UTF-8",
        "Begona maydonlar ikki marta va UTF-8 emas",
        "Further fields twice, and not UTF-8",
        prepare(options={"more": b"params%5B%5D=a&params%5B%5D=b&memo=%CF%EB%E0%F2%B8%E6"}),
        complete(options={"more": b"params%5B%5D=a&params%5B%5D=b&memo=%CF%EB%E0%F2%B8%E6"}),
    ),
    _check(
        "P3b",
        "error_note не в UTF-8",
        "error_note UTF-8 emas",
        "An error_note that is not UTF-8",
        prepare(error_note=None, options={"more": b"error_note=%CF%EB%E0%F2%B8%E6"}),
        complete(error_note=None, options={"more": b"error_note=%CF%EB%E0%F2%B8%E6"}),
    ),
    _check(
        "P3",
        "Пустой error_note",
        "Bo‘sh error_note",
        "An empty error_note",
        prepare(error_note=""),
        complete(error_note=""),
    ),
    _check(
        "P4",
        "Косая черта в конце адреса: без перенаправления",
        "Manzil oxiridagi chiziq: yo‘naltirishsiz",
        "A slash at the end of the address: no redirect",
        prepare(options={"url": "/"}),
    ),
    _check(
        "P5",
        "Чужой странице из браузера нельзя",
        "Begona sahifaga brauzerdan mumkin emas",
        "No strange page may call from a browser",
        prepare(ANY_REFUSAL, options={"headers": {"Origin": "https://strange.example"}, "without": CORS, **WRONG_KEY}),
        consumes_orders=False,
    ),
    _check(
        "F1",
        "Шесть полей в ответе 0",
        "0 javobida oltita maydon",
        "Six fields in an answer 0",
        prepare(options=WHOLE, result={"click_trans_id": SENT_NUMBER}),
        complete(options=WHOLE, result={"click_trans_id": SENT_NUMBER, "merchant_confirm_id": ID}),
        continue_on_failure=True,
    ),
    _check(
        "F2",
        "Шесть полей в ответе с ошибкой",
        "Xato javobida oltita maydon",
        "Six fields in an answer with an error",
        prepare(ANY_REFUSAL, options=WHOLE | WRONG_KEY),
        prepare(ANY_REFUSAL, merchant_trans_id="$unknown", options=WHOLE),
        prepare(ANY_REFUSAL, amount="$wrong", options=WHOLE),
        complete(ANY_REFUSAL, merchant_prepare_id="999999999", options=WHOLE),
        consumes_orders=False,
        continue_on_failure=True,
    ),
    _check(
        "F3",
        "merchant_prepare_id: целое число меньше 2^31",
        "merchant_prepare_id: 2^31 dan kichik butun son",
        "merchant_prepare_id is an integer below 2^31",
        prepare(result={"merchant_prepare_id": ID}),
    ),
)
