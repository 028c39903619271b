"""A notice: what was asked of a platform, for which links, resting on which levers. Client pages say: what we asked."""

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText, SealedValue
from cases.visible import VisibleByCase
from takedowns.states import OPEN_NOTICES, NoticeState


class Route(models.TextChoices):
    """The regime that a notice uses."""

    POLICY = "policy", _("Platform's own policy")
    TAKE_IT_DOWN = "us_take_it_down_act", _("Take It Down Act")


class Means(models.TextChoices):
    """How a notice went out."""

    MAIL = "mail", _("By mail")
    FORM = "form", _("By web form")


class Filer(models.TextChoices):
    """Who asked. Others than we can have done so before we came, or where only they can."""

    US = "us", _("We")
    CLIENT = "client", _("The client")
    LAWYER = "lawyer", _("A lawyer")
    POLICE = "police", _("The police")
    HELPER = "helper", _("Another helper")


class NoticeQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about notices."""

    def waiting(self) -> Self:
        """Return notices that a platform has not settled."""
        return self.filter(state__in=OPEN_NOTICES)

    def for_rows(self) -> Self:
        """Everything a row of notices touches, in two queries."""
        return self.select_related("case", "platform").prefetch_related("clocks").order_by("-created_at", "pk")


class Notice(SealedRow):
    """One request to one platform. The text is frozen when it is sent."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="notices")
    platform = models.ForeignKey("takedowns.Platform", on_delete=models.PROTECT, related_name="notices")
    route = models.CharField(max_length=30, choices=Route)
    filer = models.CharField(max_length=8, choices=Filer, default=Filer.US)
    is_earlier = models.BooleanField(default=False)
    means = models.CharField(max_length=6, choices=Means, blank=True)
    state = models.CharField(max_length=14, choices=NoticeState, default=NoticeState.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    is_complete = models.BooleanField(default=False)
    has_ticket = models.BooleanField(default=False)
    urls = models.ManyToManyField("takedowns.ReportedUrl", through="takedowns.NoticeLink", related_name="notices")
    version = models.PositiveIntegerField(default=1)

    recipient = SealedText()
    reply_address = SealedText()
    message_id = SealedText()
    subject = SealedText()
    text = SealedText()
    ticket = SealedText()
    answer = SealedText()
    reason_incomplete = SealedText()
    facts: SealedValue[dict[str, Any]] = SealedValue({})
    checklist: SealedValue[list[dict[str, Any]]] = SealedValue([])
    raw_mail = SealedText()

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="notice_state_known", condition=Q(state__in=NoticeState.values)),
            models.CheckConstraint(
                name="notice_sent_has_time",
                condition=Q(state__in=["draft", "ready", "sending", "bounced", "withdrawn"]) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["case", "-created_at"])]

    def __str__(self) -> str:
        return f"notice to {self.platform_id} ({self.state})"

    @property
    def is_frozen(self) -> bool:
        """Whether the text may no longer change."""
        return self.state not in (NoticeState.DRAFT, NoticeState.READY)


class NoticeLink(models.Model):
    """One link named in one notice."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="links")
    url = models.ForeignKey("takedowns.ReportedUrl", on_delete=models.PROTECT, related_name="notice_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "url"], name="notice_link_once")]

    def __str__(self) -> str:
        return f"{self.url_id} in {self.notice_id}"
