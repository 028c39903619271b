"""Every setting that comes from the environment: its name, meaning, default and failure text."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from cases.key_sources import KeyMissing, Source, source_of

BASE_DIR = Path(__file__).resolve().parent.parent

NAMES: dict[str, str] = {
    "RECOURSE_ROLE": "which database login this process uses: web (default), worker or owner",
    "DATABASE_URL": "Postgres as recourse_web: postgresql://user:password@host/name, a socket folder percent-encoded",
    "DATABASE_WORKER_URL": "the same database as recourse_worker",
    "DATABASE_OWNER_URL": "the same database as recourse_owner, for migrations only",
    "RECOURSE_POOLER": "transaction, when a pooler such as pgbouncer gives each its own connection (default none)",
    "REDIS_URL": "Redis or Valkey, redis://host/0 or redis+socket:///path?virtual_host=0",
    "STORAGE_URL": "where sealed files lie: file:///folder or s3://key:secret@endpoint/bucket",
    "EMAIL_URL": "outgoing mail: smtp://user:password@host:port/?tls=true",
    "RECOURSE_DATA": "folder for keys, sealed files and the embedded services (default var/data)",
    "RECOURSE_KEY_FILE": "file with the key-encryption and look-up keys (default <data>/keys)",
    "RECOURSE_KEYS": "the lines of the key file themselves, in place of the file",
    "RECOURSE_KEY_COMMAND": "a program that prints the lines of the key file, in place of the file",
    "SECRET_KEY_FILE": "file with Django's secret key (default <data>/secret_key)",
    "RECOURSE_STAFF_HOST": "host[:port] of the staff pages (default localhost:8000)",
    "RECOURSE_PORTAL_HOST": "host[:port] of the client portal, on another name (default portal.localhost:8000)",
    "RECOURSE_MEDIA_HOST": "host[:port] of previews (default media.localhost:8000)",
    "RECOURSE_SCHEME": "http for a local trial, https otherwise",
    "RECOURSE_PROXIES": "how many proxies of ours stand in front (default 0)",
    "RECOURSE_FETCH_LOOPBACK": "host:port list on loopback that re-checks may visit; demo and tests only",
    "RECOURSE_DEMO_SITE": "port of the demo site; set by bin/start --demo only",
    "RECOURSE_PORTAL_NAME": "neutral name that the portal shows as its title (default My page)",
    "RECOURSE_PORTAL_COOKIE": "neutral name of the portal's one cookie (default pid)",
    "RECOURSE_EXIT_URL": "where Leave this page goes (default a weather page)",
    "RECOURSE_COMMIT": "the commit that this copy was built from, as bundles state it (default unknown)",
    "RECOURSE_ORG_NAME": "the organisation's name on letters and packets",
    "RECOURSE_ORG_SIGNATORY": "the named person who signs letters for the organisation",
    "RECOURSE_MAIL_FROM": "sender of letters and reminders to staff",
    "RECOURSE_CLIENT_MAIL_FROM": "neutral sender of mail to clients, on a domain that names nothing",
    "RECOURSE_REPLY_DOMAIN": "domain of the random reply addresses of notices",
    "RECOURSE_MAILBOX": "imaps://user:password@host/folder that answers to notices arrive in (default none)",
    "RECOURSE_PORTAL_LANGUAGES": "languages that clients may choose, such as en,ar (default en; locally en,ar)",
    "RECOURSE_REVIEWED_LANGUAGES": "those whose safety and consent texts a person has reviewed (default en)",
    "RECOURSE_BREACHED_PASSWORDS": "file with SHA-1 of leaked passwords, sorted, HASH:count a line (default none)",
    "RECOURSE_SANDBOX": "the program bwrap that reads files apart, or none (default bwrap; docs/sandbox.md)",
    "RECOURSE_C2PA_TRUST": "file with certificates (PEM) of whom content credentials may be trusted (default none)",
    "RECOURSE_CLAMD": "socket path or host:port of a ClamAV daemon that looks at uploads (default none)",
    "RECOURSE_MAX_UPLOAD": "largest file of a plain form, in bytes (default 1 GiB)",
    "RECOURSE_MAX_RESUMABLE": "largest file that may come in parts, in bytes (default 8 GiB; docs/uploads.md)",
    "RECOURSE_UNDO_SECONDS": "seconds in which a mail that was sent can be taken back (default 30)",
    "RECOURSE_CHECK_GAP": "seconds between two looks that may agree (default 600; shorter only in demo and tests)",
    "RECOURSE_CHECK_EVERY": "seconds between two looks at a link that is up (default 21600)",
    "RECOURSE_CHROMIUM": "the browser for web captures (default: Chromium where Debian and Google put it, or on PATH)",
    "RECOURSE_CAPTURE_GAP": "seconds between two web captures of one site (default 60)",
    "RECOURSE_CAPTURES_AT_ONCE": "how many web captures run at the same time (default 1; each may use 1 GiB)",
    "RECOURSE_FETCH_HOST_GAP": "seconds between two visits to one host in a batch (default 2)",
    "RECOURSE_FETCH_SECONDS": "seconds after which one visit is given up (default 20)",
    "RECOURSE_TRUSTEES": "trustees' e-mail addresses, comma list: they keep the record's seals, may be a second person",
    "RECOURSE_TSA_URLS": "one or two time-stamp authorities (RFC 3161), comma list of addresses (none)",
    "RECOURSE_TSA_ROOTS": "folder with their root certificates as .pem (default <data>/tsa)",
    "RECOURSE_SIGNING_KEY": "key that signs bundles: PEM file, P-256 or RSA-3072 (default <data>/signing/key.pem)",
    "RECOURSE_SIGNING_CERTIFICATES": "its certificates (PEM, signer first, root last); without a key: shown, not used",
    "RECOURSE_SIGNING_CRL": "lists of withdrawn certificates (CRL) as PEM (default crl.pem beside the key)",
    "RECOURSE_LIMITS": "limits per person that differ from the defaults, like look.hour=40:200 (docs/two-people.md)",
    "RECOURSE_BULK_ROWS": "from how many rows an export needs a second person (default 50)",
    "RECOURSE_SCRUB_BYTES": "bytes of stored files that are verified each quarter of an hour (default 536870912)",
    "RECOURSE_SWEEP_SECONDS": "how often beat rings for due work, in seconds (default 30)",
}


def text(name: str, default: str | None = None) -> str:
    """Return a setting's text; raise ImproperlyConfigured with its meaning when it is required and missing."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. It is {NAMES[name]}.")
    return default


