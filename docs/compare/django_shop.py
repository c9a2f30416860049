"""Serves a Django project of one URL configuration, with SQLite and Django's own threaded server."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from shop import HOST, ORDERS, SOM, fresh_database

sys.path.insert(0, str(Path(__file__).parent))


def serve(name: str, app: str, port: int, views: Callable[[], list[Any]], more: Mapping[str, Any]) -> None:
    """app: of the package that is compared. views: its URL patterns, once Django is set up."""
    os.environ["TZ"] = "UTC"  # as Django does for a settings module, but not for settings.configure
    time.tzset()
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": fresh_database(name), "OPTIONS": {"timeout": 20}}
    settings.configure(
        SECRET_KEY="of-a-demonstration",
        ALLOWED_HOSTS=[HOST],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "orders", app],
        DATABASES={"default": database},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
        **more,
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from orders.models import Order

    Order.objects.bulk_create([Order(id=number, amount=SOM) for number in ORDERS])
    urlpatterns.extend(views())
    call_command("runserver", f"{HOST}:{port}", use_reloader=False)


urlpatterns: list[Any] = []
