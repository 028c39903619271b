"""A one-time link for a trustee: ids and hashes only, read before anybody is known, outside row-level security."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Q


class TrusteeAnswer(models.TextChoices):
    """What a trustee said."""

    NONE = "", "Nothing yet"
    GRANT = "grant", "Yes"
    REFUSE = "refuse", "No"


class TrusteeLinkQuerySet(models.QuerySet["TrusteeLink"]):
    """Questions about links."""

    def usable(self, *, at: datetime) -> "TrusteeLinkQuerySet":
        """Return links that are neither answered, revoked nor out of date."""
        return self.filter(answer=TrusteeAnswer.NONE, revoked_at=None, expires_at__gt=at)

    def answered(self) -> "TrusteeLinkQuerySet":
        """Return answers that were not carried out yet."""
        return self.exclude(answer=TrusteeAnswer.NONE).filter(done_at=None)


class TrusteeLink(models.Model):
    """One link to one trustee for one request. The kind is repeated here: the page says no more than that."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    token_hash = models.BinaryField(unique=True)
    code_hash = models.CharField(max_length=200)
    address_hash = models.BinaryField()
    approval_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    asked_by_id = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=8, choices=TrusteeAnswer, default=TrusteeAnswer.NONE, blank=True)
    answered_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = TrusteeLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="trustee_link_answer_known", condition=Q(answer__in=TrusteeAnswer.values)),
        ]
        indexes = [
            models.Index(fields=["approval_id"], name="trustee_link_approval"),
            models.Index(fields=["answered_at"], condition=Q(done_at=None), name="trustee_link_to_do"),
        ]

    def __str__(self) -> str:
        return f"trustee's link of {self.created_at}"
