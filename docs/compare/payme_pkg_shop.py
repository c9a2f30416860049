"""payme-pkg's own example, as its README has it: http://127.0.0.1:8801/payment/update/.

With `text-json`, the view is also told to read that Content-Type, which Django REST framework by itself refuses.
"""

import sys
from typing import Any

from django_shop import main, set_up
from shop import KEY


def views() -> list[Any]:
    from django.urls import path
    from orders.models import Order
    from payme.models import PaymeTransactions
    from payme.views import PaymeWebHookAPIView
    from rest_framework.parsers import JSONParser

    class TextJSONParser(JSONParser):
        media_type = "text/json"

    class PaymeCallBackAPIView(PaymeWebHookAPIView):
        parser_classes = (JSONParser, *([TextJSONParser] if "text-json" in sys.argv else []))

        def handle_successfully_payment(self, params: Any, result: Any, *args: Any, **kwargs: Any) -> None:
            transaction = PaymeTransactions.get_by_transaction_id(transaction_id=params["id"])
            Order.objects.filter(pk=transaction.account_id).update(status="paid")

        def handle_cancelled_payment(self, params: Any, result: Any, *args: Any, **kwargs: Any) -> None:
            transaction = PaymeTransactions.get_by_transaction_id(transaction_id=params["id"])
            Order.objects.filter(pk=transaction.account_id).update(status="cancelled")

    return [path("payment/update/", PaymeCallBackAPIView.as_view())]


application = set_up(
    "payme-pkg",
    "payme",
    views,
    {
        "PAYME_ID": "587f72c72cac0d162c722ae2",
        "PAYME_KEY": KEY,
        "PAYME_ACCOUNT_FIELD": "order_id",
        "PAYME_AMOUNT_FIELD": "amount",
        "PAYME_ACCOUNT_MODEL": "orders.models.Order",
        "PAYME_ONE_TIME_PAYMENT": True,
    },
)

if __name__ == "__main__":
    main(8801)
