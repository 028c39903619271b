"""Settings that every environment shares. What may differ comes from the environment (config/env.py)."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from cases import limits
from config import env

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
KEY_SOURCE = env.key_source()
STAGING_DIR = DATA_DIR / "staging"
CLAMD = env.text("RECOURSE_CLAMD", "")
MAX_UPLOAD = env.number("RECOURSE_MAX_UPLOAD", 1 << 30)

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
ORG_SIGNATORY = env.text("RECOURSE_ORG_SIGNATORY", "The casework team")
MAIL_FROM = env.text("RECOURSE_MAIL_FROM", "casework@casework.example")
REPLY_DOMAIN = env.text("RECOURSE_REPLY_DOMAIN", "reply.casework.example")
CLIENT_MAIL_FROM = env.text("RECOURSE_CLIENT_MAIL_FROM", "hello@page.example")
DEMO_SITE = env.number("RECOURSE_DEMO_SITE", 0)
FETCH_LOOPBACK = env.loopback_allowed()
NOTICE_UNDO_SECONDS = env.number("RECOURSE_UNDO_SECONDS", 30)
CHECK_GAP_SECONDS = env.number("RECOURSE_CHECK_GAP", 600)
CHECK_EVERY_SECONDS = env.number("RECOURSE_CHECK_EVERY", 6 * 3600)
SWEEP_SECONDS = env.number("RECOURSE_SWEEP_SECONDS", 30)
TRUSTEES = tuple(filter(None, (part.strip() for part in env.text("RECOURSE_TRUSTEES", "").split(","))))
TSA_URLS = tuple(filter(None, (part.strip() for part in env.text("RECOURSE_TSA_URLS", "").split(","))))
TSA_ROOTS = Path(env.text("RECOURSE_TSA_ROOTS", str(DATA_DIR / "tsa")))
TSA_LOOPBACK: frozenset[tuple[str, int]] = frozenset()
"""Host and port pairs on loopback that may answer as an authority: for tests only."""
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

CASE_PANELS: tuple[str, ...] = ("takedowns.panels.links", "evidence.panels.exhibits", "takedowns.panels.notices")
"""Parts of a case's overview, in order: functions (case, actor, at) -> cases.contributions.Panel."""
CASE_TABS: tuple[str, ...] = ("takedowns.panels.tabs", "evidence.panels.tabs")
"""Tabs of a case page, in order: functions (case, actor) -> list of cases.contributions.Tab."""
INTAKE_PARTS: tuple[str, ...] = ("takedowns.panels.intake_links",)
"""Parts of the staff's intake screen that upper apps own: cases.contributions.IntakePart."""
PORTAL_PARTS: tuple[str, ...] = ("takedowns.panels.portal_links",)
"""Steps of the client's report that upper apps own: functions (case, actor) -> cases.contributions.PortalPart."""
PORTAL_STATUS: tuple[str, ...] = ("takedowns.panels.portal_status",)
"""Parts of the client's status page: functions (case, actor, at) -> cases.contributions.Panel."""
BUNDLE_SECTIONS: tuple[str, ...] = (
    "evidence.bundle_sections.timeline",
    "evidence.bundle_sections.exhibits",
    "takedowns.bundle_sections.links",
    "takedowns.bundle_sections.notices",
    "evidence.bundle_sections.custody",
    "evidence.bundle_sections.system",
    "evidence.bundle_sections.glossary",
)
"""Sections of a packet, in order: functions (case, at) -> evidence.sections.Section."""
CUSTODY_DISCLOSED: tuple[str, ...] = ("evidence.events.DISCLOSED", "takedowns.disclosure.DISCLOSED")
"""What a bundle tells of the record: mappings of kind of event to the values that may be read. All else is withheld."""
SEARCH_SOURCES: tuple[str, ...] = ("cases.search.cases", "takedowns.search.links")
"""Exact look-ups of the search box, in order: functions (text, actor) -> list of cases.contributions.Hit."""
STATISTICS: tuple[str, ...] = ()
"""Figures for supervisors, in order."""
AGE_LOCK_PARTS: tuple[str, ...] = (
    "takedowns.actions.reported_url.discard_for_age",
    "evidence.actions.share.freeze_for_age",
)
"""What upper apps do, in the same transaction, when a case is locked for age: functions (case, by, at)."""
CASE_UNFINISHED: tuple[str, ...] = ("takedowns.actions.closing.unfinished", "evidence.actions.closing.unfinished")
"""What a case still has open before it is closed: functions (case, actor, at) -> list of cases.closing.Unfinished."""
CASE_CLOSE_PARTS: tuple[str, ...] = ("takedowns.actions.closing.stop", "evidence.actions.closing.stop")
"""What upper apps do, in the same transaction, when a case is closed: functions (case, by, at)."""
CASE_REOPEN_PARTS: tuple[str, ...] = ("takedowns.actions.closing.go_on",)
"""What upper apps do, in the same transaction, when a case is opened again: functions (case, by, at)."""
RETENTION_CLASSES: dict[str, str] = {
    "cases.Authority": "people",
    "cases.Bar": "people",
    "cases.Closing": "notes",
    "cases.Consent": "people",
    "cases.Effect": "notes",
    "cases.Membership": "people",
    "cases.Message": "notes",
    "cases.Note": "notes",
    "cases.Party": "people",
    "cases.Report": "drafts",
    "cases.SafeContact": "people",
    "cases.Withdrawal": "people",
    "evidence.Bundle": "bundles",
    "evidence.Exhibit": "media",
    "evidence.Share": "bundles",
    "takedowns.Notice": "letters",
    "takedowns.ReportedUrl": "letters",
}
"""Which class of data (cases.retention.DataClass) each sealed table with a case belongs to."""
RETENTION_PARTS: tuple[str, ...] = ("evidence.actions.removal.remove",)
"""What upper apps write down when a class of a closed case is removed: functions (case, kind, rule, at)."""
KEPT_AFTER_ERASURE: tuple[str, ...] = (
    "cases.Approval",
    "cases.Closing",
    "cases.Erasure",
    "cases.Event",
    "cases.Hold",
    "cases.Removal",
)
"""Tables whose rows outlive an erased case, without a word in them. Every other table with a case loses its rows."""
AGE_UNLOCK_PARTS: tuple[str, ...] = ("takedowns.actions.reported_url.resume_after_age",)
"""What upper apps do, in the same transaction, when two people lifted an age lock: functions (case, by, at)."""
EFFECTS: tuple[str, ...] = (
    "cases.effects.HANDLERS",
    "cases.export_effects.HANDLERS",
    "cases.staff_effects.HANDLERS",
    "cases.anchor_effects.HANDLERS",
    "takedowns.effects.HANDLERS",
)
"""Who carries out which kind of effect: mappings of kind to a function (effect_id)."""
APPROVALS: tuple[str, ...] = (
    "cases.approval_handlers.HANDLERS",
    "cases.ending_approvals.HANDLERS",
    "takedowns.approvals.HANDLERS",
)
"""Who does what a second person allowed: mappings of kind to a function (approval, by, at) in the same transaction."""
APPROVAL_PANELS: tuple[str, ...] = ("takedowns.approvals.PANELS", "cases.ending_approvals.PANELS")
"""What exactly is asked, on the page of a request: mappings of kind to a function (approval, actor, at) -> Panel."""
EXPORTS: tuple[str, ...] = ("cases.export_lists.EXPORTS", "cases.audit.EXPORTS", "takedowns.export_lists.EXPORTS")
"""Lists that can leave as a file: mappings of kind to cases.exports.Source."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_person": {"()": "cases.logs.WithoutPersonalData"}},
    "formatters": {"line": {"()": "cases.logs.StructuredFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_person"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "recourse": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.request": {"level": "ERROR"},  # a 404 is an answer, not a fault
    },
}