def number(name: str, default: int) -> int:
    """Return a whole number of zero or more."""
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number: {NAMES[name]}.")
    return int(value)


def optional_path(name: str) -> Path | None:
    """Return the path that a name gives, or None when it is not set."""
    value = os.environ.get(name, "")
    return Path(value) if value else None


def data_dir() -> Path:
    """Return the folder that holds keys and sealed files."""
    return Path(text("RECOURSE_DATA", str(BASE_DIR / "var" / "data")))


def secret_key() -> str:
    """Return Django's secret key from its file; a missing file is a refusal, never a default."""
    path = Path(text("SECRET_KEY_FILE", str(data_dir() / "secret_key")))
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"SECRET_KEY_FILE: {path} cannot be read ({error.strerror}).") from error


def key_source() -> Source:
    """Return where the keys come from: one of three settings, or the default file. Nothing is read yet."""
    try:
        return source_of(os.environ, data_dir() / "keys")
    except KeyMissing as error:
        raise ImproperlyConfigured(str(error)) from None


def database() -> dict[str, Any]:
    """Return Django's database settings for the login that RECOURSE_ROLE names."""
    role = text("RECOURSE_ROLE", "web")
    names = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL", "owner": "DATABASE_OWNER_URL"}
    if role not in names:
        raise ImproperlyConfigured(f"RECOURSE_ROLE is {role!r}; it is {NAMES['RECOURSE_ROLE']}.")
    settings: dict[str, Any] = dict(dj_database_url.parse(text(names[role])))
    settings["CONN_MAX_AGE"] = None
    settings["CONN_HEALTH_CHECKS"] = True
    behind = pooler()
    options = {**settings.get("OPTIONS", {}), **behind.pop("OPTIONS", {})}
    return settings | behind | ({"OPTIONS": options} if options else {})


def pooler() -> dict[str, Any]:
    """Return what changes behind a pooler that gives each transaction another connection; nothing without one.

    A cursor or a prepared statement lives on one connection, so neither may outlast a transaction; and a connection to
    the pooler costs little, so none is kept between requests.
    """
    mode = text("RECOURSE_POOLER", "none")
    if mode == "none":
        return {}
    if mode != "transaction":
        raise ImproperlyConfigured(f"RECOURSE_POOLER is {mode!r}; it is {NAMES['RECOURSE_POOLER']}.")
    options = {"prepare_threshold": None}
    return {"DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "OPTIONS": options}


def storage() -> dict[str, Any]:
    """Return the django-storages back end for sealed files."""
    url = text("STORAGE_URL", f"file://{data_dir() / 'vault'}")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": unquote(parts.path)}}
    if parts.scheme == "s3":
        query = parse_qs(parts.query)
        scheme = "http" if query.get("tls", ["true"])[0] == "false" else "https"
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        options = {
            "bucket_name": parts.path.strip("/"),
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "endpoint_url": f"{scheme}://{host}",
            "default_acl": "private",
            "file_overwrite": False,
            "querystring_auth": True,
        }
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    raise ImproperlyConfigured(f"STORAGE_URL starts with {parts.scheme!r}; it is {NAMES['STORAGE_URL']}.")


def mail() -> dict[str, Any]:
    """Return host, port, login and encryption of the outgoing mail server."""
    parts = urlsplit(text("EMAIL_URL", "smtp://127.0.0.1:1025"))
    if parts.scheme != "smtp" or not parts.hostname:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read; it is {NAMES['EMAIL_URL']}.")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parse_qs(parts.query).get("tls", ["false"])[0] == "true",
        "EMAIL_TIMEOUT": 20,
    }


def loopback_allowed() -> frozenset[str]:
    """Return the host:port names on loopback that the fetcher may visit (empty in production)."""
    return frozenset(filter(None, text("RECOURSE_FETCH_LOOPBACK", "").split(",")))
