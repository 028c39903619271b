"""A bundle: what a lawyer or the police receive, built once, sealed, never rebuilt in place."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.actor import Actor, ActorKind
from cases.models import Case, Power
from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue


class BundleState(models.TextChoices):
    """Requested, being built, sealed, failed or stopped by somebody; shares hang on sealed ones."""

    REQUESTED = "requested", _("Requested")
    BUILDING = "building", _("Being built")
    SEALED = "sealed", _("Sealed")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    REVOKED = "revoked", _("Withdrawn")
    REMOVED = "removed", _("Removed by rule")


BUNDLE_MOVES: dict[str, frozenset[str]] = {
    BundleState.REQUESTED: frozenset({BundleState.BUILDING, BundleState.FAILED, BundleState.STOPPED}),
    BundleState.BUILDING: frozenset(
        {BundleState.BUILDING, BundleState.SEALED, BundleState.FAILED, BundleState.STOPPED}
    ),
    BundleState.FAILED: frozenset({BundleState.BUILDING}),
    BundleState.SEALED: frozenset({BundleState.REVOKED, BundleState.REMOVED}),
    BundleState.REVOKED: frozenset({BundleState.REMOVED}),
}


class Reader(models.TextChoices):
    """Who is to receive a bundle. What each gets is in evidence.packet.profiles."""

    LAWYER = "lawyer", _("A lawyer")
    POLICE = "police", _("The police")
    REGULATOR = "regulator", _("A regulator")
    COURT = "court", _("A court, through a lawyer")
    CLIENT = "client", _("The client")

    @property
    def power(self) -> Power | None:
        """Return the power that the client must have given, in writing or on their page; None for their own copy."""
        return {
            Reader.LAWYER: Power.SHARE_LAWYER,
            Reader.POLICE: Power.SHARE_POLICE,
            Reader.REGULATOR: Power.SHARE_REGULATOR,
            # A binder is filed by the lawyer who acts for the client.
            Reader.COURT: Power.SHARE_LAWYER,
            Reader.CLIENT: None,
        }[self]


class BundleQuerySet(SealedQuerySet):
    """Questions about bundles."""

    def visible_to(self, actor: Actor) -> Self:
        """Return the bundles of cases that the actor may see; a recipient sees the one that was shared."""
        if actor.kind == ActorKind.RECIPIENT:
            return self.filter(shares__door_id=actor.id)
        return self.filter(case__in=Case.objects.visible_to(actor))

    def to_build(self, *, at: datetime) -> Self:
        """Return bundles that a worker may take: requested, or claimed by a worker that never came back."""
        lapsed = Q(state=BundleState.BUILDING, claimed_until__lte=at)
        return self.filter(Q(state=BundleState.REQUESTED) | lapsed)

    def for_rows(self) -> Self:
        """Return bundles with the newest first."""
        return self.order_by("-requested_at", "pk")


class Bundle(SealedRow):
    """One export. The zip is an encrypted object; its hash is what a letter may quote."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="bundles")
    reference = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=10, choices=BundleState, default=BundleState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    built_at = models.DateTimeField(null=True)
    object_name = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    cipher_sha256 = models.CharField(max_length=64, blank=True)
    packet_sha256 = models.CharField(max_length=64, blank=True)
    files = models.JSONField(default=list)
    error = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=200, blank=True)
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    supplements = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="supplemented_by")
    language = models.CharField(max_length=10, default="en")
    parts = models.JSONField(default=list)
    """How far a build is: a label and a state (later, now, done) of each part, in order; no word of the case."""
    pages = models.PositiveIntegerField(default=0)
    last_page = models.PositiveIntegerField(default=0)
    """The number on the packet's last page: a supplement goes on from there."""
    is_tagged = models.BooleanField(default=False)

    purpose = SealedText()
    recipient = SealedText()
    reader = SealedText()
    fingerprint = SealedText()
    included: SealedValue[list[str]] = SealedValue([])
    originals: SealedValue[list[str]] = SealedValue([])
    """Releases (evidence.Release) whose originals go inside as age files, as far as they still stand."""
    hidden: SealedValue[list[dict[str, str]]] = SealedValue([])
    """What is hidden: evidence.packet.redaction.Hidden as a mapping, each with its reason."""
    without: SealedValue[list[str]] = SealedValue([])
    """Names of the sections that whoever asked for the bundle left out."""

    objects = BundleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="bundle_state_known", condition=Q(state__in=BundleState.values)),
            models.CheckConstraint(
                name="bundle_sealed_has_object",
                condition=~Q(state=BundleState.SEALED) | (Q(built_at__isnull=False) & ~Q(object_name="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(state__in=["requested", "building"]), name="bundle_to_build"
            )
        ]

    def __str__(self) -> str:
        return self.reference
