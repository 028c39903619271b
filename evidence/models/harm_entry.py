"""An entry of harm and cost: what it cost the client, when, with what proof."""

from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedText
from evidence.models.finding import Finding, FindingManager, Noun, said


class HarmKind(models.TextChoices):
    """What kind of harm or cost."""

    MONEY = "money", _("Money paid or lost")
    WORK = "work", _("Time off work")
    TREATMENT = "treatment", _("Treatment")
    MOVING = "moving", _("Moving")
    SECURITY = "security", _("Security")
    OTHER = "other", _("Something else")


class HarmEntry(Finding):
    """One entry. `amount` is a decimal number as text in `currency` (three letters), or empty; `exhibit` is the proof.

    `on` is a day in ISO form, as the client says it.
    """

    NOUN: ClassVar[str] = Noun.HARM_ENTRY.value

    on = SealedText()
    kind = SealedText()
    amount = SealedText()
    currency = SealedText()
    words = SealedText()

    objects: ClassVar[FindingManager] = FindingManager(Noun.HARM_ENTRY)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return what kind it is and its day."""
        return ", ".join(part for part in (self.kind_said, self.on) if part) or super().label

    @property
    def kind_said(self) -> str:
        """Return the kind in words."""
        return said(HarmKind, self.kind)

    @property
    def value(self) -> Decimal | None:
        """Return the amount as a number, or None where there is none."""
        try:
            return Decimal(self.amount) if self.amount else None
        except InvalidOperation:
            return None
