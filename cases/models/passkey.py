"""A client's passkey: found by a hash before anybody is known, so it stands outside row-level security like a door."""

from django.conf import settings
from django.db import models

from cases.sealed import SealedRow, SealedText


class Passkey(SealedRow):
    """One credential of one client's account. Its id and public key are sealed under the system's key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="passkeys")
    credential_hash = models.BinaryField(unique=True)
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    credential = SealedText()
    """The attested credential data of Web Authentication, as base64."""

    def __str__(self) -> str:
        return f"passkey of {self.made_at}"
