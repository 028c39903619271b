"""Settings of one production host: https, secrets from files, no demo."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403

STYLEGUIDE = False
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}  # noqa: F405

if FETCH_LOOPBACK or DEMO_SITE:  # noqa: F405
    raise ImproperlyConfigured("RECOURSE_FETCH_LOOPBACK and RECOURSE_DEMO_SITE are for the demo; unset them.")
if SCHEME != "https":  # noqa: F405
    raise ImproperlyConfigured("RECOURSE_SCHEME must be https in production.")
if PORTAL_HOST.rsplit(":", 1)[0] == STAFF_HOST.rsplit(":", 1)[0]:  # noqa: F405
    raise ImproperlyConfigured("RECOURSE_PORTAL_HOST must be another name than RECOURSE_STAFF_HOST.")

SECURE_SSL_REDIRECT = PROXIES == 0  # noqa: F405
if PROXIES:  # noqa: F405
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W008"]  # noqa: F405
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAMES = {"staff": "__Host-sid", "portal": "__Host-pid", "media": "__Host-mid", "share": "__Host-shid"}
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
