"""Parts brought from outside (database, queue, storage, mail): each set one is tried before anything starts."""

import importlib
import os
import smtplib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import redis

from config.runtime.children import Refused

SECONDS = 3
DATABASES = {"DATABASE_URL": "web", "DATABASE_WORKER_URL": "worker", "DATABASE_OWNER_URL": "owner"}

STANDING = """
SELECT current_user, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'),
       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname = current_user
"""


def check(environ: Mapping[str, str]) -> None:
    """Try every part that `environ` sets; raise Refused, in one line, at the first that cannot be used."""
    checks: dict[str, Callable[[str], None]] = {"REDIS_URL": queue, "STORAGE_URL": storage, "EMAIL_URL": mail}
    databases(environ)
    for name, part in checks.items():
        if url := environ.get(name):
            part(url)


def databases(environ: Mapping[str, str]) -> None:
    """Connect with each database URL that is set, and refuse a runtime login that could step around the row rules."""
    given = {name: environ[name] for name in DATABASES if environ.get(name)}
    if not given:
        return
    if missing := [name for name in DATABASES if name not in given]:
        raise Refused(f"{next(iter(given))} is set, but {' and '.join(missing)} is not; a database needs all three.")
    logins: dict[str, str] = {}
    for name, url in given.items():
        role = DATABASES[name]
        try:
            with psycopg.connect(url, connect_timeout=SECONDS) as connection:
                row = connection.execute(STANDING).fetchone()
        except psycopg.Error as error:
            raise Refused(f"{name} is set, but the database cannot be used: {_one_line(error)}") from error
        assert row is not None
        login, superuser, bypasses, owns, member = row
        if role != "owner":
            standing = {
                "is a superuser": superuser,
                "bypasses row-level security": bypasses,
                "owns tables": owns,
                "is a member of another role": member,
            }
            if found := next((text for text, true in standing.items() if true), None):
                raise Refused(f"{name}: the login {login} {found}; the {role} process must run as a plain login.")
        if login in logins:
            raise Refused(f"{name} and {logins[login]} use the same login {login}; each needs its own.")
        logins[login] = name


def queue(url: str) -> None:
    """Ping the queue."""
    # Celery's spelling of a socket address; the client library has another.
    plain = url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")
    try:
        with redis.Redis.from_url(plain, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise Refused(f"REDIS_URL is set, but the queue cannot be used: {_one_line(error)}") from error


def storage(url: str) -> None:
    """Write to the folder, or ask for the bucket."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
        except OSError as error:
            raise Refused(f"STORAGE_URL is set, but {folder} cannot be written: {error.strerror}.") from error
    elif parts.scheme == "s3":
        _bucket(url)
    else:
        raise Refused("STORAGE_URL is set, but it is neither file:///folder nor s3://key:secret@endpoint/bucket.")


def _bucket(url: str) -> None:
    # Slow to import and needed by few; without types.
    boto3: Any = importlib.import_module("boto3")
    config: Any = importlib.import_module("botocore.config")
    errors: Any = importlib.import_module("botocore.exceptions")
    parts = urlsplit(url)
    scheme = "http" if parse_qs(parts.query).get("tls", ["true"])[0] == "false" else "https"
    client = boto3.client(
        "s3",
        endpoint_url=f"{scheme}://{parts.netloc.rpartition('@')[2]}",
        aws_access_key_id=unquote(parts.username or ""),
        aws_secret_access_key=unquote(parts.password or ""),
        region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        config=config.Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 1}),
    )
    try:
        client.head_bucket(Bucket=parts.path.strip("/"))
    except (errors.BotoCoreError, errors.ClientError, ValueError) as error:
        raise Refused(f"STORAGE_URL is set, but the bucket cannot be used: {_one_line(error)}") from error


def mail(url: str) -> None:
    """Connect to the mail server and greet it; nothing is sent and nobody signs in."""
    parts = urlsplit(url)
    if parts.scheme != "smtp" or not parts.hostname:
        raise Refused("EMAIL_URL is set, but it is not smtp://user:password@host:port/.")
    try:
        with smtplib.SMTP(parts.hostname, parts.port or 25, timeout=SECONDS) as server:
            server.ehlo()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Refused(f"EMAIL_URL is set, but the mail server cannot be used: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    """Return the last line of an error's text; addresses of servers may show, passwords never stand in one."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
