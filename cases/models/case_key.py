"""The wrapped data key of a case: destroy it and the case cannot be read again."""

from django.db import models


class CaseKey(models.Model):
    """One wrapped key. No foreign key to the case: the all-zero id is the key of rows without a case."""

    case_id = models.UUIDField(primary_key=True)
    kek_version = models.PositiveSmallIntegerField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"key of {self.case_id}"
