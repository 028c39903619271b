"""Addresses of shares, under /share/ on the staff host with a session of their own."""

from django.urls import include, path

from cases.views import blocked_load

handler500 = "cases.unreadable.failed"
urlpatterns = [
    path("share/r", blocked_load.report, name="report_blocked"),
    path("share/", include("evidence.share_urls")),
]
