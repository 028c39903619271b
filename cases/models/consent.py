"""What the client lets us do in their name, one power at a time."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.sealed import SealedQuerySet, SealedRow, SealedText
from cases.visible import VisibleByCase


class Power(models.TextChoices):
    """One thing that may be done in the client's name."""

    ASK_SITES = "ask_sites", _("Ask sites to take it down")
    ASK_HOSTS = "ask_hosts", _("Ask the companies that host a site")
    ASK_SEARCH = "ask_search", _("Ask search engines to stop listing it")
    SHARE_POLICE = "share_police", _("Share what we have with the police")
    SHARE_LAWYER = "share_lawyer", _("Share what we have with a lawyer")
    SHARE_REGULATOR = "share_regulator", _("Share what we have with an authority that watches over sites")
    KEEP_FINGERPRINT = "keep_fingerprint", _("Keep a fingerprint to find copies")


SHARING = (Power.SHARE_POLICE, Power.SHARE_LAWYER, Power.SHARE_REGULATOR)
"""Powers to give something to somebody outside: words alone never unlock them."""


class ConsentBasis(models.TextChoices):
    """How it was given. Oral consent never unlocks sharing with police, lawyers or authorities."""

    PORTAL = "portal", _("On their page")
    ORAL = "oral", _("Told us, read from the script")
    WRITTEN = "written", _("In writing")


class ConsentQuerySet(VisibleByCase, SealedQuerySet):
    """Questions about consents."""

    def standing(self) -> Self:
        """Return answers that were not replaced or withdrawn."""
        return self.filter(ended_at=None)

    def allows(self, power: Power) -> bool:
        """Whether a standing yes covers a power; sharing outside needs it in writing or on the page."""
        yes = self.standing().filter(power=power, is_given=True)
        if power in SHARING:
            yes = yes.exclude(basis=ConsentBasis.ORAL)
        return bool(yes.exists())


class Consent(SealedRow):
    """One answer to one power. A new answer ends the one before; nothing is overwritten."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="consents")
    power = models.CharField(max_length=20, choices=Power)
    is_given = models.BooleanField()
    basis = models.CharField(max_length=10, choices=ConsentBasis)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    signed_name = SealedText()
    witness = SealedText()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="consent_power_known", condition=Q(power__in=Power.values)),
            models.UniqueConstraint(fields=["case", "power"], condition=Q(ended_at=None), name="consent_one_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.power}: {'yes' if self.is_given else 'no'}"
