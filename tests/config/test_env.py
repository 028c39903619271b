"""Settings from the environment: each has a name, a meaning, and a failure text that says both."""

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from tests.architecture.code import BASE

READS = re.compile(r'(?:text|number)\("([A-Z_]+)"')


def test_every_setting_that_is_read_is_explained():
    sources = [BASE / "config" / "env.py", *(BASE / "config" / "settings").glob("*.py")]
    names = {name for path in sources for name in READS.findall(path.read_text())}
    assert len(names) > 15
    assert names <= set(env.NAMES)


def test_every_setting_stands_in_the_docs_with_its_meaning():
    text = (BASE / "docs" / "settings.md").read_text()
    assert not [name for name, meaning in env.NAMES.items() if f"| `{name}` | {meaning} |" not in text]


def test_a_required_setting_that_is_missing_is_named_with_its_meaning(monkeypatch):
    monkeypatch.delenv("REDIS_URL")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL is not set"):
        env.text("REDIS_URL")


@pytest.mark.parametrize("value", ["-1", "ten", "1.5", " 3"])
def test_a_number_that_is_none_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("RECOURSE_PROXIES", value)
    with pytest.raises(ImproperlyConfigured, match="RECOURSE_PROXIES"):
        env.number("RECOURSE_PROXIES", 0)


def test_an_unknown_role_is_refused(monkeypatch):
    monkeypatch.setenv("RECOURSE_ROLE", "root")
    with pytest.raises(ImproperlyConfigured, match="web \\(default\\), worker or owner"):
        env.database()


def test_a_missing_secret_key_file_is_a_refusal_and_never_a_default(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE"):
        env.secret_key()


def test_a_bucket_with_its_key_becomes_the_s3_back_end(monkeypatch):
    monkeypatch.setenv("STORAGE_URL", "s3://key:se%2Fcret@s3.example:9000/sealed?tls=false")
    made = env.storage()
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    assert made["OPTIONS"]["bucket_name"] == "sealed"
    assert made["OPTIONS"]["secret_key"] == "se/cret"
    assert made["OPTIONS"]["endpoint_url"] == "http://s3.example:9000"


def test_a_storage_of_an_unknown_kind_is_refused(monkeypatch):
    monkeypatch.setenv("STORAGE_URL", "ftp://somewhere/")
    with pytest.raises(ImproperlyConfigured, match="ftp"):
        env.storage()


def test_a_mail_server_is_read_with_login_and_encryption(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://me:p%40ss@mail.example:587/?tls=true")
    made = env.mail()
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"], made["EMAIL_HOST_PASSWORD"], made["EMAIL_USE_TLS"]) == (
        "mail.example",
        587,
        "p@ss",
        True,
    )


def test_something_that_is_no_mail_server_is_refused(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "http://mail.example")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        env.mail()
