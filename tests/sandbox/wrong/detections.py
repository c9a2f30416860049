"""Which checks each fault turns red: all of them, and no others."""

from typing import Final


def by(text: str, tried: set[str]) -> set[str]:
    """The checks of a row below: their ids, `all`, or `all but` some."""
    if text == "all":
        return tried
    ids = set(text.removeprefix("all but").split())
    assert ids <= tried, f"no such checks: {ids - tried}"
    return tried - ids if text.startswith("all but") else ids


EVERY_TRANSACTION: Final = (
    "1.5 1.6 2.3 2.4 busy blocked checktransaction statement fiscal create.cancelled create.performed "
    "create.other_amount create.other_account perform.cancelled perform.reversed cancel.first_reason "
    "cancel.stays_reversed cancel.frees cancel.delivered S1 S2 S4 F2-F3 F2b F2c F5 R1 R2 R3 R4 R5 T2 T3 T5 T7 T8 "
    "T9 T10 shop.strict_expiry shop.amended shop.reopened accumulative"
)
EVERY_ACCOUNT_ERROR: Final = (
    "1.3 1.5 busy blocked missing U3-U4 U5 create.withdrawn S5 R2 H1 H2 shop.strict_expiry shop.reopened"
)
EVERY_CREDENTIAL: Final = "1.1 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13"
ALL_BUT_CREDENTIALS: Final = "all but 1.1 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 E1"
ABSENT_TIMES: Final = (
    "1.5 1.6 2.3 checktransaction perform.cancelled cancel.first_reason cancel.delivered R1 R4 R5 T2 T3 T5 T7 T9 T10 "
    "shop.strict_expiry"
)

