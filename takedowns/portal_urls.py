"""Addresses of takedowns on the portal, in its namespace. They say nothing of what they are for."""

from django.urls import path

from takedowns.views import portal

urlpatterns = [
    path("e", portal.links, name="links"),
    path("e/1", portal.list_links, name="list_links"),
]
