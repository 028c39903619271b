"""Settings that every environment shares. What may differ comes from the environment (config/env.py)."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from cases import limits
from config import env
from config.settings.parts import *  # noqa: F403

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
KEY_SOURCE = env.key_source()
STAGING_DIR = DATA_DIR / "staging"
CLAMD = env.text("RECOURSE_CLAMD", "")
SANDBOX = env.text("RECOURSE_SANDBOX", "bwrap")
SCRUB_BYTES = env.number("RECOURSE_SCRUB_BYTES", 512 << 20)
C2PA_TRUST = env.optional_path("RECOURSE_C2PA_TRUST")
MAX_UPLOAD = env.number("RECOURSE_MAX_UPLOAD", 1 << 30)
MAX_RESUMABLE = env.number("RECOURSE_MAX_RESUMABLE", 8 << 30)
PART_BYTES = 8 << 20
"""A large file comes in parts of this size (docs/uploads.md)."""
CLIENT_PART_BYTES = 2 << 20
"""A client's file comes in smaller parts: on a weak line a part that breaks off is sent again whole."""

SECRET_KEY = env.secret_key()
DEBUG = False

STAFF_HOST = env.text("RECOURSE_STAFF_HOST", "localhost:8000")
PORTAL_HOST = env.text("RECOURSE_PORTAL_HOST", "portal.localhost:8000")
MEDIA_HOST = env.text("RECOURSE_MEDIA_HOST", "media.localhost:8000")
SCHEME = env.text("RECOURSE_SCHEME", "http")
PROXIES = env.number("RECOURSE_PROXIES", 0)
OWN_NAMES = {host.rsplit(":", 1)[0] for host in (STAFF_HOST, PORTAL_HOST, MEDIA_HOST)}
ALLOWED_HOSTS = sorted(OWN_NAMES | {"127.0.0.1", "0.0.0.0", "[::1]"})  # noqa: S104 — names in requests, not a bind

PORTAL_NAME = env.text("RECOURSE_PORTAL_NAME", "My page")
EXIT_URL = env.text("RECOURSE_EXIT_URL", "https://www.yr.no/en")
ORG_NAME = env.text("RECOURSE_ORG_NAME", "Our helpline")
COMMIT = env.text("RECOURSE_COMMIT", "")
ORG_SIGNATORY = env.text("RECOURSE_ORG_SIGNATORY", "The casework team")
MAIL_FROM = env.text("RECOURSE_MAIL_FROM", "casework@casework.example")
REPLY_DOMAIN = env.text("RECOURSE_REPLY_DOMAIN", "reply.casework.example")
MAILBOX_URL = env.text("RECOURSE_MAILBOX", "")
CLIENT_MAIL_FROM = env.text("RECOURSE_CLIENT_MAIL_FROM", "hello@page.example")
DEMO_SITE = env.number("RECOURSE_DEMO_SITE", 0)
FETCH_LOOPBACK = env.loopback_allowed()
NOTICE_UNDO_SECONDS = env.number("RECOURSE_UNDO_SECONDS", 30)
CHECK_GAP_SECONDS = env.number("RECOURSE_CHECK_GAP", 600)
CAPTURE_GAP_SECONDS = env.number("RECOURSE_CAPTURE_GAP", 60)
CAPTURES_AT_ONCE = env.number("RECOURSE_CAPTURES_AT_ONCE", 1)
CHECK_EVERY_SECONDS = env.number("RECOURSE_CHECK_EVERY", 6 * 3600)
SWEEP_SECONDS = env.number("RECOURSE_SWEEP_SECONDS", 30)
TRUSTEES = tuple(filter(None, (part.strip() for part in env.text("RECOURSE_TRUSTEES", "").split(","))))
TSA_URLS = tuple(filter(None, (part.strip() for part in env.text("RECOURSE_TSA_URLS", "").split(","))))
TSA_ROOTS = Path(env.text("RECOURSE_TSA_ROOTS", str(DATA_DIR / "tsa")))
TSA_LOOPBACK: frozenset[tuple[str, int]] = frozenset()
"""Host and port pairs on loopback that may answer as an authority: for the demo and tests only."""
SIGNING_IS_NAMED = bool(env.text("RECOURSE_SIGNING_KEY", ""))
SIGNING_IS_TOLD = bool(env.text("RECOURSE_SIGNING_CERTIFICATES", ""))
"""Certificates that were named without a key are shown and told; only who has the key signs."""
SIGNING_KEY = Path(env.text("RECOURSE_SIGNING_KEY", str(DATA_DIR / "signing" / "key.pem")))
SIGNING_CERTIFICATES = Path(env.text("RECOURSE_SIGNING_CERTIFICATES", str(SIGNING_KEY.parent / "chain.pem")))
SIGNING_CRL = Path(env.text("RECOURSE_SIGNING_CRL", str(SIGNING_KEY.parent / "crl.pem")))
CLOCK_SOURCES: tuple[str, ...] = ("evidence.proofs.clock.chrony", "evidence.proofs.clock.kernel")
"""Who knows how far this machine's clock is off, asked in order: functions () -> Reading or None."""
BULK_ROWS = env.number("RECOURSE_BULK_ROWS", 50)
LIMITS = limits.table(env.text("RECOURSE_LIMITS", ""))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "cases",
    "evidence",
    "takedowns",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "cases.hosts.PrivacyHeadersMiddleware",
    "cases.hosts.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cases.sessions.DoorSessionMiddleware",
    "cases.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cases.unreadable.UnreadableMiddleware",
    "cases.views.refusal.OverLimitMiddleware",
]

