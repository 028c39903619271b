"""Addresses on the portal's host: each app's own pages for clients, under one name."""

from django.urls import include, path

from cases.portal_urls import urlpatterns as of_cases
from takedowns.portal_urls import urlpatterns as of_takedowns

urlpatterns = [
    path("", include(([*of_cases, *of_takedowns], "portal"))),
]
