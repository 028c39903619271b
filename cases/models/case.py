"""A case: one person helped with one matter, from the first report to the end."""

from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.actor import Actor, ActorKind
from cases.models.membership import Membership, MembershipRole
from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.states import AgeAnswer, CaseState


class CaseQuerySet(SealedQuerySet):
    """Questions about cases."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the cases that an actor may see; the first of the two locks."""
        if actor.sees_all:
            return self.all()
        if actor.id is None:
            return self.none()
        current = Membership.objects.current().filter(user_id=actor.id)
        if actor.kind == ActorKind.CLIENT:
            return self.filter(pk__in=current.filter(role=MembershipRole.CLIENT).values("case_id"))
        if actor.kind == ActorKind.USER:
            return self.filter(pk__in=current.exclude(role=MembershipRole.CLIENT).values("case_id"))
        return self.none()

    def for_rows(self) -> Self:
        """Everything a row in the list of cases touches, in one query."""
        return self.select_related("owner").order_by("-opened_at", "pk")

    def open(self) -> Self:
        """Return cases that are not closed."""
        return self.exclude(state=CaseState.CLOSED)


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
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    what_happened = SealedText()
    who_is_it_about = SealedText()

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="case_state_known", condition=Q(state__in=CaseState.values)),
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

    @property
    def is_age_locked(self) -> bool:
        """Whether somebody shown may be under 18: then no upload, capture, fetch, hash or preview exists."""
        return AgeAnswer(self.age_answer).locks

    @property
    def takes_material(self) -> bool:
        """Whether addresses and files may be taken in: only after everyone shown was said to be an adult."""
        return self.age_answer == AgeAnswer.ADULT
