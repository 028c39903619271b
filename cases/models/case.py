"""A case: one person helped with one matter, from the first report to the end."""

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, Q

from cases.actor import Actor, ActorKind
from cases.models.bar import Bar
from cases.models.membership import Membership, MembershipRole
from cases.models.team import TeamMember
from cases.models.user import User, UserKind
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.states import AgeAnswer, CaseState, PortalUse


def _may_come_in(person: UUID, kind: UserKind) -> Exists:
    return Exists(User.objects.filter(pk=person, is_active=True, kind=kind))


def _answered_for(person: UUID) -> Q:
    teams = TeamMember.objects.filter(user_id=person, is_supervisor=True)
    return Q(team=None) | Q(team__in=teams.values("team_id"))


class CaseQuerySet(SealedQuerySet):
    """Questions about cases."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the cases that an actor may see; the first of the two locks. What was erased is not there any more."""
        if actor.id is None:
            return self.none()
        living = self.exclude(state=CaseState.ERASED)
        current = Membership.objects.current().filter(user_id=actor.id)
        if actor.kind == ActorKind.CLIENT:
            own = current.filter(role=MembershipRole.CLIENT)
            return living.filter(_may_come_in(actor.id, UserKind.CLIENT), pk__in=own.values("case_id"))
        if actor.kind != ActorKind.USER:
            return self.none()
        reached = Q(pk__in=current.of_staff().values("case_id"))
        if actor.supervises:
            reached |= _answered_for(actor.id)
        barred = Bar.objects.standing().filter(user_id=actor.id)
        return living.filter(reached, _may_come_in(actor.id, UserKind.STAFF)).exclude(pk__in=barred.values("case_id"))

    def supervised_by(self, actor: Actor) -> Self:
        """Return the cases that a supervisor answers for: those of their teams, and those without a team."""
        if actor.id is None or not actor.supervises:
            return self.none()
        return self.visible_to(actor).filter(_answered_for(actor.id))

    def for_rows(self) -> Self:
        """Everything a row in the list of cases touches, in one query."""
        return self.select_related("owner").order_by("-opened_at", "pk")

    def open(self) -> Self:
        """Return cases that are neither closed nor erased."""
        return self.exclude(state__in=[CaseState.CLOSED, CaseState.ERASED])


class Case(SealedRow):
    """One case. Clear columns never name the person; the alias is chosen from generated words."""

    reference = models.CharField(max_length=20, unique=True)
    alias = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=CaseState, default=CaseState.INTAKE)
    age_answer = models.CharField(max_length=12, choices=AgeAnswer, default=AgeAnswer.NOT_ASKED)
    age_said_by = models.CharField(max_length=20, blank=True)
    age_said_at = models.DateTimeField(null=True)
    routed_to = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, default="en")
    source = models.CharField(max_length=20, default="phone")
    is_demo = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_cases")
    team = models.ForeignKey("cases.Team", on_delete=models.PROTECT, null=True, related_name="cases")
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    portal_use = models.CharField(max_length=10, choices=PortalUse, default=PortalUse.WHOLE)
    version = models.PositiveIntegerField(default=1)

    what_happened = SealedText()
    who_is_it_about = SealedText()

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=CaseState.values)),
            models.CheckConstraint(name="case_portal_use_known", condition=Q(portal_use__in=PortalUse.values)),
            models.CheckConstraint(name="case_age_known", condition=Q(age_answer__in=AgeAnswer.values)),
            models.CheckConstraint(
                name="case_age_said_with_time",
                condition=Q(age_answer=AgeAnswer.NOT_ASKED) | Q(age_said_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_closed_with_time", condition=~Q(state=CaseState.CLOSED) | Q(closed_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["state", "-opened_at"])]

    def __str__(self) -> str:
        return f"{self.reference} {self.alias}"

    def sealing_case(self) -> UUID:
        """Return this case's own id: its row is sealed with its own key."""
        return self.pk

    def is_supervised_by(self, actor: Actor) -> bool:
        """Whether somebody answers for this case as a supervisor."""
        return Case.objects.supervised_by(actor).filter(pk=self.pk).exists()

    def is_managed_by(self, actor: Actor) -> bool:
        """Whether somebody decides who reaches this case: its owner, and whoever answers for it."""
        return self.owner_id == actor.id or self.is_supervised_by(actor)

    @property
    def is_age_locked(self) -> bool:
        """Whether somebody shown may be under 18: then no upload, capture, fetch, hash or preview exists."""
        return AgeAnswer(self.age_answer).locks

    @property
    def takes_material(self) -> bool:
        """Whether addresses and files may be taken in: only after everyone shown was said to be an adult."""
        return self.age_answer == AgeAnswer.ADULT

    @property
    def takes_more(self) -> bool:
        """Whether something may be added now: material may be taken in, and the case is not closed."""
        return self.takes_material and self.state != CaseState.CLOSED
