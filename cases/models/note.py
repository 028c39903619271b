"""A note in a case. It can be read in court, and says what it is: fact, client's words or opinion."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class NoteNature(models.TextChoices):
    """What a note holds."""

    FACT = "fact", _("Fact")
    CLIENT_WORDS = "client_words", _("Client's words")
    OPINION = "opinion", _("Our opinion")


class NoteQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about notes."""


class Note(SealedRow):
    """One note by one person."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nature = models.CharField(max_length=12, choices=NoteNature, default=NoteNature.FACT)
    written_at = models.DateTimeField()

    text = SealedText()

    objects = NoteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"note of {self.written_at}"
