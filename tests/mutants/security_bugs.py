"""Bugs that let strangers in, let them fill the journal, or write a secret down."""

from typing import Final

from tests.mutants.bug import Bug, Change

SECURITY: Final = (
    Bug(
        "Payme's key is not looked at while its address is over the limit",
        [
            Change(
                "payme_rpc/view.py",
                "if self.called is None or not is_payme(self.called, headers):",
                "if self.called is None or await self._is_one_too_many() or not is_payme(self.called, headers):",
            )
        ],
        "tests/gateway/throttle/test_failed_auth.py::test_right_credentials_are_served_whatever_others_did_from_there",
    ),
    Bug(
        "Click's good calls are counted",
        [Change("click_http/view.py", "if verdict.unproven and await", "if await")],
        "tests/gateway/throttle/test_counters.py::test_a_good_call_never_asks_redis",
    ),
    Bug(
        "a token is counted at a path that is not there",
        [
            Change(
                "merchant_api/view.py",
                "if SHOP in request or door.tokens.caller(request) is not None:",
                "if SHOP in request:",
            )
        ],
        "tests/gateway/throttle/test_failed_auth.py::test_a_good_token_is_never_counted_whatever_is_asked_with_it",
    ),
    Bug(
        "a good token is counted",
        [
            Change(
                "merchant_api/view.py",
                "    wait = await _silence(request)\n",
                '    wait = await request.app[DOOR].strangers.unproven("api", request.remote)\n',
            )
        ],
        "tests/gateway/throttle/test_failed_auth.py::test_right_credentials_are_served_whatever_others_did_from_there",
    ),
    Bug(
        "a Redis that is away refuses",
        [
            Change(
                "gateway/throttle/counters.py",
                "            self._pause(trouble)\n            return True\n",
                "            self._pause(trouble)\n            return False\n",
            )
        ],
        "tests/gateway/throttle/test_counters.py::test_a_redis_that_is_not_there_is_asked_once_and_told_of_once",
    ),
    Bug(
        "a Redis that is away is asked at every call",
        [Change("gateway/throttle/counters.py", "if self._away and monotonic() < self._try_again_at:", "if False:")],
        "tests/gateway/throttle/test_counters.py::test_a_redis_that_is_not_there_is_asked_once_and_told_of_once",
    ),
    Bug(
        "a Redis that hangs is waited for",
        [
            Change(
                "gateway/throttle/counters.py",
                "async with asyncio.timeout(ANSWER_SECONDS):",
                "async with asyncio.timeout(None):",
            )
        ],
        "tests/gateway/throttle/test_counters.py::test_a_redis_that_hangs_holds_up_one_wrong_call_for_a_moment",
    ),
    Bug(
        "processes don't share what Redis counts",
        [Change("gateway/throttle/failed_auth.py", "elif self._shared is not None and", "elif False and")],
        "tests/gateway/throttle/test_counters.py::test_gateways_that_share_a_redis_share_their_patience",
    ),
    Bug(
        "each address of IPv6 is somebody else",
        [Change("gateway/throttle/failed_auth.py", "(int(read), 64)", "(int(read), 128)")],
        "tests/gateway/throttle/test_failed_auth.py::test_a_network_of_ipv6_is_one_customer",
    ),
    Bug(
        "many addresses fill the journal",
        [Change("gateway/throttle/failed_auth.py", "not await self._own.within(self._all, door, EVERYBODY)", "False")],
        "tests/gateway/throttle/test_failed_auth.py::test_from_everywhere_at_once_is_too_much_as_well",
    ),
    Bug(
        "the same silence is told again and again",
        [
            Change(
                "gateway/throttle/failed_auth.py",
                "if self._silent.start(door, caller, seconds):",
                "if [self._silent.start(door, caller, seconds)]:",
            )
        ],
        "tests/gateway/throttle/test_counters.py::test_what_redis_says_to_several_at_once_is_one_line",
    ),
    Bug(
        "what Payme's door is to keep to itself is journaled",
        [Change("payme_rpc/view.py", "if UNTOLD not in self.request:", "if True:")],
        "tests/gateway/throttle/test_failed_auth.py::test_wrong_keys_of_payme_are_refused_for_ever_and_told_thrice",
    ),
    Bug(
        "what Click's door is to keep to itself is journaled",
        [Change("click_http/view.py", "    if UNTOLD not in request:\n        _tell", "    if True:\n        _tell")],
        "tests/gateway/throttle/test_failed_auth.py::test_wrong_signatures_of_click_are_refused_for_ever_and_told_thrice",
    ),
    Bug(
        "an address of IPv4 in one of IPv6 is unknown",
        [Change("inbound/allow_list.py", '        ip = getattr(ip, "ipv4_mapped", None) or ip\n', "")],
        "tests/gateway/test_allow_lists.py::test_a_listener_of_ipv6_shows_callers_of_ipv4_as_mapped",
    ),
    Bug(
        "anybody's X-Forwarded-For is believed",
        [
            Change(
                "gateway/http/client_address.py",
                "if caller is None or not _within(caller, trusted):\n        return peer",
                "if caller is None:\n        return peer",
            )
        ],
        "tests/gateway/http/test_client_address.py::test_whoever_calls_directly_cannot_choose_an_address",
    ),
    Bug(
        "Click's list is enforced upon nobody",
        [Change("click_http/view.py", "return allow_list.mode is not AllowListMode.ENFORCE", "return True")],
        "tests/gateway/test_allow_lists.py::test_enforced_behind_a_trusted_proxy",
    ),
    Bug(
        "Payme's list is enforced upon nobody",
        [
            Change(
                "payme_rpc/view.py",
                "            if allow_list.mode is AllowListMode.ENFORCE:\n                raise Fault(FORBIDDEN)\n",
                "",
            )
        ],
        "tests/gateway/test_allow_lists.py::test_enforced_behind_a_trusted_proxy",
    ),
    Bug(
        "Click's signatures are journaled",
        [
            Change(
                "click_http/form.py",
                "return (without if found else _LIKE_A_SIGNATURE.sub(SECRET, text))[:MAX_JOURNAL]",
                "return text[:MAX_JOURNAL]",
            )
        ],
        "tests/click_http/test_states.py::test_prepare_said_again",
    ),
    Bug(
        "Payme's credentials are logged",
        [
            Change(
                "payme_rpc/view.py",
                "        if self.called is None or not is_payme(",
                '        log.warning("called with %s", headers)\n        if self.called is None or not is_payme(',
            )
        ],
        "tests/payme_rpc/test_states.py::test_every_state_answers_every_method",
    ),
    Bug(
        "Click's secret is logged where a signature is wrong",
        [
            Change(
                "click_http/handlers.py",
                "return Verdict(BAD_SIGNATURE, ",
                "return logger.warning(service.secret_key) or Verdict(BAD_SIGNATURE, ",
            )
        ],
        "tests/click_http/test_order_of_checks.py::test_prepare_is_refused_for_the_first_thing_wrong",
    ),
    Bug(
        "the shop's token is journaled",
        [
            Change(
                "merchant_api/view.py",
                "{request.method} {path}\\n{body}",
                "{request.method} {path} {request.headers.get('Authorization')}\\n{body}",
            )
        ],
        "tests/merchant_api/test_fiscal_items.py::test_a_receipt_that_comes_to_the_amount_is_taken",
    ),
    Bug(
        "card numbers are journaled",
        [Change("gateway/observability/journal.py", "value = without_cards(value).replace", "value = value.replace")],
        "tests/gateway/observability/test_masking.py::test_it_reaches_neither_journal_nor_log",
    ),
    Bug(
        "card numbers are logged",
        [
            Change(
                "gateway/observability/logs.py",
                "return without_cards(value) if isinstance(value, str) else value",
                "return value",
            )
        ],
        "tests/gateway/observability/test_masking.py::test_it_reaches_neither_journal_nor_log",
    ),
    Bug(
        "a head may have any length",
        [
            Change(
                "gateway/server/connections.py",
                "return self._head_size + len(head) - len(self._last) > MAX_HEAD",
                "return False",
            )
        ],
        "tests/gateway/server/test_connections.py::test_a_longer_head_is_turned_away",
    ),
    Bug(
        "a head that comes in pieces may have any length",
        [Change("gateway/server/connections.py", "self._head_size += len(data)", "self._head_size += 0")],
        "tests/gateway/server/test_connections.py::test_a_longer_head_is_turned_away_before_it_is_all_there",
    ),
    Bug(
        "the end of a head is looked for in one piece of it",
        [Change("gateway/server/connections.py", "(self._last + data).partition(", "data.partition(")],
        "tests/gateway/server/test_connections.py::test_a_head_may_end_in_two_pieces",
    ),
    Bug(
        "what is no HTTP is logged as it came",
        [
            Change(
                "gateway/server/connections.py",
                "if isinstance(trouble, HttpProcessingError | web.RequestPayloadError):",
                "if False:",
            )
        ],
        "tests/gateway/server/test_connections.py::test_what_is_no_http_is_told_without_a_word_of_it",
    ),
    Bug(
        "Payme's key is compared until the first difference",
        [
            Change(
                "payme_rpc/auth.py", "[hmac.compare_digest(credentials, accepted) for", "[credentials == accepted for"
            )
        ],
        "tests/test_tidy.py::test_secrets_are_compared_in_constant_time_only",
    ),
    Bug(
        "Click's second key is looked at only where the first is wrong",
        [
            Change(
                "click_http/signature.py",
                "return any(matches)",
                "return any(hmac.compare_digest(signature(form, key).encode(), sent) for key in secret_keys)",
            )
        ],
        "tests/test_tidy.py::test_looking_at_credentials_does_not_end_early",
    ),
    Bug(
        "anybody may sign with a key that is empty",
        [
            Change(
                "click_http/service.py",
                "for key in (self.secret_key, self.previous_key) if key)",
                "for key in (self.secret_key, self.previous_key) if key is not None)",
            )
        ],
        "tests/gateway/test_key_rotation.py::test_an_empty_key_of_click_is_none",
    ),
)
