"""A paper in draft: what a person will read, correct and sign by hand. Nothing here is ever signed by the program."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedText, SealedValue
from evidence.models.finding import Finding, FindingManager, Noun, said


class Paper(models.TextChoices):
    """Which paper."""

    WORDING = "wording", _("Wording about a fake")
    SUMMARY = "summary", _("First page for the police")
    CERTIFICATE_A = "certificate-a", _("Certificate A: a record made by our system")
    CERTIFICATE_B = "certificate-b", _("Certificate B: a copy that equals its original")
    CERTIFICATE_C = "certificate-c", _("Statement for England and Wales")
    PRODUCER = "producer", _("Statement of who produces exhibits")
    CLIENT = "client", _("Statement of the client")
    TRANSLATOR = "translator", _("Certificate of the translator")
    HARM_RELEASE = "harm-release", _("Whether the list of harm may be given")


class StatementDraft(Finding):
    """One paper of a case. `about` tells papers of one kind apart: a producer's letters, or a language."""

    NOUN: ClassVar[str] = Noun.STATEMENT_DRAFT.value

    paper = SealedText()
    about = SealedText()
    fields: SealedValue[dict[str, Any]] = SealedValue({})

    objects: ClassVar[FindingManager] = FindingManager(Noun.STATEMENT_DRAFT)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return which paper it is."""
        name = said(Paper, self.paper) or super().label
        return f"{name} ({self.about})" if self.about else name
