"""Addresses on the media host: none yet. Nothing is shown from here until somebody may look on purpose."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
