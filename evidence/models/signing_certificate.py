"""A certificate that signed bundles: kept for good, so that an old bundle can be told from a forged one."""

from uuid import uuid4

from django.db import models


class SigningCertificate(models.Model):
    """One signing certificate with its chain (PEM, signer first), as it was when it first signed. Written once.

    It is public: it travels in every bundle that it signed, and its fingerprint is on the page of /verify.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    root_sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    pem = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    first_used_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.subject

    @property
    def fingerprint(self) -> str:
        """Return the certificate's fingerprint as openssl prints it."""
        return _pairs(self.sha256)

    @property
    def root_fingerprint(self) -> str:
        """Return the root's fingerprint as openssl prints it."""
        return _pairs(self.root_sha256)


def _pairs(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