ROOT_URLCONF = "config.urls"
PORTAL_URLCONF = "config.portal_urls"
MEDIA_URLCONF = "config.media_urls"
SHARE_URLCONF = "config.share_urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.csrf",
                "django.contrib.messages.context_processors.messages",
                "cases.context.page",
            ],
            "builtins": ["cases.templatetags.forms", "cases.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "cases.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail is unique by a constraint on its lower case
    "security.W002",  # cases.hosts.PrivacyHeadersMiddleware sends X-Frame-Options
]

AUTHENTICATION_BACKENDS = ["cases.backends.StaffBackend", "cases.backends.ClientBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}},
    {"NAME": "cases.passwords.AboutUsValidator"},
    {"NAME": "cases.passwords.KnownPasswordValidator"},
]
BREACHED_PASSWORDS = env.optional_path("RECOURSE_BREACHED_PASSWORDS")
"""A sorted list of SHA-1 of leaked passwords (docs/running.md), or None."""
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "cases.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {"reset_password": "cases.signin_forms.NewPasswordForm"}
# Ours count by account and place (cases/places.py); the library's keys would let a stranger keep a person out.
ACCOUNT_RATE_LIMITS = dict.fromkeys(("login", "login_failed", "reauthenticate", "reset_password"))
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "cases.accounts.MFAAdapter"
MFA_FORMS = {
    "authenticate": "cases.signin_forms.CodeForm",
    "reauthenticate": "cases.signin_forms.ConfirmCodeForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Casework"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SCHEME == "http"

SESSION_ENGINE = "cases.sessions"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SCHEME == "https"
SESSION_COOKIE_NAMES = {
    "staff": "sid",
    "portal": env.text("RECOURSE_PORTAL_COOKIE", "pid"),
    "media": "mid",
    "share": "shid",
}
SESSION_LIMITS = {
    "staff": (15 * 60, 10 * 3600),
    "portal": (20 * 60, 4 * 3600),
    "media": (15 * 60, 10 * 3600),
    "share": (20 * 60, 2 * 3600),
}
"""Per door: seconds of quiet after which a session ends, and seconds after which it ends anyhow."""
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "cases.views.refusal.csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
# Other sites learn nothing; with no-referrer Chromium would send "Origin: null" and our own forms be refused.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
WHITENOISE_ALLOW_ALL_ORIGINS = False
REPORT_GROUP = "csp"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", f"{SCHEME}://{MEDIA_HOST}"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "report-to": REPORT_GROUP,
    }
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "none"}},
    "vault": env.storage(),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_HANDLERS = ("evidence.uploads.RefusingUploadHandler",)
"""Uploads outside evidence are dropped unread: Django's own handlers would spool them in the clear."""

REDIS_URL = env.text("REDIS_URL")
# Rate limits and spent codes hold for all processes, and while the queue is away: so they lie in Postgres.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "recourse_cache",
        # At Django's 300 rows a stranger could push spent codes and counters out by asking for many.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
}

globals().update(env.mail())
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
DEFAULT_FROM_EMAIL = MAIL_FROM

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
PORTAL_LANGUAGES: tuple[str, ...] = tuple(env.text("RECOURSE_PORTAL_LANGUAGES", "en").split(","))
"""Languages that clients may choose; what nobody has reviewed is off until a person switches it on."""
REVIEWED_LANGUAGES: tuple[str, ...] = tuple(env.text("RECOURSE_REVIEWED_LANGUAGES", "en").split(","))
"""Languages whose safety and consent texts a person has reviewed; in others those pages are shown in English."""
LANGUAGE_COOKIE_NAME = "lang"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]

PLAYBOOK_FILES: list[Path] = []
"""Playbooks beside those that ship with takedowns; the demo adds its fictional platforms here."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_person": {"()": "cases.logs.WithoutPersonalData"}},
    "formatters": {"line": {"()": "cases.logs.StructuredFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_person"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "recourse": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "pyhanko": {"level": "ERROR"},  # it warns that nothing is fetched, which is so on purpose
        "django.request": {"level": "ERROR"},  # a 404 is an answer, not a fault
    },
}
