"""An entry of the chronology: something that happened outside our record, as exactly dated as somebody can say."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedText
from evidence.models.finding import Finding, FindingManager, Noun, said


class Precision(models.TextChoices):
    """How exactly the time is known."""

    EXACT = "exact", _("To the minute")
    DAY = "day", _("That day")
    ABOUT = "about", _("About that day")
    MONTH = "month", _("That month")
    UNKNOWN = "unknown", _("Not known")


class EntryKind(models.TextChoices):
    """What happened."""

    FIRST_UPLOAD = "first_upload", _("First seen online")
    UPLOAD = "upload", _("Seen online again")
    THREAT = "threat", _("Threat received")
    DEMAND = "demand", _("Money or more pictures demanded")
    PAYMENT = "payment", _("Payment")
    CONTACT = "contact", _("Contact with the person who shared it")
    TAKEN = "taken", _("Pictures made or given")
    REPORT = "report", _("Reported somewhere")
    OTHER = "other", _("Something else")


class ToldBy(models.TextChoices):
    """Where we know it from."""

    CLIENT = "client", _("The client states it")
    EXHIBIT = "exhibit", _("An exhibit shows it")
    OTHER = "other", _("Somebody else states it")


class ChronologyEntry(Finding):
    """One entry. `day` is an ISO day, `time` HH:MM (exact ones only), both in `zone` (IANA).

    `address` is printed as text that leads nowhere; `account` is a name on a platform.
    """

    NOUN: ClassVar[str] = Noun.CHRONOLOGY_ENTRY.value

    precision = SealedText()
    day = SealedText()
    time = SealedText()
    zone = SealedText()
    kind = SealedText()
    words = SealedText()
    told_by = SealedText()
    account = SealedText()
    address = SealedText()

    objects: ClassVar[FindingManager] = FindingManager(Noun.CHRONOLOGY_ENTRY)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return what happened and when."""
        return ", ".join(part for part in (self.kind_said, self.day) if part) or super().label

    @property
    def kind_said(self) -> str:
        """Return what happened, in a word."""
        return said(EntryKind, self.kind)
