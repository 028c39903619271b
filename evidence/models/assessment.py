"""An assessment by somebody outside: who, by which method, with which tool, what they found and how sure they say."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedText
from evidence.models.finding import Finding, FindingManager, Noun, said


class AssessedBy(models.TextChoices):
    """A person with a method, or a program alone."""

    EXPERT = "expert", _("A person examined it")
    DETECTOR = "detector", _("A program judged it")


class Opinion(models.TextChoices):
    """What an assessment says, on a scale that has no word for proof."""

    SUPPORTS = "supports", _("Supports that a computer made or changed it")
    SOMEWHAT = "somewhat", _("Gives some support that a computer made or changed it")
    NEITHER = "neither", _("Supports neither")
    SOMEWHAT_AGAINST = "somewhat_against", _("Gives some support that it was not")
    AGAINST = "against", _("Supports that it was not")
    CANNOT = "cannot", _("No statement was possible")


class Assessment(Finding):
    """One assessment of one exhibit or of the material of a case. `other` is the report, an exhibit of its own."""

    NOUN: ClassVar[str] = Noun.ASSESSMENT.value

    kind = SealedText()
    who = SealedText()
    organisation = SealedText()
    method = SealedText()
    tool = SealedText()
    opinion = SealedText()
    confidence = SealedText()
    limits = SealedText()
    assessed_on = SealedText()

    objects: ClassVar[FindingManager] = FindingManager(Noun.ASSESSMENT)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return who assessed."""
        return ", ".join(part for part in (self.who or self.tool, self.organisation) if part) or super().label

    @property
    def opinion_said(self) -> str:
        """Return what it says, in words."""
        return said(Opinion, self.opinion)

    @property
    def is_detector(self) -> bool:
        """Whether no person examined the material: such a result is never definitive."""
        return self.kind == AssessedBy.DETECTOR
