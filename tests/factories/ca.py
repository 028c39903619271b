"""Signing identities of a throw-away organisation, and the settings that let it sign and be stamped."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings

from evidence.proofs import certificates, signing
from evidence.proofs.certificates import CHAIN, KEY, LIST, Identity
from evidence.proofs.signing import Signer
from tests.factories.tsa import Authority, answering

NAMES = ("SIGNING_KEY", "SIGNING_CERTIFICATES", "SIGNING_CRL", "TSA_URLS", "TSA_ROOTS", "TSA_LOOPBACK")


def use(settings: Any, folder: Path) -> Signer:
    """Let the organisation sign with the key of a folder."""
    settings.SIGNING_KEY, settings.SIGNING_CERTIFICATES = folder / KEY, folder / CHAIN
    settings.SIGNING_CRL = folder / LIST
    found = signing.signer()
    assert found is not None
    return found


def make_signer(settings: Any, folder: Path, *, at: datetime | None = None) -> Signer:
    """Make a root, a key, a certificate and a withdrawal list, and let the organisation sign with them."""
    certificates.make_own(folder, "Example helpline", at=at or datetime.now(UTC))
    return use(settings, folder)


def another_identity(folder: Path) -> Identity:
    """Make a stranger's identity under the organisation's own name."""
    return certificates.make_own(folder, "Example helpline", at=datetime.now(UTC))


@contextmanager
def changed_settings() -> Iterator[Any]:
    """Give settings that may be changed and are put back, for what lasts longer than one test."""
    before = {name: getattr(django_settings, name) for name in NAMES}
    try:
        yield django_settings
    finally:
        for name, value in before.items():
            setattr(django_settings, name, value)


@contextmanager
def stamped_by(settings: Any, folder: Path, **words: Any) -> Iterator[Authority]:
    """Let one authority answer, trusted, with its list of withdrawn certificates."""
    authority = Authority(folder, **words)
    authority.publish_list()
    with answering(authority):
        settings.TSA_URLS, settings.TSA_ROOTS = (authority.url,), authority.roots
        settings.TSA_LOOPBACK = frozenset({authority.pair})
        yield authority
