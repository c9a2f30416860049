"""Bugs that hostile input brings to light."""

from typing import Final

from tests.mutants.bug import Bug, Change

FOLDER: Final = "tests/faults/hostile"
MALFORMED: Final = f"{FOLDER}/test_malformed.py::test_what_is_malformed_cannot_be_read"
PAYMES_FIELDS: Final = f"{FOLDER}/test_malformed.py::test_every_value_in_every_field_of_paymes"
CLICKS_FIELDS: Final = f"{FOLDER}/test_malformed.py::test_every_text_in_every_field_of_clicks"
KEPT: Final = f"{FOLDER}/test_malformed.py::test_every_value_that_a_payment_would_keep"
FUZZED: Final = f"{FOLDER}/test_fuzz.py"
SLOW: Final = f"{FOLDER}/test_slow_drip.py"
BENT: Final = f"{FOLDER}/test_framing.py"
SEQUENCES: Final = f"{FOLDER}/test_sequences.py"


def bug(name: str, file: str, old: str, new: str, test: str) -> Bug:
    return Bug(name, [Change(file, old, new)], test)


HOSTILE: Final = (
    bug(
        "any integer is a moment",
        "payme_rpc/statement.py",
        "return from_ms(min(max(ms, 0), _LAST_MOMENT))",
        "return from_ms(ms)",
        PAYMES_FIELDS,
    ),
    bug(
        "any integer is a reason for the database",
        "payme_rpc/wire.py",
        "Reason = Annotated[int, Field(ge=-(2**31), lt=2**31)]",
        "Reason = Annotated[int, Field(ge=-(10**400))]",
        KEPT,
    ),
    bug(
        "deep JSON is a failure of ours at Payme's door",
        "payme_rpc/envelope.py",
        "except (ValueError, RecursionError):",
        "except ValueError:",
        MALFORMED,
    ),
    bug(
        "deep JSON is a failure of ours at the merchant API",
        "merchant_api/strict_json.py",
        "except RecursionError:",
        "except ZeroDivisionError:",
        MALFORMED,
    ),
    bug("NaN is a number", "payme_rpc/envelope.py", "parse_constant=_finite, ", "", MALFORMED),
    bug(
        "the last of two fields wins",
        "merchant_api/strict_json.py",
        "    object_pairs_hook=_once,\n",
        "",
        MALFORMED,
    ),
    bug(
        "Python's words are told to the caller",
        "merchant_api/strict_json.py",
        """    except UnicodeDecodeError:
        raise Problem(UNREADABLE, "The body is not UTF-8.") from None""",
        """    except UnicodeDecodeError as error:
        raise Problem(UNREADABLE, str(error)) from None""",
        MALFORMED,
    ),
    bug(
        "a form may come as slowly as it likes",
        "click_http/form.py",
        "async with asyncio.timeout(READ_SECONDS):",
        "async with asyncio.timeout(None):",
        SLOW,
    ),
    bug(
        "a call of Payme's may come as slowly as it likes",
        "payme_rpc/receiving.py",
        "async with asyncio.timeout(PATIENCE):",
        "async with asyncio.timeout(None):",
        SLOW,
    ),
    bug(
        "a head may come as slowly as it likes",
        "gateway/server/connections.py",
        "HEAD_SECONDS: Final = 10.0",
        "HEAD_SECONDS: Final = 620.0",
        SLOW,
    ),
    bug(
        "answers wait for ever to be read",
        "gateway/server/connections.py",
        "READ_SECONDS, self.transport.abort)",
        "620, self.transport.abort)",
        "tests/gateway/server/test_connections.py::test_who_never_reads_is_sent_away",
    ),
    bug(
        "who reads slowly is taken for one who never reads",
        "gateway/server/connections.py",
        "        super().resume_writing()\n        self._stop_read_timer()\n",
        "        super().resume_writing()\n",
        "tests/gateway/server/test_connections.py::test_who_reads_slowly_is_told_everything",
    ),
    bug(
        "slow callers keep the others waiting",
        "gateway/server/connections.py",
        "        heads = self._request_count\n",
        "        heads = self._request_count\n        __import__('time').sleep(0.002)\n",
        SLOW,
    ),
    bug(
        "a prepare id with a zero before it is one",
        "click_http/wire.py",
        're.compile(r"[1-9][0-9]{0,9}")',
        're.compile(r"[0-9]{1,10}")',
        SEQUENCES,
    ),
    bug(
        "Click's failure takes a paid payment back",
        "core/domain/state_tables.py",
        "(PAID, Verb.RELEASE): No(Refusal.PAYMENT_PAID),",
        "(PAID, Verb.RELEASE): To(REVERSED),",
        SEQUENCES,
    ),
    bug(
        "the same id at another time is the same payment",
        "core/domain/open_payment.py",
        " or own.opened_at != command.opened_at:",
        ":",
        SEQUENCES,
    ),
    bug(
        "any number is a prepare id for the database",
        "click_http/wire.py",
        "return number if number < 2**31 else None",
        "return number",
        CLICKS_FIELDS,
    ),
    bug(
        "NUL goes into an account",
        "click_http/wire.py",
        r're.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")',
        're.compile(r"(?s:.){1,255}")',
        CLICKS_FIELDS,
    ),
    bug(
        "the signature is of a text that was tidied",
        "click_http/signature.py",
        "        form.amount,\n        form.action,",
        "        form.amount if form.action == COMPLETE else form.amount.strip(),\n        form.action,",
        CLICKS_FIELDS,
    ),
    bug(
        "anybody may say where he calls from",
        "gateway/http/middleware.py",
        "    if not trusted:\n        return request\n",
        "    if not trusted:\n"
        "        return request.clone(remote=request.headers.get(hdrs.X_FORWARDED_FOR, request.remote))\n",
        f"{FUZZED} -k merchant_api",
    ),
    bug(
        "an error forgets the call's id",
        "payme_rpc/view.py",
        "self.rpc_id, self.method = glimpse(self.received.body)",
        "_, self.method = glimpse(self.received.body)",
        f"{FUZZED} -k paymes_door",
    ),
    Bug(
        "every call leaves something behind in memory",
        [
            Change(
                "payme_rpc/receiving.py",
                "class Received(",
                "_KEPT: list[bytes] = []\n\n\nclass Received(",
            ),
            Change(
                "payme_rpc/receiving.py",
                "        if request.content.is_eof()",
                "        _KEPT.append(bytes(20_000))\n        if request.content.is_eof()",
            ),
        ],
        f"{FUZZED} -k paymes_door",
    ),
    bug(
        "lines of the log can be forged",
        "gateway/observability/logs.py",
        "return orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)",
        "return orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)"
        '.replace(b"\\\\n", b"\\n")',
        f"{FUZZED} -k clicks_door",
    ),
    bug(
        "bodies are unpacked",
        "gateway/server/connections.py",
        "auto_decompress=False,",
        "auto_decompress=True,",
        BENT,
    ),
    bug(
        "a body may be of any length",
        "gateway/app.py",
        "MAX_BODY: Final = 64 * 1024",
        "MAX_BODY: Final = 64 * 1024 * 1024",
        BENT,
    ),
    bug(
        "what is not HTTP is sent back",
        "gateway/server/connections.py",
        "exc, message and NOT_HTTP)",
        "exc, message)",
        BENT,
    ),
    bug(
        "a status that is not in the description",
        "merchant_api/openapi.py",
        "WITH_BODY: Final = (UNREADABLE, ",
        "WITH_BODY: Final = (",
        f"{FOLDER}/test_openapi.py",
    ),
)
