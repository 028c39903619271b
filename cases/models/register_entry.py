"""The register: requests for data, orders of courts, complaints and incidents, kept apart from the cases."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.keys import SYSTEM_CHAIN
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue


class RegisterKind(models.TextChoices):
    """What came in."""

    OWN_DATA = "own_data", _("A client asks for their own data")
    POSTER_DATA = "poster_data", _("An alleged poster asks for their data")
    COURT = "court", _("Subpoena or court order")
    POLICE = "police", _("The police ask for our file")
    COMPLAINT = "complaint", _("Complaint")
    CONTACT_SAFETY = "contact_safety", _("Contact-safety incident")


class RegisterState(models.TextChoices):
    """An entry is open until it was answered, refused or withdrawn."""

    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RegisterEntryQuerySet(SealedQuerySet):
    """Questions about the register. Row-level security shows it to supervisors only, whatever case it names."""

    def visible_to(self, actor: Any) -> Self:
        """Return every entry for a supervisor; nobody else reaches one, and members of the linked case do not."""
        from cases.models.user import User
        from cases.permissions import Permission

        person = User.objects.filter(pk=actor.id, is_active=True).first() if actor.id else None
        keeps = person is not None and person.may(Permission.REGISTER_KEEP)
        return self.all() if keeps else self.none()

    def open(self) -> Self:
        """Return entries that wait for an answer."""
        return self.filter(state=RegisterState.OPEN)

    def due(self, *, by: datetime) -> Self:
        """Return open entries whose clock ends until a time."""
        return self.open().filter(due_at__lte=by)


class RegisterEntry(SealedRow):
    """One entry. Facts, their words and our opinion are kept apart: all of it can be read in court."""

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=16, choices=RegisterKind)
    state = models.CharField(max_length=10, choices=RegisterState, default=RegisterState.OPEN)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_by_rule = models.CharField(max_length=200)
    written_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    steps = models.JSONField(default=dict, blank=True)

    who = SealedText()
    facts = SealedText()
    their_words = SealedText()
    opinion = SealedText()
    answer = SealedText()
    step_remarks: SealedValue[dict[str, str]] = SealedValue({})

    objects = RegisterEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="register_kind_known", condition=Q(kind__in=RegisterKind.values)),
            models.CheckConstraint(name="register_state_known", condition=Q(state__in=RegisterState.values)),
            models.CheckConstraint(
                name="register_ended_with_time", condition=Q(state="open") | Q(ended_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="open"), name="register_due")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return the entry's name, such as R-12."""
        return f"R-{self.number}"

    def sealing_case(self) -> UUID:
        """Return the system's chain: the entry must be readable after its case was erased, and not by its members."""
        return SYSTEM_CHAIN
