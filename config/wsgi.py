"""The web entry."""

import os

from django.core.wsgi import get_wsgi_application

from config.celery import app as celery_app
from config.startup import refuse_to_serve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

refuse_to_serve()
application = get_wsgi_application()
__all__ = ["application", "celery_app"]
