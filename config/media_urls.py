"""Addresses on the media host: no file yet. Nothing is shown from here until somebody may look on purpose."""

from django.urls import URLPattern, URLResolver, path

from cases.views import blocked_load

handler500 = "cases.unreadable.failed"
urlpatterns: list[URLPattern | URLResolver] = [path("r", blocked_load.report, name="report_blocked")]
