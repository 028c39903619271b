"""A claim that material was made or changed by a computer: what is claimed, who says so, on what ground."""

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedText
from evidence.models.finding import Finding, FindingManager, Noun, said


class ClaimNature(models.TextChoices):
    """What is claimed."""

    GENERATED = "generated", _("Wholly made by a computer")
    SWAPPED = "swapped", _("A face was put onto another body")
    UNDRESSED = "undressed", _("Clothes were taken away by a computer")
    VOICE = "voice", _("A voice was imitated")
    ALTERED = "altered", _("Altered in another way")
    CONTEXT = "context", _("The pictures are real, what is said about them is not")

    @property
    def is_synthetic(self) -> bool:
        """Whether a computer is said to have made or changed the material."""
        return self != ClaimNature.CONTEXT


class SaidBy(models.TextChoices):
    """Who says so."""

    CLIENT = "client", _("The client")
    POSTER = "poster", _("Whoever posted it")
    PLATFORM = "platform", _("The platform")
    EXPERT = "expert", _("An expert")
    US = "us", _("We assume it")


class SyntheticClaim(Finding):
    """One claim about one exhibit, one link, or all material of a case. It is what somebody says, never our verdict."""

    NOUN: ClassVar[str] = Noun.CLAIM.value

    nature = SealedText()
    said_by = SealedText()
    said_on = SealedText()
    basis = SealedText()

    objects: ClassVar[FindingManager] = FindingManager(Noun.CLAIM)

    class Meta:
        proxy = True

    @property
    def label(self) -> str:
        """Return what is claimed and by whom."""
        return ", ".join(part for part in (self.nature_said, self.said_by_said) if part)

    @property
    def nature_said(self) -> str:
        """Return what is claimed, in words."""
        return said(ClaimNature, self.nature)

    @property
    def said_by_said(self) -> str:
        """Return who says so, in words."""
        return said(SaidBy, self.said_by)

    @property
    def is_synthetic(self) -> bool:
        """Whether it says that a computer made or changed the material."""
        return self.nature in ClaimNature.values and ClaimNature(self.nature).is_synthetic

    def is_about(self, links: Collection[UUID]) -> bool:
        """Whether it is about one of these links, or about all material of its case."""
        return self.link_id in links if self.link_id else self.exhibit_id is None
