"""The wrapped data key of a case: destroy it and the case cannot be read again."""

from typing import Self

from django.db import models


class CaseKeyQuerySet(models.QuerySet["CaseKey"]):
    """Questions about wrapped keys."""

    def living(self) -> Self:
        """Return keys that still open something."""
        return self.filter(destroyed_at=None)


class CaseKey(models.Model):
    """One wrapped key. No foreign key to the case: the all-zero id is the key of rows without a case.

    A destroyed key leaves its row behind, empty: that is how a restore knows what must stay unreadable.
    """

    case_id = models.UUIDField(primary_key=True)
    kek_version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True)

    objects = CaseKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at=None) | models.Q(wrapped=b"", kek_version=0),
                name="case_key_destroyed_is_empty",
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.case_id}"
