"""A gateway that runs already: where it is, its secret, and how to make an order. Nothing else is needed.

Here it is tiyin's demonstration, in test mode, whose keys lie in its data directory:

    make run                 # in another terminal; the gateway lives in an environment of its own
    set -a; . .tiyin/demo.env; set +a; pytest examples/running_gateway
"""

import os

from tiyin_sandbox.pytest_plugin import Click, Payme, TiyinOrders, click_checks, payme_checks

GATEWAY = os.environ.get("GATEWAY", "http://127.0.0.1:8080")
ORDERS = TiyinOrders(GATEWAY, os.environ["API_TEST_TOKEN"])

payme = payme_checks(Payme(f"{GATEWAY}/payment/callback/payme", os.environ["PAYME_TEST_KEY"], order=ORDERS))

click = click_checks(
    Click(
        f"{GATEWAY}/payment/callback/click",
        int(os.environ["DEMO_CLICK_TEST_SERVICE_ID"]),
        os.environ["DEMO_CLICK_TEST_SECRET_KEY"],
        order=ORDERS,
    )
)
