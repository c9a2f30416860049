"""Which order and which attempt a call was about is noted of every call, signed or not."""

import pytest

ID = "54321:7:1001"


async def test_of_both_actions_answered_well_or_refused(written, click, shop):
    await click.prepares("1001", click_trans_id=7)
    await shop.opens("1001")
    prepared = await click.prepares("1001", click_trans_id=7)
    await click.completes(prepared["merchant_prepare_id"], "1001", amount="1")
    await click.completes(prepared["merchant_prepare_id"], "1001")
    await click.prepares("1001", secret="wrong", click_trans_id=7)
    first, opening, *others = written.about()
    assert opening == ("1001", None)
    assert [first, *others] == [("1001", ID)] * 5


async def test_it_is_the_payments_own_external_id(written, click, shop):
    await shop.opens("1001")
    await click.prepares("1001", click_trans_id="007")
    (row,) = await shop.reads("SELECT external_id FROM payments WHERE shop = 'main'")
    assert written.about()[-1] == ("1001", row.external_id)


@pytest.mark.parametrize(
    ("fields", "about"),
    [
        pytest.param({"action": "2"}, ("1001", ID), id="unknown action"),
        pytest.param({"sign_time": None}, ("1001", ID), id="no call"),
        pytest.param({"service_id": "99"}, ("1001", "99:7:1001"), id="another service"),
        pytest.param({"service_id": "toys"}, ("1001", None), id="no service"),
        pytest.param({"service_id": None}, ("1001", None), id="without a service"),
        pytest.param({"click_trans_id": "7.0"}, ("1001", None), id="no number"),
        pytest.param({"click_trans_id": str(2**63)}, ("1001", None), id="too large"),
        pytest.param({"click_trans_id": None}, ("1001", None), id="without a number"),
        pytest.param({"merchant_trans_id": None}, (None, None), id="without an account"),
        pytest.param({"merchant_trans_id": ""}, (None, None), id="empty"),
        pytest.param({"merchant_trans_id": "x" * 256}, (None, None), id="too long"),
        pytest.param({"merchant_trans_id": "x" * 255}, ("x" * 255, "54321:7:" + "x" * 255), id="long"),
        pytest.param({"merchant_trans_id": "a\x1b[31m"}, (None, None), id="escape"),
        pytest.param({"merchant_trans_id": "\x00"}, (None, None), id="NUL"),
        pytest.param({"merchant_trans_id": "Ўзбек 1"}, ("Ўзбек 1", "54321:7:Ўзбек 1"), id="any script"),
    ],
)
@pytest.mark.parametrize("secret", [None, "wrong"])
async def test_what_is_malformed_says_it_as_far_as_it_can_be_read(written, click, journal_rows, fields, about, secret):
    await click.posts(click.form("1001", secret=secret, **{"click_trans_id": 7, **fields}))
    assert [row.about for row in await journal_rows(1)] == [about[0]]
    account, external_id = about
    kept = external_id if secret is None else external_id and external_id[:64]  # of a failed authentication
    assert written.about() == [(account, kept)]


@pytest.mark.parametrize(
    "body", [b"merchant_trans_id=%ff", b"\xff\x00", b"", b"merchant_trans_id=1001&merchant_trans_id=1002", b"&" * 99]
)
async def test_what_is_no_form_is_about_nothing(written, http, click, body):
    async with http.post(click.url, data=body) as response:
        assert response.status == 200
    assert written.about() == [(None, None)]
