"""Each receiver activates a paid order once, whatever happens on the way, and believes nobody but tiyin."""

import pytest

from tests.examples.installation import missing
from tests.examples.receiver import RECEIVERS, Receiver
from tests.examples.sender import FORMER_SECRET, SECRET, body_of, event, signed

AT_ONCE = 8


def test_a_paid_order_is_activated(receiver):
    account = receiver.shop.opens()
    assert receiver.tiyin.sends(event(account, 2, "reserved", "payment.created")) == 204
    assert receiver.shop.shows(account) == ("reserved", 2, 0)
    assert receiver.tiyin.sends(event(account, 3)) == 204
    assert receiver.shop.shows(account) == ("paid", 3, 1)


def test_what_is_sent_twice_is_received_once(receiver):
    paid = event(receiver.shop.opens(), 3)
    assert [receiver.tiyin.sends(paid) for _ in range(2)] == [204, 204]
    assert receiver.shop.has_received(paid)
    assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


def test_a_repeat_changes_nothing_whatever_the_shop_has_done_since(receiver):
    paid = event(receiver.shop.opens(), 3)
    receiver.tiyin.sends(paid)
    receiver.shop.sets_back(account_of(paid))
    assert receiver.tiyin.sends(paid) == 204
    assert receiver.shop.shows(account_of(paid)) == ("awaiting", 0, 1)


def test_what_comes_many_times_at_once_is_received_once(receiver):
    paid = event(receiver.shop.opens(), 3)
    assert receiver.tiyin.sends_at_once(*[paid] * AT_ONCE) == [204] * AT_ONCE
    assert receiver.shop.has_received(paid)
    assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


def test_of_different_events_at_once_the_newest_stays(receiver):
    account = receiver.shop.opens()
    events = [event(account, version, name="payment.fiscalised") for version in range(1, AT_ONCE + 1)]
    assert receiver.tiyin.sends_at_once(*events) == [204] * AT_ONCE
    assert receiver.shop.shows(account) == ("paid", AT_ONCE, 1)


@pytest.mark.parametrize(
    ("newer", "late"),
    [
        (("awaiting", "payment.cancelled"), ("reserved", "payment.created")),
        (("refunded", "payment.reversed"), ("paid", "payment.paid")),
    ],
)
def test_what_comes_late_does_not_undo_what_is_newer(receiver, newer, late):
    account = receiver.shop.opens()
    assert receiver.tiyin.sends(event(account, 5, *newer)) == 204
    assert receiver.tiyin.sends(event(account, 3, *late)) == 204
    assert receiver.shop.shows(account) == (newer[0], 5, 0)


def test_an_order_is_activated_by_its_state_though_payment_paid_comes_late(receiver):
    account = receiver.shop.opens()
    assert receiver.tiyin.sends(event(account, 4, name="payment.fiscalised")) == 204
    assert receiver.shop.shows(account) == ("paid", 4, 1)
    assert receiver.tiyin.sends(event(account, 3)) == 204
    assert receiver.shop.shows(account) == ("paid", 4, 1)


def test_an_order_that_is_paid_anew_is_activated_anew(receiver):
    account = receiver.shop.opens()
    for version, state in enumerate(["reserved", "paid", "paid", "refunded", "awaiting", "reserved", "paid"], 2):
        assert receiver.tiyin.sends(event(account, version, state)) == 204
    assert receiver.shop.shows(account) == ("paid", 8, 2)


def test_killed_after_its_commit_and_before_its_answer_arrives(receiver):
    paid = event(receiver.shop.opens(), 3)
    unanswered = receiver.tiyin.begins(body_of(paid), signed(paid))
    receiver.shop.waits_for(paid)
    receiver.kill()
    unanswered.close()
    receiver.start()
    assert receiver.tiyin.sends(paid) == 204
    assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


def test_what_fails_half_way_is_not_received_and_the_next_try_is(receiver):
    paid = event(receiver.shop.opens(), 3)
    with receiver.shop.without_orders():
        assert receiver.tiyin.sends(paid) == 500
    assert not receiver.shop.has_received(paid)
    assert receiver.tiyin.sends(paid) == 204
    assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


def test_test_mode_activates_no_real_order(receiver):
    account = receiver.shop.opens()
    assert receiver.tiyin.sends(event(account, 3, test=True)) == 204
    assert receiver.shop.shows(account) == ("awaiting", 0, 0)


def test_events_of_later_kinds_and_of_unknown_orders_are_received(receiver):
    assert receiver.tiyin.sends(event("", 0, name="endpoint.test", data={})) == 204
    assert receiver.tiyin.sends(event("of another shop", 3)) == 204


def test_while_a_secret_is_replaced_either_signature_will_do(receiver):
    for secrets in ((FORMER_SECRET, SECRET), (SECRET, FORMER_SECRET)):
        paid = event(receiver.shop.opens(), 3)
        assert receiver.tiyin.posts(body_of(paid), signed(paid, *secrets))[0] == 204
        assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


def posted(paid, body=None, seconds=0, secret=SECRET, **headers):
    """What a stranger makes of an event: another body or header than those that were signed."""
    changed = {f"webhook-{name}": value for name, value in headers.items()}
    return body or body_of(paid), signed(paid, secret, seconds=seconds) | changed


FORGERIES = {
    "signed with another secret": lambda paid: posted(paid, secret=FORMER_SECRET),
    "body changed": lambda paid: posted(paid, body_of(paid).replace(b'"version": 3', b'"version": 4')),
    "body no text": lambda paid: posted(paid, b"\xff\xfe"),
    "id changed": lambda paid: posted(paid, id="evt_0"),
    "time changed": lambda paid: posted(paid, seconds=-9, timestamp=signed(paid)["webhook-timestamp"]),
    "time of no form": lambda paid: posted(paid, timestamp="now"),
    "too old": lambda paid: posted(paid, seconds=-330),
    "from the future": lambda paid: posted(paid, seconds=330),
    "not signed": lambda paid: (body_of(paid), {}),
    "signature of no form": lambda paid: posted(paid, signature="v1"),
    "signature of another version": lambda paid: posted(paid, signature=f"v2{signed(paid)['webhook-signature'][2:]}"),
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_what_tiyin_has_not_signed_just_now_is_refused(receiver, forged):
    paid = event(receiver.shop.opens(), 3)
    assert receiver.tiyin.posts(*forged(paid)) == (401, b"")
    assert not receiver.shop.has_received(paid)
    assert receiver.shop.shows(account_of(paid)) == ("awaiting", 0, 0)


def test_who_hangs_up_half_way_disturbs_nobody(receiver):
    paid = event(receiver.shop.opens(), 3)
    receiver.tiyin.hangs_up_amid(body_of(paid), signed(paid))
    assert receiver.tiyin.sends(paid) == 204
    assert receiver.shop.shows(account_of(paid)) == ("paid", 3, 1)


@pytest.mark.parametrize("kind", RECEIVERS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("secret", ["", "whsec_"])
def test_without_a_secret_nobody_is_let_in(kind, secret, tmp_path):
    """With an empty one anybody could sign."""
    if why := missing(kind.needs):
        pytest.skip(why)
    receiver = Receiver(kind, tmp_path, secret)
    try:
        receiver.start()
    except Exception:
        assert "secret" in receiver.logged().lower()
        return
    try:
        assert receiver.tiyin.sends(event("1001", 3)) == 500
    finally:
        receiver.kill()


def account_of(event):
    return event["data"]["order"]["account"]
