"""paytechuz's own Django example, as its README has it: http://127.0.0.1:8802/payments/webhook/{payme,click}/.

With `confirm-id`, Click is also told the merchant_confirm_id that paytechuz leaves out.
"""

import json
import sys
from typing import Any

from django_shop import main, set_up
from shop import KEY, SECRET, SERVICE_ID, with_confirm_id

ORDERS = {"ACCOUNT_MODEL": "orders.models.Order", "AMOUNT_FIELD": "amount", "ONE_TIME_PAYMENT": True}


def views() -> list[Any]:
    from django.http import HttpRequest, HttpResponse
    from django.urls import path
    from orders.models import Order
    from paytechuz.integrations.django.views import BaseClickWebhookView, BasePaymeWebhookView

    class Delivers:
        def successfully_payment(self, params: Any, transaction: Any) -> None:
            Order.objects.filter(id=transaction.account_id).update(status="paid")

        def cancelled_payment(self, params: Any, transaction: Any) -> None:
            Order.objects.filter(id=transaction.account_id).update(status="cancelled")

    class PaymeWebhookView(Delivers, BasePaymeWebhookView):
        pass

    class ClickWebhookView(Delivers, BaseClickWebhookView):
        def post(self, request: HttpRequest, **more: Any) -> HttpResponse:
            response: HttpResponse = super().post(request, **more)
            if "confirm-id" in sys.argv:
                response.content = json.dumps(with_confirm_id(json.loads(response.content)))
            return response

    return [
        path("payments/webhook/payme/", PaymeWebhookView.as_view()),
        path("payments/webhook/click/", ClickWebhookView.as_view()),
    ]


application = set_up(
    "paytechuz-django",
    "paytechuz.integrations.django",
    views,
    {
        "PAYTECHUZ": {
            "PAYME": {"PAYME_ID": "587f72c72cac0d162c722ae2", "PAYME_KEY": KEY, "ACCOUNT_FIELD": "id", **ORDERS},
            "CLICK": {
                "SERVICE_ID": SERVICE_ID,
                "MERCHANT_ID": "98",
                "MERCHANT_USER_ID": "7788",
                "SECRET_KEY": SECRET,
                "ACCOUNT_FIELD": "id",
                "COMMISSION_PERCENT": 0.0,
                **ORDERS,
            },
        }
    },
)

if __name__ == "__main__":
    main(8802)
