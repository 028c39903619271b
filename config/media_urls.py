"""Addresses on the media host: renditions of our own making while a look is held. No file as it came leaves here."""

from django.urls import URLPattern, URLResolver, include, path

from cases.views import blocked_load
from evidence.views import preview

handler500 = "cases.unreadable.failed"
media = [path("p/<str:token>/<slug:name>", preview.preview, name="preview")]
urlpatterns: list[URLPattern | URLResolver] = [
    path("r", blocked_load.report, name="report_blocked"),
    path("", include((media, "media"))),
]