PAYME: Final = {
    "any_key": EVERY_CREDENTIAL,
    "empty_key": "A8",
    "any_login": "A7",
    "key_prefix": "A9",
    "statement_unlocked": "1.1 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A12",
    "method_before_key": "A12",
    "key_lost": ALL_BUT_CREDENTIALS,
    "key_after_last_colon": ALL_BUT_CREDENTIALS,
    "auth_401": EVERY_CREDENTIAL,
    "auth_crashes": "A5",
    "bad_json_400": "E2 E3 E4 H4",
    "bad_json_invalid": "E2 E3",
    "batch_500": "E5",
    "params_500": "E7",
    "method_405": "E8",
    "method_unnamed": "E8",
    "get_405": "E1",
    "text_json_415": "all",
    "big_body_413": "E4",
    "slash_redirects": "E14",
    "always_redirects": "all",
    "no_id": "E9 E13",
    "id_as_text": "all but 1.1 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 E1 E2 E3 E4 E5 E6 E7 E9 E10 E16 H4 H5",
    "result_and_error": "E9 E13",
    "throttles": "R1 R4 R5",
    "html_page": "checktransaction perform.unknown cancel.unknown E13 V7 T8 H3",
    "amount_before_account": "1.3 missing U3-U4 U5 S5 H1",
    "any_order": "1.3 H1",
    "account_value_in_data": EVERY_ACCOUNT_ERROR,
    "account_data_missing": EVERY_ACCOUNT_ERROR,
    "message_is_text": EVERY_ACCOUNT_ERROR,
    "long_account_500": "H1",
    "other_field": (
        "all but 1.1 1.3 missing A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 U3-U4 U5 create.withdrawn "
        "perform.unknown cancel.unknown S5 S6 F4 E1 E2 E3 E4 E5 E6 E7 E8 E16 H1 H2 H3 H4 H5"
    ),
    "som": (
        "all but 1.1 1.2 1.3 missing A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 amount.hidden U3-U4 U5 "
        "create.withdrawn perform.unknown cancel.unknown S5 S6 F4 E1 E2 E3 E4 E5 E6 E7 E8 E15 E16 H1 H2 H3 H4 "
        "H5 accumulative"
    ),
    "one_tiyin_more": "1.2",
    "fraction_cut_off": "E15",
    "amount_as_text": "E15",
    "amount_leaks": "amount.hidden",
    "amount_unchecked_in_create": "1.2 W3-W6 amount.hidden E15 shop.amended",
    "amount_unchecked_in_check": "1.2 W3-W6 amount.hidden E15 shop.amended",
    "paid_is_31008": "blocked create.withdrawn shop.reopened",
    "busy_is_31008": "1.5 busy",
    "busy_unseen_in_check": "busy",
    "paid_unseen_in_check": "blocked create.withdrawn",
    "second_id_taken": "1.5 busy R2",
    "paid_again": "blocked create.withdrawn shop.reopened",
    "cancelled_blocks": "cancel.frees T2 T9",
    "balance_is_one_time": "accumulative",
    "order_runs_out": (
        "2.3 2.4 blocked statement fiscal create.performed perform.reversed cancel.stays_reversed "
        "cancel.delivered S4 F2-F3 F2b F2c F5 R3 R4 T2 shop.strict_expiry shop.amended shop.reopened accumulative"
    ),
    "released_performs": "T9",
    "own_reasons": "T9",
    "held_to_its_end": "T10",
    "replaced_lives": "T10",
    "strict_expiry_unseen": "shop.strict_expiry",
    "amended_unseen": "shop.amended",
    "reopened_refused": "shop.reopened",
    "create_time_now": "1.5 R1",
    "create_time_rounded": "1.5 R1",
    "create_repeat_refused": "1.5 R1",
    "create_repeat_renumbered": "1.5 create.cancelled create.performed create.other_amount create.other_account R1 T3",
    "create_answers_any_state": "create.cancelled create.performed create.other_amount create.other_account T3",
    "create_ignores_changes": "create.other_amount create.other_account",
    "transaction_is_number": EVERY_TRANSACTION,
    "state_is_text": EVERY_TRANSACTION,
    "no_lifetime": "T2 T3 T5 V7",
    "twelve_minutes": "T2 T3 T5 T7",
    "future_believed": "T8",
    "minute_ahead_refused": "T8 T10",
    "expiry_lost": "T2 T3",
    "perform_revives": "perform.cancelled perform.reversed T9 T10",
    "perform_time_now": "2.3 cancel.stays_reversed R4",
    "perform_repeat_refused": "2.3 R4",
    "perform_forgets": (
        "2.3 2.4 statement create.performed perform.reversed cancel.stays_reversed cancel.delivered S4 R3 R4"
    ),
    "cancel_time_now": "1.6 2.4 cancel.first_reason R5 T9",
    "cancel_repeat_refused": "1.6 2.4 cancel.first_reason cancel.stays_reversed R5 T9",
    "cancel_repeat_other_state": "2.4 cancel.stays_reversed",
    "cancel_rewrites_reason": "cancel.first_reason cancel.stays_reversed T9",
    "cancel_refused": "2.4 perform.reversed cancel.stays_reversed S4 R3",
    "delivered_given_back": "cancel.delivered",
    "cancel_performed_as_new": "2.4 perform.reversed cancel.stays_reversed S4 R3",
    "perform_time_lost": "2.4 perform.reversed cancel.stays_reversed",
    "reason_lost": "1.6 2.4 perform.cancelled perform.reversed cancel.first_reason cancel.stays_reversed S4 R3 R5 T7",
    "null_times": ABSENT_TIMES,
    "keys_missing": ABSENT_TIMES,
    "seconds": EVERY_TRANSACTION,
    "times_in_32_bits": EVERY_TRANSACTION,
    "unknown_is_31050": "checktransaction perform.unknown cancel.unknown E13 V7 T8 H3",
    "unknown_is_31001": "checktransaction perform.unknown cancel.unknown E13 V7 T8 H3",
    "statement_missing": "statement S1 S2 S4 S5 S6 E16",
    "statement_own_clock": "statement S1 S4",
    "statement_time_zone": "statement S1 S4",
    "statement_only_paid": "statement S1 S4",
    "statement_newest_first": "statement S1",
    "statement_open_end": "S1 S4",
    "statement_som": "statement S4",
    "statement_without_id": "statement S1 S4",
    "fiscal_missing": "fiscal F2-F3 F2b F2c F4 F5",
    "fiscal_for_nobody": "F4",
    "fiscal_unchecked": "F5",
    "fiscal_typed": "F2c",
    "fiscal_failures_refused": "F2b",
    "race_two_ids": "R2",
    "race_same_id": "R1",
    "race_perform": "R3 R4",
    "race_perform_cancel": "R3 R4 R5",
}
"""Fault -> ids of the Payme suite."""

