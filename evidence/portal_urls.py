"""Addresses of evidence on the portal, in its namespace. They say nothing of what they are for."""

from django.urls import path

from evidence.views import portal_files

urlpatterns = [path("f", portal_files.files, name="files")]
"""One page: what a client was asked to send."""
