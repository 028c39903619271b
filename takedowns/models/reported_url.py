"""A reported URL: one place where the material was seen, with or without an address. On screen: a link."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Authority
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase
from takedowns.states import DOWN_STATES, LinkState


class FoundBy(models.TextChoices):
    """Who gave us the link. Clients see only links that they gave, until a caseworker releases others."""

    CLIENT = "client", "Client"
    STAFF = "staff", "Staff"
    RECHECK = "recheck", "Re-check"


class PlaceKind(models.TextChoices):
    """What sort of place it is. A place need not have an address: then nothing of it can be looked at by a program."""

    LINK = "link", _("Post, picture or film")
    ACCOUNT = "account", _("Account")
    CHANNEL = "channel", _("Channel")
    GROUP = "group", _("Group")
    CHAT = "chat", _("Private chat")
    STORY = "story", _("Story or live stream")
    CALL = "call", _("Call or screen shared")
    PRINT = "print", _("On paper")
    DEVICE = "device", _("On somebody’s device")


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
    kind = models.CharField(max_length=10, choices=PlaceKind, default=PlaceKind.LINK)
    has_address = models.BooleanField(default=True)
    disappears = models.BooleanField(default=False)
    seen_on = models.DateField(null=True, blank=True)
    views = models.PositiveBigIntegerField(null=True, blank=True)
    found_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="led_to")
    brought_by = models.ForeignKey(
        "takedowns.LinkImport", on_delete=models.SET_NULL, null=True, blank=True, related_name="urls"
    )
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
    place_name = SealedText()
    account = SealedText()
    found_where = SealedText()
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
            models.Index(fields=["-found_at", "id"], name="url_newest"),
            models.Index(fields=["state", "-found_at", "id"], name="url_state_newest"),
            models.Index(fields=["platform", "-found_at", "id"], name="url_platform_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.site} ({self.state})"

    @property
    def told(self) -> str:
        """The address, or for a place without one what sort it is and what it is called."""
        return self.address or (f"{PlaceKind(self.kind).label}: {self.place_name}" if not self.has_address else "")

    @property
    def is_down(self) -> bool:
        """Whether the link is down, and we checked."""
        return self.state in DOWN_STATES