CLICK: Final = {
    "unsigned": "desktop.1 desktop.3 desktop.4 desktop.5 postman.1 postman.4 postman.5 postman.6 O2 O2b O-first P5 F2",
    "unsigned_complete": "desktop.3 desktop.4 desktop.5 postman.4 postman.5 postman.6 O2 O2b",
    "signed_with_prepare_id": (
        "all but desktop.1 desktop.3 desktop.10 desktop.13 desktop.14 postman.1 postman.4 postman.8 "
        "postman.10 postman.13 postman.14 O1 O1b O2 O4 O5 P5 F2 H1"
    ),
    "amount_reprinted": "G5 G8",
    "upper_case_refused": "G2",
    "fresh_only": "G4",
    "bad_signature_is_7": "desktop.1 desktop.3 postman.1 postman.4 O2 O2b O-first",
    "cancelled_unsigned": "O2b",
    "missing_400": "O1 O1b O-first H1",
    "missing_is_1": "O1 O1b O-first H1",
    "paydoc_crashes": "H3 H4",
    "repeat_refused": "P2b",
    "utf_8_everywhere": "P2b P3b",
    "first_of_two": "O1b",
    "positive_pays": "O4b",
    "zero_is_a_number": "O7n",
    "extra_refused": "P2 P2b",
    "note_required": "P3",
    "action_by_path": "O3 O-first P1",
    "any_action": "O3 O-first",
    "any_service": "O4",
    "slash_redirects": "P4",
    "confirm_id_null": (
        "desktop.1 desktop.2 desktop.3 desktop.4 desktop.8 desktop.9 desktop.10 desktop.12 desktop.13 "
        "desktop.14 desktop.15 F1 F2"
    ),
    "account_as_number": "F1 F2",
    "two_fields": "F2",
    "long_prepare_id": "F3",
    "prepare_id_text": "F1 F3",
    "trans_id_lost": (
        "all but desktop.1 desktop.3 desktop.4 desktop.6 desktop.7 desktop.8 desktop.10 desktop.13 desktop.14 "
        "desktop.15 postman.1 postman.2 postman.4 postman.5 postman.7 postman.8 postman.10 postman.13 "
        "postman.14 postman.15 O1 O1b O2 O3 O4 O5 O6 O-first O7e O7f G6 G7 G8 P5 F2 H1 H2 H3 H4"
    ),
    "unknown_404": "desktop.8 postman.2 O6 O-first G6 F2 H2",
    "unknown_crashes": "desktop.8 postman.2 O6 O-first G6 F2 H2",
    "unknown_is_6": "desktop.8 postman.2 O6 O-first G6 H2",
    "amount_unchecked": "desktop.4 desktop.5 postman.5 postman.6 O7g O7g-amended O8c3 O8c3-amended O8d G7 G8 F2 H3",
    "amount_unchecked_in_complete": "desktop.4 desktop.5 postman.5 postman.6 O8c3 O8c3-amended O8d",
    "amount_tolerance": "O8d G7",
    "amount_crashes": "G8 H3",
    "prepare_again_new_id": "O7h R1",
    "prepare_again_refused": "O7h G3 G5 R1",
    "paid_prepared_again": "O7c O7d S3a",
    "paid_by_another_is_4": "O7d",
    "cancelled_blocks": "O5d O7f-own O8b O8c-released S5",
    "cancelled_prepared_again": "S4 S7a",
    "superseded_prepared_again": "S7a",
    "failed_prepare_forgotten": "O7f-own",
    "unprepared_pays": "desktop.10 desktop.11 postman.10 postman.11 O-first O8a O8a-other S1 F2 H3",
    "any_order_of_prepare_id": "O8a-other",
    "long_id_crashes": "desktop.10 O8a H3",
    "same_trans_id_only": "desktop.4 desktop.5 desktop.6 desktop.7 desktop.11 desktop.15 O8a2 S6",
    "complete_again_is_0": "desktop.6 postman.7 O8a-own O8a2 O8c2 S3a S3b S3c G5 R2 R4",
    "complete_forgets": "desktop.6 desktop.7 postman.7 O7c O7d O7l O8a-own O8a2 O8b O8c2 S3a S3b S3c G5 R2 R3 R4",
    "others_debit_pays": "O8a2",
    "debit_without_id_is_6": "O8a-own",
    "superseded_refused": "O8c2",
    "superseded_amount_is_2": "O8c3 O8c3-amended",
    "paid_order_debited": "O7l O8c2 R3",
    "paid_by_another_debit_is_4": "O7l O8c2 R3",
    "paid_sibling_is_9": "O8b",
    "released_debited": "O8c-released",
    "strict_expiry_unseen": "O8e2",
    "amended_unseen": "O7g-amended O8c3-amended",
    "ended_amount_is_its_own": "O8c3-amended",
    "reopened_refused": "O7e-reopened",
    "failure_pays": "S2c",
    "failure_crashes": (
        "desktop.13 desktop.14 desktop.15 postman.8 postman.13 postman.14 postman.15 O5 O5c2 O8a-other "
        "O8c3-amended S1 S2b S3c S4 S5 S7b R4"
    ),
    "failure_forgotten": "desktop.15 postman.15 O5d S2a S2b S2c S4 S5 S7b",
    "failure_is_0": "desktop.13 desktop.14 postman.13 postman.14 O5d O8c3-amended S2a S2b S2c S4 S5 S7b",
    "failure_reverses_paid": "desktop.7 S3b S3c R4",
    "paid_failure_is_4": "postman.8 S3c R4",
    "paid_failure_is_9": "desktop.7 S3b",
    "others_failure_obeyed": "O5c2",
    "failure_without_id_forgotten": "O5d",
    "failure_of_superseded_forgotten": "S7b",
    "unknown_failure_is_6": "O5 O8a-other S1",
    "race_complete": "R2 R3 R4",
    "race_prepare": "R1",
}
"""Fault -> ids of the Click suite."""
