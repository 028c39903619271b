"""Addresses on the staff host."""

from django.urls import include, path

from cases.views import blocked_load, health, home, styleguide

handler500 = "cases.unreadable.failed"
urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.alive, name="alive"),
    path("r", blocked_load.report, name="report_blocked"),
    path("", include("cases.urls")),
    path("", include("evidence.urls")),
    path("", include("takedowns.urls")),
    path("accounts/", include("cases.account_urls")),
    path("styleguide/", styleguide.staff, name="styleguide"),
    path("styleguide/portal", styleguide.portal, name="styleguide_portal"),
]
