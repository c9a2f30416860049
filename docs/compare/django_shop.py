"""A Django project of one URL configuration: its settings, its orders, and Django's own threaded server."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from shop import HOST, ORDERS, POSTGRES, SOM, fresh_database

sys.path.insert(0, str(Path(__file__).parent))


def set_up(name: str, app: str, views: Callable[[], list[Any]], more: Mapping[str, Any]) -> Any:
    """The WSGI application. app: of the package that is compared. views: its URL patterns, once Django is set up."""
    os.environ["TZ"] = "UTC"  # as Django does for a settings module, but not for settings.configure
    time.tzset()
    settings.configure(
        SECRET_KEY="of-a-demonstration",
        ALLOWED_HOSTS=[HOST],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "orders", app],
        DATABASES={"default": _database(name)},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE="UTC",
        **more,
    )
    application = get_wsgi_application()
    urlpatterns.extend(views())
    return application


def main(port: int) -> None:
    """Make the tables and the orders, then serve them; with `prepare` only the first."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    from orders.models import Order

    Order.objects.bulk_create([Order(id=number, amount=SOM) for number in ORDERS], batch_size=5000)
    if "prepare" not in sys.argv:
        call_command("runserver", f"{HOST}:{port}", use_reloader=False)


def _database(name: str) -> dict[str, Any]:
    if POSTGRES is None:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": fresh_database(name), "OPTIONS": {"timeout": 20}}
    place = {"NAME": name.replace("-", "_"), "USER": "postgres", "HOST": POSTGRES}
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **place}


urlpatterns: list[Any] = []
