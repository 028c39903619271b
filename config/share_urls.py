"""Addresses of shares, under /share/ on the staff host with a session of their own."""

from django.urls import include, path

urlpatterns = [path("share/", include("evidence.share_urls"))]
