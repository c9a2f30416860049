"""19,500 made-up requests, and 500 more in test_openapi.py.

Whatever is sent, every answer keeps the rules, and the gateway is unharmed.
"""

from tests.faults.hostile import answer_checks
from tests.faults.hostile.api_calls import api_requests
from tests.faults.hostile.attack import Attack
from tests.faults.hostile.click_forms import click_requests
from tests.faults.hostile.payme_calls import payme_requests

# Requests that are all refused at once prove little: some must get as far as this.
PAYME_FAR = {0, -32700, -32600, -32601, -32504, -32300, -31001, -31003, -31008, -31050, -31051, -31053}
CLICK_FAR = {0, -1, -2, -3, -4, -5, -6, -8, -9}
API_FAR = {0, 201, 400, 401, 404, 405, 409, 413, 422}


def test_eight_thousand_requests_at_payme(attack: Attack):
    heard = attack.send_generated(payme_requests(attack.world), 8_000, answer_checks.of_payme)
    assert heard.keys() >= PAYME_FAR, heard
    attack.assert_unharmed()


def test_seven_thousand_requests_at_click(attack: Attack):
    heard = attack.send_generated(click_requests(attack.world), 7_000, answer_checks.of_click)
    assert heard.keys() >= CLICK_FAR, heard
    attack.assert_unharmed()


def test_four_and_a_half_thousand_requests_at_the_merchant_api(attack: Attack):
    heard = attack.send_generated(api_requests(attack.world), 4_500, answer_checks.of_api)
    assert heard.keys() >= API_FAR, heard
    attack.assert_unharmed()
