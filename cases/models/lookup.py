"""Keyed blind indexes: an exact value can be found, and only by who knows it and holds the key."""

from typing import Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q

from cases import keys


class LookupKind(models.TextChoices):
    """What may be looked up exactly."""

    LINK = "link", "Link identity"
    NAME = "name", "Name"
    ACCOUNT = "account", "Account or handle"
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    TICKET = "ticket", "Ticket"
    REPLY_TOKEN = "reply_token", "Reply token"
    MESSAGE_ID = "message_id", "Message-ID"
    PICTURE = "picture", "Picture or film"


class LookupQuerySet(models.QuerySet["Lookup"]):
    """Questions about blind indexes."""

    def matching(self, kind: str, value: str) -> Self:
        """Return rows whose value is exactly this, under any look-up key that is still held."""
        wanted = Q(pk=None)
        for version in keys.ring().versions("lookup"):
            number, mac = keys.blind_index(kind, value, version)
            wanted |= Q(key_version=number, mac=mac)
        return self.filter(wanted, kind=kind)


class Lookup(models.Model):
    """One blind index of one value of one row."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="lookups")
    kind = models.CharField(max_length=12, choices=LookupKind)
    key_version = models.PositiveSmallIntegerField()
    mac = models.BinaryField()
    subject_id = models.UUIDField()

    objects = LookupQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["mac"]), models.Index(fields=["subject_id"])]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"

    @classmethod
    def of(cls, *, kind: str, value: str, case_id: UUID, subject_id: UUID) -> "Lookup":
        """Return an unsaved index of a value, under the newest look-up key."""
        version, mac = keys.blind_index(kind, value)
        return cls(case_id=case_id, kind=kind, key_version=version, mac=mac, subject_id=subject_id)
