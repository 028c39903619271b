"""A request for a second person's yes: what is asked, who asked, who decided and how."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.actor import Actor, ActorKind
from cases.permissions import Role
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue


class ApprovalKind(models.TextChoices):
    """What needs a second person."""

    BULK_EXPORT = "bulk_export", _("Export of many rows")
    ERASURE = "erasure", _("Erase a case")
    HOLD_LIFT = "hold_lift", _("Lift a legal hold")
    AGE_UNLOCK = "age_unlock", _("Lift an age lock")
    ORIGINAL_RELEASE = "original_release", _("Release sealed originals")
    NOTICE_SEND = "notice_send", _("Send a notice")
    REGISTER_DELETION = "register_deletion", _("Delete an entry of the register")


class ApprovalState(models.TextChoices):
    """A request waits until it is decided, taken back, too old, or found to be impossible."""

    WAITING = "waiting", _("Waiting")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Taken back")
    LAPSED = "lapsed", _("Too old")
    FAILED = "failed", _("Could not be done")


class ApprovalVia(models.TextChoices):
    """Who or what is the second: a colleague, a trustee by link, or 24 hours in which anybody could say stop."""

    PERSON = "person", _("A colleague")
    TRUSTEE = "trustee", _("A trustee")
    DELAY = "delay", _("24 hours")


class ApprovalQuerySet(SealedQuerySet):
    """Questions about requests."""

    def visible_to(self, actor: Actor) -> Self:
        """Return requests about cases the actor may see, their own, and for supervisors those without a case.

        What goes ahead after 24 hours is seen by everybody: anybody may stop it. Its words stay sealed to them.
        """
        from cases.models.case import Case
        from cases.models.user import User

        if actor.kind != ActorKind.USER or actor.id is None:
            return self.none()
        house = User.objects.filter(
            pk=actor.id, is_active=True, roles__overlap=[Role.SUPERVISOR.value, Role.ADMINISTRATOR.value]
        )
        own = Q(case=None, asked_by=actor.id)
        for_house = Q(case=None) & Q(models.Exists(house))
        announced = Q(state=ApprovalState.WAITING, via=ApprovalVia.DELAY)
        return self.filter(Q(case__in=Case.objects.visible_to(actor)) | own | for_house | announced)

    def waiting(self) -> Self:
        """Return requests that nobody has decided."""
        return self.filter(state=ApprovalState.WAITING)

    def due(self, *, at: datetime) -> Self:
        """Return waiting requests whose 24 hours are over."""
        return self.waiting().filter(via=ApprovalVia.DELAY, ready_at__lte=at)

    def too_old(self, *, at: datetime) -> Self:
        """Return waiting requests that stood as long as they may."""
        return self.waiting().filter(expires_at__lte=at)

    def for_rows(self) -> Self:
        """Everything a row of the list touches, in one query."""
        return self.select_related("case", "asked_by", "decided_by").order_by("-asked_at", "pk")


class Approval(SealedRow):
    """One request. The database refuses a grant by the person who asked."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="approvals")
    kind = models.CharField(max_length=20, choices=ApprovalKind)
    subject_id = models.UUIDField(null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ApprovalState, default=ApprovalState.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    via = models.CharField(max_length=10, choices=ApprovalVia, default=ApprovalVia.PERSON)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    reason = SealedText()
    facts: SealedValue[dict[str, Any]] = SealedValue({})
    answer = SealedText()

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="approval_kind_known", condition=Q(kind__in=ApprovalKind.values)),
            models.CheckConstraint(name="approval_state_known", condition=Q(state__in=ApprovalState.values)),
            models.CheckConstraint(name="approval_via_known", condition=Q(via__in=ApprovalVia.values)),
            models.CheckConstraint(
                name="approval_never_by_the_asker",
                condition=~Q(state=ApprovalState.GRANTED) | Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="approval_granted_by_a_second",
                condition=~Q(state=ApprovalState.GRANTED, via=ApprovalVia.PERSON) | Q(decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_delay_has_time", condition=~Q(via=ApprovalVia.DELAY) | Q(ready_at__isnull=False)
            ),
            models.CheckConstraint(
                name="approval_decided_with_time",
                condition=Q(state=ApprovalState.WAITING) | Q(decided_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["kind", "case", "subject_id"],
                condition=Q(state=ApprovalState.WAITING),
                nulls_distinct=False,
                name="approval_once_while_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="waiting"), name="approval_waiting"),
            models.Index(fields=["case", "kind"], name="approval_case_kind"),
            models.Index(fields=["subject_id"], name="approval_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} asked {self.asked_at} ({self.state})"

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided."""
        return self.state == ApprovalState.WAITING

    def words(self) -> dict[str, Any]:
        """Return reason, facts and answer; empty where the case's key is gone because the case was erased."""
        from cases.keys import KeyMissing

        try:
            return {"reason": self.reason, "facts": self.facts, "answer": self.answer}
        except KeyMissing:
            return {"reason": "", "facts": {}, "answer": ""}
