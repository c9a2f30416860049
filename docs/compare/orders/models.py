"""The shop's orders, as both packages' guides have them."""

from django.db import models


class Order(models.Model):
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=20, default="pending")

    class Meta:
        app_label = "orders"
