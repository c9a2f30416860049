"""Where tiyin sends to."""

from django.urls import path

from webhooks.views import receive

urlpatterns = [path("webhooks/tiyin", receive)]
