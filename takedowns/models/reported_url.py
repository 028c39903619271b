"""A reported URL: one place where the material was seen. On screen: a link."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q

from cases.models import Authority
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase
from takedowns.states import DOWN_STATES, LinkState


class FoundBy(models.TextChoices):
    """Who gave us the link. Clients see only links that they gave, until a caseworker releases others."""

    CLIENT = "client", "Client"
    STAFF = "staff", "Staff"
    RECHECK = "recheck", "Re-check"


class ReportedUrlQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about links."""

    def shown_to_client(self) -> Self:
        """Return links that the client gave, or that a caseworker released to them while the check of them stands."""
        checked = Authority.objects.opening_list().values("case_id")
        return self.listed().filter(Q(found_by=FoundBy.CLIENT) | Q(is_released=True, case_id__in=checked))

    def kept_from_client(self) -> Self:
        """Return links that the client's page tells the number of, and nothing else."""
        return self.listed().exclude(pk__in=self.shown_to_client().values("pk"))

    def listed(self) -> Self:
        """Return links that were not taken off the list."""
        return self.exclude(state=LinkState.DROPPED)

    def due_for_check(self, *, at: datetime) -> Self:
        """Return links whose next look is due and that no worker holds."""
        free = Q(check_claimed_until=None) | Q(check_claimed_until__lt=at)
        return self.filter(free, next_check_at__lte=at).exclude(state=LinkState.DROPPED)

    def for_rows(self) -> Self:
        """Everything a row of links touches, in one query."""
        return self.select_related("case", "platform").order_by("-found_at", "pk")

    def counts(self) -> dict[str, int]:
        """Return how many links there are in all and by what they mean to the client."""
        listed = self.listed()
        return {
            **listed.aggregate(
                total=Count("pk"),
                down=Count("pk", filter=Q(state__in=DOWN_STATES)),
                back=Count("pk", filter=Q(state=LinkState.BACK)),
                asked=Count("pk", filter=Q(asked_at__isnull=False) & ~Q(state__in=DOWN_STATES)),
            )
        }


class ReportedUrl(SealedRow):
    """One link. The address, its identity and what the page said are sealed; the site's name is clear."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="reported_urls")
    platform = models.ForeignKey(
        "takedowns.Platform", on_delete=models.PROTECT, null=True, related_name="reported_urls"
    )
    site = models.CharField(max_length=253)
    state = models.CharField(max_length=12, choices=LinkState, default=LinkState.FOUND)
    found_by = models.CharField(max_length=10, choices=FoundBy)
    is_released = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    down_at = models.DateTimeField(null=True, blank=True)
    back_at = models.DateTimeField(null=True, blank=True)
    times_back = models.PositiveIntegerField(default=0)
    last_answer = models.CharField(max_length=12, blank=True)
    last_reason = models.CharField(max_length=40, blank=True)
    last_look_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    check_claimed_until = models.DateTimeField(null=True, blank=True)
    check_token = models.UUIDField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    address = SealedText()
    canonical = SealedText()
    remark = SealedText()
    last_page: SealedValue[dict[str, Any]] = SealedValue({})

    objects = ReportedUrlQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="reported_url_state_known", condition=Q(state__in=LinkState.values)),
            models.CheckConstraint(
                name="reported_url_down_has_time",
                condition=~Q(state__in=["down", "watching"]) | Q(down_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="url_check_due"),
            models.Index(fields=["case", "state"]),
            models.Index(fields=["case", "-found_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.site} ({self.state})"

    @property
    def is_down(self) -> bool:
        """Whether the link is down, and we checked."""
        return self.state in DOWN_STATES
