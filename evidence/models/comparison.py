"""A comparison of questioned material with what is said to be its original: differences told in words."""

from typing import ClassVar

from cases.sealed import SealedText
from evidence.models.finding import Finding, FindingManager, Noun


class Comparison(Finding):
    """One comparison. `exhibit` is the questioned one, `other` what is said to be its original."""

    NOUN: ClassVar[str] = Noun.COMPARISON.value

    differences = SealedText()
    same = SealedText()
    compared_on = SealedText()

    objects: ClassVar[FindingManager] = FindingManager(Noun.COMPARISON)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return which two are compared."""
        return f"{self.exhibit.label} – {self.other.label}" if self.exhibit and self.other else super().label
