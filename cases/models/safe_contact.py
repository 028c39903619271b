"""How, when and whether a client may be contacted. Unknown means no."""

from datetime import datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase

EVERY_DAY = "1234567"
DAYS = {str(number + 1): name for number, name in WEEKDAYS.items()}
"""Number of a day (ISO 8601) to its name."""


class Channel(models.TextChoices):
    """A way to reach the client."""

    PAGE = "page", _("This page only")
    TEXT = "text", _("Text message")
    CALL = "call", _("Phone call")
    EMAIL = "email", _("Email")
    LETTER = "letter", _("Letter")
    IN_PERSON = "in_person", _("In person")


class SafeContactQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about contact rules."""

    def standing(self) -> Self:
        """Return rules that were not replaced by a later one."""
        return self.filter(ended_at=None)

    def permitting(self, channel: str, *, at: datetime) -> Self:
        """Return standing rules that allow a channel and have not run out."""
        return self.standing().filter(Q(valid_until=None) | Q(valid_until__gt=at), channel=channel, is_allowed=True)


class SafeContact(SealedRow):
    """One rule for one channel; address, code word and who else may see it are sealed."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="safe_contacts")
    channel = models.CharField(max_length=10, choices=Channel)
    is_allowed = models.BooleanField()
    window_starts = models.TimeField(null=True, blank=True)
    window_ends = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=50, default="UTC")
    days = models.CharField(max_length=7, default=EVERY_DAY)
    """The days of the week on which it is safe, 1 for Monday to 7 for Sunday; a night belongs to its first day."""
    may_leave_message = models.BooleanField(default=False)
    may_say_who_we_are = models.BooleanField(default=False)
    valid_until = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    said_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    address = SealedText()
    code_word = SealedText()
    who_else_sees = SealedText()

    objects = SafeContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="safe_contact_channel_known", condition=Q(channel__in=Channel.values)),
            models.UniqueConstraint(
                fields=["case", "channel"], condition=Q(ended_at=None), name="safe_contact_one_rule_a_channel"
            ),
            models.CheckConstraint(name="safe_contact_days_known", condition=Q(days__regex="^[1-7]{1,7}$")),
            models.CheckConstraint(
                name="safe_contact_window_has_two_ends",
                condition=Q(window_starts=None, window_ends=None)
                | Q(window_starts__isnull=False, window_ends__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {'allowed' if self.is_allowed else 'not allowed'}"

    @property
    def days_named(self) -> str:
        """Return the days in words of the present language, or an empty text when every day is safe."""
        if set(self.days) == set(EVERY_DAY):
            return ""
        return ", ".join(str(DAYS[day]) for day in sorted(self.days))

    def is_open_at(self, at: datetime) -> bool:
        """Whether the client's own days and hours let a message out at this moment, in the client's time zone."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        if self.window_starts is None or self.window_ends is None:
            return self._is_day(local)
        now = local.time()
        if self.window_starts <= self.window_ends:
            return self._is_day(local) and self.window_starts <= now < self.window_ends
        evening = self._is_day(local) and now >= self.window_starts
        return evening or (self._is_day(local - timedelta(days=1)) and now < self.window_ends)

    def _is_day(self, local: datetime) -> bool:
        return str(local.isoweekday()) in self.days

    def next_open(self, at: datetime) -> datetime:
        """Return the first moment from `at` on inside the client's own days and hours."""
        if self.is_open_at(at):
            return at
        local = at.astimezone(ZoneInfo(self.time_zone))
        starts = self.window_starts or time(0)
        days = (local.date() + timedelta(days=ahead) for ahead in range(8))
        moments = (datetime.combine(day, starts, tzinfo=local.tzinfo) for day in days)
        return next(moment for moment in moments if moment > at and self.is_open_at(moment))
