"""What a notice may say about material that a computer is said to have made: only what somebody else states."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import translation

from cases.models import Case
from evidence.findings.wording import WHAT_IS_CLAIMED
from evidence.models import ClaimNature, SaidBy, SyntheticClaim

WHO_STATES = {
    SaidBy.CLIENT: "The person shown states that %(claim)s.",
    SaidBy.POSTER: "Whoever published it wrote that %(claim)s.",
    SaidBy.PLATFORM: "The service itself stated that %(claim)s.",
    SaidBy.EXPERT: "An expert stated that %(claim)s.",
}
"""Sentences of letters, which are in English. What we assume ourselves makes none."""


@dataclass(frozen=True)
class Basis:
    """Why a notice says that a computer made or changed the material.

    `claims` are about these links or all material of the case; `others` about something else in it, so that a person
    decides. `note` is what the letter says, in English.
    """

    claims: Sequence[SyntheticClaim]
    others: Sequence[SyntheticClaim]
    note: str

    @property
    def is_synthetic(self) -> bool:
        """Whether somebody says so of this material."""
        return bool(self.claims)


def basis(case: Case, links: Collection[UUID]) -> Basis:
    """Return what stands about these links; call inside `acting_as`."""
    standing = SyntheticClaim.objects.standing().filter(case=case).for_rows()
    claims = [claim for claim in standing if claim.is_synthetic]
    here = [claim for claim in claims if claim.is_about(links)]
    return Basis(here, [claim for claim in claims if claim not in here], _note(here))


def _note(claims: Sequence[SyntheticClaim]) -> str:
    said = []
    with translation.override("en"):
        for claim in claims:
            if claim.said_by in WHO_STATES:
                what = WHAT_IS_CLAIMED[ClaimNature(claim.nature)] % {"what": "the material"}
                said.append(WHO_STATES[SaidBy(claim.said_by)] % {"claim": what})
    return " ".join(dict.fromkeys(said))
