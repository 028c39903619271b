"""Addresses on the staff host."""

from django.urls import include, path

from cases.views import health, home, second_factor, styleguide

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.alive, name="alive"),
    path("", include("cases.urls")),
    path("", include("evidence.urls")),
    path("", include("takedowns.urls")),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", second_factor.remove_passkey, name="remove_passkey"),
    path("accounts/", include("allauth.urls")),
    path("styleguide/", styleguide.staff, name="styleguide"),
    path("styleguide/portal", styleguide.portal, name="styleguide_portal"),
]
