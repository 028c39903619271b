"""Addresses on the portal's host: each app's own pages for clients, under one name."""

from django.urls import include, path

from cases.portal_urls import urlpatterns as of_cases
from cases.views import blocked_load
from evidence.portal_urls import urlpatterns as of_evidence
from takedowns.portal_urls import urlpatterns as of_takedowns

handler500 = "cases.unreadable.failed"
urlpatterns = [
    path("r", blocked_load.report, name="report_blocked"),
    path("", include(([*of_cases, *of_evidence, *of_takedowns], "portal"))),
]
