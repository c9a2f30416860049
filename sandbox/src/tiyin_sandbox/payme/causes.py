"""Lists the likely causes of wrong answers to Payme, with their fixes; the first that applies is shown."""

from typing import Final

from tiyin_sandbox.engine.causes import CauseCondition, LikelyCause
from tiyin_sandbox.payme.shop_causes import SHOP_CAUSES
from tiyin_sandbox.payme.verification import ACCOUNT


def _for_the_order(code: int) -> CauseCondition:
    """An order's fault was expected, and this code came."""
    return lambda check, step, answer, failure: answer.code == code and step.error in (ACCOUNT, "$busy")


def _instead_of(code: int) -> CauseCondition:
    """This code was expected, and an order's fault came."""
    return lambda check, step, answer, failure: answer.code in ACCOUNT and step.error == code


def _at(time: str) -> CauseCondition:
    """The call's `time` was this placeholder."""
    return lambda check, step, answer, failure: step.params.get("time") == time


def _of(check_id: str) -> CauseCondition:
    return lambda check, step, answer, failure: check.id == check_id


def _about(*names: str) -> CauseCondition:
    return lambda check, step, answer, failure: any(f"`{name}`" in failure.why for name in names)


PAYME_CAUSES: Final = (
    LikelyCause(
        "The right key is refused: it was cut at a `#` in .env, the live key stands where the test key should, a proxy"
        " drops the Authorization header, or login and key are split at the wrong colon.",
        "Quote the key, log the length of what arrives, let the proxy pass the header, split at the first colon.",
        symptom=frozenset({"refused", "wrong_code"}),
        code=frozenset({-32504}),
    ),
    LikelyCause(
        "The key is not compared, or not whole: an empty configured key, only the part after the last colon, no login.",
        "Compare login and key as bytes, whole, in constant time; no key configured must let nobody in.",
        symptom=frozenset({"accepted"}),
        group=frozenset({"auth"}),
    ),
    LikelyCause(
        "Something is looked at before the credentials: the body, the method or the order.",
        "Check the credentials first, and answer -32504 whatever else is wrong.",
        symptom=frozenset({"wrong_code"}),
        group=frozenset({"auth"}),
    ),
    *SHOP_CAUSES,
    LikelyCause(
        "The method is not there: Payme sends it after each receipt that it has fiscalised.",
        "Add SetFiscalData: keep what comes under PERFORM and CANCEL apart, and answer success.",
        call=frozenset({"SetFiscalData"}),
        symptom=frozenset({"refused", "wrong_code"}),
        code=frozenset({-32601}),
    ),
    LikelyCause(
        "Fiscal data whose status_code is not 0 are refused: Payme learns nothing by it, and the shop even less.",
        "Answer success. Keep the failure beside the receipt that you have: it replaces none.",
        call=frozenset({"SetFiscalData"}),
        symptom=frozenset({"refused"}),
        condition=_of("payme.F2b"),
    ),
    LikelyCause(
        "The type is required, or compared letter for letter. Payme sends no receipt twice: what is refused is lost.",
        "Take PERFORM and CANCEL in any case. Without a type it is CANCEL once the transaction is in the state -2, and"
        " PERFORM before.",
        call=frozenset({"SetFiscalData"}),
        symptom=frozenset({"refused"}),
        condition=_of("payme.F2c"),
    ),
    LikelyCause(
        "The method is not there.",
        "Add it: Payme calls all six, GetStatement included.",
        symptom=frozenset({"refused", "wrong_code"}),
        code=frozenset({-32601}),
    ),
    LikelyCause(
        "The amount is compared before the order is looked for.",
        "Look the account up first: an order that isn't there is -31050 whatever the amount.",
        symptom=frozenset({"wrong_code"}),
        condition=_for_the_order(-31001),
    ),
    LikelyCause(
        "-31008 is for transactions. What is wrong with the order (paid, cancelled, held by another transaction) has a"
        " code from -31050 to -31099, though Payme's page says -31008 for a second transaction.",
        "Answer -31050…-31099 with the account's field in `data`; if you were told to keep -31008 for a busy order,"
        " run with --busy-code -31008.",
        symptom=frozenset({"wrong_code"}),
        condition=_for_the_order(-31008),
    ),
    LikelyCause(
        "The gateway has another code for a held order than --busy-code says.",
        "Any from -31050 to -31099 will do: leave --busy-code out, or say the gateway's own.",
        symptom=frozenset({"wrong_code"}),
        code=ACCOUNT,
        condition=lambda check, step, answer, failure: step.error == "$busy",
    ),
    LikelyCause(
        "Any order is accepted while testing, or the account's field is not looked at.",
        "Look the order up in test mode too.",
        symptom=frozenset({"accepted"}),
        group=frozenset({"account"}),
    ),
    LikelyCause(
        "The amount is not compared, or compared as a float or with a tolerance.",
        "Compare whole tiyin, exactly, in CheckPerformTransaction and CreateTransaction both.",
        symptom=frozenset({"accepted"}),
        group=frozenset({"amount"}),
    ),
    LikelyCause(
        "A `time` far ahead of the gateway's clock is believed: the order is held until twelve hours after it.",
        "Refuse what is more than an hour ahead with -31008, and count the twelve hours from the earlier of `time` and"
        " create_time.",
        symptom=frozenset({"accepted"}),
        condition=_at("$far_ahead"),
    ),
    LikelyCause(
        "Clocks are taken to be exact: a `time` that is a minute ahead is refused.",
        "Take minutes: Payme's clock and the gateway's are never quite the same.",
        symptom=frozenset({"refused"}),
        code=frozenset({-31008, -32600}),
        condition=_at("$ahead"),
    ),
    LikelyCause(
        "A second transaction is let in: the lock is looked at in one method only, or read before it is written.",
        "One live transaction per one-time order, in both methods, with a unique index as the last guard.",
        symptom=frozenset({"accepted", "race"}),
        call=frozenset({"CheckPerformTransaction", "CreateTransaction"}),
    ),
    LikelyCause(
        "The gateway keeps so'm where Payme sends tiyin, or the amount given to the sandbox is in so'm.",
        "1 so'm is 100 tiyin; keep orders in whole tiyin.",
        symptom=frozenset({"refused", "wrong_code"}),
        code=frozenset({-31001}),
    ),
    LikelyCause(
        "An unknown transaction is answered as if an order were missing.",
        "Look the transaction up by `params.id` alone, and answer -31003.",
        symptom=frozenset({"wrong_code"}),
        condition=_instead_of(-31003),
    ),
    LikelyCause(
        "The order isn't payable any more: used by an earlier run, expired while testing, or left dead by a cancelled"
        " attempt. If every call says so, the account's field has another name than the code looks for.",
        "Give a fresh order; after CancelTransaction of an unpaid transaction set it free; compare the field's name.",
        symptom=frozenset({"refused", "wrong_code"}),
        code=ACCOUNT,
    ),
    LikelyCause(
        "A cancelled or finished transaction is performed or opened again.",
        "Look at the state first: only 1 may become 2; what is cancelled stays cancelled, -31008.",
        symptom=frozenset({"accepted"}),
        call=frozenset({"PerformTransaction"}),
    ),
    LikelyCause(
        "The answer is computed anew: now() in a repeat, milliseconds lost in the database, another path in the code.",
        "Keep the first answer's times with the transaction, in milliseconds (BIGINT), and answer from what was kept.",
        symptom=frozenset({"repeat"}),
    ),
    LikelyCause(
        "Times that haven't come are null or left out, or a cancel clears the time of the payment.",
        "CheckTransaction has six words always: times are 0 until they come and stay afterwards, the reason is null.",
        symptom=frozenset({"result"}),
        condition=_about("perform_time", "cancel_time", "create_time", "reason"),
    ),
    LikelyCause(
        "The database's number is returned as it is.",
        "`transaction` is a text: str(id).",
        symptom=frozenset({"result"}),
        condition=_about("transaction"),
    ),
    LikelyCause(
        "The statement is cut by the gateway's own clock, holds only what is paid, or is sorted newest first.",
        "Filter and sort by Payme's `time`, both ends included, oldest first, every state.",
        symptom=frozenset({"result"}),
        call=frozenset({"GetStatement"}),
    ),
    LikelyCause(
        "The state does not follow what was done.",
        "1 created, 2 performed, -1 cancelled before, -2 cancelled after; a repeat changes nothing.",
        symptom=frozenset({"result"}),
        condition=_about("state"),
    ),
    LikelyCause(
        "`data` carries the value, the order or nothing.",
        "Answer the name of the account's field, as it is written in the cabinet.",
        symptom=frozenset({"data"}),
        code=ACCOUNT,
    ),
    LikelyCause(
        "The text is one language only, or missing.",
        'Answer {"ru": …, "uz": …, "en": …}: the payer reads it.',
        symptom=frozenset({"message"}),
    ),
    LikelyCause(
        "The error tells what the caller is to find out by himself.",
        "Never put amounts, traces or SQL into an answer.",
        symptom=frozenset({"leak"}),
    ),
    LikelyCause(
        "The envelope is not kept: the id is that of another request, or result and error stand together.",
        "Echo the request's id, same type; answer `result` or `error`, one of them.",
        symptom=frozenset({"id", "both", "neither", "error_shape", "not_json", "content_type"}),
    ),
    LikelyCause(
        "Two calls at once read the same state before either writes.",
        "Lock the order's row before deciding, and let a unique index be the last guard.",
        symptom=frozenset({"race"}),
    ),
    LikelyCause(
        "The twelve hours aren't counted, or not from Payme's `time`, or the cancel is lost with the error's rollback.",
        "Past 43,200,000 ms from `time`: write state -1 and reason 4, commit, then answer -31008.",
        group=frozenset({"timeouts"}),
    ),
    LikelyCause(
        "The value isn't checked for its type before it is used.",
        "Check types first: a whole number is no text, no true, no fraction; what has another type is -32600.",
        symptom=frozenset({"accepted", "wrong_code"}),
        group=frozenset({"amount", "envelope", "hostile"}),
    ),
    LikelyCause(
        "A fault of the gateway's own.",
        "Look into its log for this moment.",
        symptom=frozenset({"refused", "wrong_code"}),
        code=frozenset({-32400}),
    ),
)
