"""The events that were received, and the shop's orders."""

from django.db import models


class ReceivedEvent(models.Model):
    id = models.CharField(primary_key=True, max_length=64)
    """The header webhook-id: the same however often an event is sent."""


class Order(models.Model):
    account = models.CharField(primary_key=True, max_length=255)
    state = models.CharField(max_length=32, default="awaiting")
    version = models.BigIntegerField(default=0)
    """Of the newest event that is known."""
    activations = models.IntegerField(default=0)
