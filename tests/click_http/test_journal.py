"""What the journal keeps of each call: its method, its code, never its signature."""

from urllib.parse import urlencode

import pytest

from click_http.form import masked
from inbound.exchange import TEXT_MAX_LENGTH

DIGEST = "bf1b3a8e50e73707cc9b3e9796d799f4"


async def test_every_call_is_journaled(http, click, shop, journal_rows):
    await shop.opens("1001")
    prepare_id = await click.pays("1001")
    await click.completes(prepare_id, "1001", error=-5017)
    await click.prepares("1001", amount="1", secret="wrong")
    await click.prepares("nobody")
    await click.prepares("1001", action="x" * 99)
    await http.get(click.url)
    await http.post(click.url + "/nobody")
    rows = [row for row in await journal_rows(9) if row.interface == "click"]
    assert [(row.interface, row.shop, row.method, row.code, row.refusal) for row in rows] == [
        ("click", "main", "Prepare", "0", None),
        ("click", "main", "Complete", "0", None),
        ("click", "main", "Complete", "-9", "payment_paid"),
        ("click", "main", "Prepare", "-1", None),
        ("click", "main", "Prepare", "-5", "order_not_found"),
        ("click", "main", "x" * 32, "-3", None),
        ("click", "main", "GET", "-8", None),
        ("click", None, "", "-8", None),
    ]


async def test_the_call_and_its_answer_are_kept_without_the_signature(click, journal_rows):
    form = click.form("1001")
    answer = await click.posts(form)
    (row,) = await journal_rows(1)
    assert row.request == urlencode(form | {"sign_string": "***"}, safe="*")
    assert (form["sign_string"] in row.request, '"error": -5' in row.answer, answer["error"]) == (False, True, -5)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"a=1&sign_string={DIGEST}&b=2", "a=1&sign_string=***&b=2"),
        (f"sign_string={DIGEST}", "sign_string=***"),
        (f"sign_string={DIGEST}&sign_string={DIGEST}", "sign_string=***&sign_string=***"),
        (f"sign%5Fstring={DIGEST}&a=1", "sign%5Fstring=***&a=1"),
        ('{"sign_string": "' + DIGEST.upper() + '"}', '{"sign_string": "***"}'),
        (f'name="sign_string"\r\n\r\n{DIGEST}\r\n', 'name="sign_string"\r\n\r\n***\r\n'),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_a_signature_is_masked_wherever_it_stands(text, kept):
    assert masked(text) == kept


def test_a_long_body_is_cut():
    assert masked("a=" + "x" * 50_000) == "a=" + "x" * (TEXT_MAX_LENGTH - 2)
