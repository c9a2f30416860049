"""A Django project around the app `webhooks`: nothing here but the settings that it needs.

    export WEBHOOK_SECRET=whsec_…
    python manage.py migrate --run-syncdb && python manage.py runserver 8090

It is sent to at http://127.0.0.1:8090/webhooks/tiyin.
"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    SECRET_KEY="of no use here: neither sessions nor forms",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF="webhooks.urls",
    INSTALLED_APPS=["webhooks"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],  # as in your project: the view is exempt from it
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("SHOP_DATABASE", "shop.db"),
            "OPTIONS": {"transaction_mode": "IMMEDIATE"},  # SQLite alone needs it: to wait for others, not to fail
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    WEBHOOK_SECRET=os.environ["WEBHOOK_SECRET"],
)

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
