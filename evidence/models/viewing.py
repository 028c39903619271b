"""A viewing: one time that somebody looks at covered material on purpose, with its reason and what was shown."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class ViewingReason(models.TextChoices):
    """Why somebody looks."""

    SAME = "same", _("To confirm that it is the same")
    DESCRIBE = "describe", _("To describe it for a notice")
    REUPLOAD = "reupload", _("To check a new upload")
    CLIENT = "client", _("The client asked me to")
    OTHER = "other", _("Something else")


class ViewingMode(models.TextChoices):
    """What was chosen: the picture or film, or its text instead."""

    MEDIA = "media", _("Picture or film")
    TEXT = "text", _("Text instead")


class Tone(models.TextChoices):
    """How much of a picture is shown. Each step is a press of its own."""

    SOFT = "soft", _("grey and blurred")
    SHARP = "sharp", _("grey, not blurred")
    COLOUR = "colour", _("in colour")


class Ending(models.TextChoices):
    """How a look ended."""

    COVERED = "covered", _("covered again")
    SPENT = "spent", _("its time was over")
    LEFT = "left", _("the page was left")
    LOST = "lost", _("contact was lost")
    REST = "rest", _("a break began")
    AGE = "age", _("the case was locked")
    STOPPED = "stopped", _("the case was closed or the file removed")
    NEXT = "next", _("another look began")
    READ = "read", _("read as text")


class ViewingQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about viewings."""

    def running(self) -> Self:
        """Return looks that nobody ended yet; their time may be over."""
        return self.filter(ended_at=None)

    def run_out(self, *, at: datetime) -> Self:
        """Return running looks whose time is over."""
        return self.running().filter(expires_at__lte=at)

    def of_media(self) -> Self:
        """Return looks at pictures and films."""
        return self.filter(mode=ViewingMode.MEDIA)

    def ended(self) -> Self:
        """Return looks that are over."""
        return self.exclude(ended_at=None)


class Viewing(SealedRow):
    """One look of one person in one session at one exhibit. Seconds are counted here, never told by the browser.

    `token_hash` is the hash of the secret that the preview's address carries. `open_until` is the only span in which
    bytes leave: the looking page pushes it on while something is held. `seconds` stays empty when contact was lost.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="viewings")
    exhibit = models.ForeignKey("evidence.Exhibit", on_delete=models.PROTECT, related_name="viewings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session_id = models.UUIDField()
    token_hash = models.BinaryField(max_length=32, null=True, unique=True)
    mode = models.CharField(max_length=6, choices=ViewingMode)
    reason = models.CharField(max_length=10, choices=ViewingReason)
    tone = models.CharField(max_length=6, choices=Tone, default=Tone.SOFT)
    is_moving = models.BooleanField(default=False)
    is_sounding = models.BooleanField(default=False)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True)
    shown_since = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)
    shown_ms = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=8, choices=Ending, blank=True)
    seconds = models.PositiveIntegerField(null=True)

    words = SealedText()

    objects = ViewingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="viewing_mode_known", condition=Q(mode__in=ViewingMode.values)),
            models.CheckConstraint(name="viewing_reason_known", condition=Q(reason__in=ViewingReason.values)),
            models.CheckConstraint(name="viewing_tone_known", condition=Q(tone__in=Tone.values)),
            models.CheckConstraint(name="viewing_ending_known", condition=Q(ending__in=["", *Ending.values])),
            models.CheckConstraint(
                name="viewing_ended_with_how",
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
            ),
            models.CheckConstraint(
                name="viewing_media_has_token", condition=Q(mode="text") | Q(token_hash__isnull=False)
            ),
            models.CheckConstraint(name="viewing_sound_moves", condition=Q(is_sounding=False) | Q(is_moving=True)),
            models.CheckConstraint(
                name="viewing_shown_after_grant", condition=Q(expires_at__gte=models.F("granted_at"))
            ),
        ]
        indexes = [
            models.Index(fields=["person", "granted_at"], name="viewing_person"),
            models.Index(fields=["exhibit"], name="viewing_exhibit"),
            models.Index(fields=["expires_at"], condition=Q(ended_at=None), name="viewing_running"),
        ]

    def __str__(self) -> str:
        return f"look of {self.granted_at} ({self.ending or 'running'})"


class PreviewQuerySet(VisibleByCase, models.QuerySet["Preview"]):
    """Questions about previews."""


class Preview(models.Model):
    """A made picture or clip while its look lasts, locked with a key that only the look's address gives.

    The key is kept nowhere on the server. Rows go when the look ends; what a backup keeps of them does not open.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    viewing = models.ForeignKey(Viewing, on_delete=models.CASCADE, related_name="previews")
    variant = models.CharField(max_length=24)
    media_type = models.CharField(max_length=20)
    locked = models.BinaryField()
    made_at = models.DateTimeField()

    objects = PreviewQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["viewing", "variant"], name="preview_once_a_variant")]

    def __str__(self) -> str:
        return f"{self.variant} of a look"
