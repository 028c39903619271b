"""What is said of a likeness: the reason in plain words, and the facts of both sides without a picture of either."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Case
from cases.templatetags.ui import human_size
from evidence.matching.turns import PDQ_BITS
from evidence.models import Exhibit, FingerprintHash, Likeness, LikenessBasis, Turn

ALMOST = 6
"""What saving a picture anew, smaller or turned, usually changes at most."""


def reason(row: Likeness) -> str:
    """Return why two exhibits are told as alike, such as "distance 12 of 256, mirrored left to right"."""
    if row.basis == LikenessBasis.SAME_FILE:
        return _("the same file, byte for byte")
    said = [_("distance %(distance)d of %(bits)d") % {"distance": row.distance or 0, "bits": PDQ_BITS}]
    if row.turn != Turn.NONE:
        said.append(str(Turn(row.turn).label))
    if row.frames:
        one = "%(alike)d of %(of)d frames is alike"
        many = "%(alike)d of %(of)d frames are alike"
        said.append(ngettext(one, many, row.frames_alike) % {"alike": row.frames_alike, "of": row.frames})
    return ", ".join(said)


def nearness(row: Likeness) -> str:
    """Return what such a distance is like, for somebody who has no feeling for bits."""
    if row.basis == LikenessBasis.SAME_FILE:
        return _("Every byte is equal.")
    if is_thin(row):
        return _("One frame of a film is like a picture. That is little.")
    if (row.distance or 0) <= ALMOST:
        return _("Almost every part is alike: often the same, saved anew.")
    return _("Much is alike: often the same picture cropped, recoloured or with writing on it, sometimes another one.")


@dataclass(frozen=True)
class Side:
    """One of the two, in facts."""

    exhibit: Exhibit
    url: str
    look_url: str
    facts: list[tuple[str, Any]]


def sides(row: Likeness, case: Case) -> list[Side]:
    """Return both exhibits of a likeness with the facts that are told side by side; inside `acting_as`."""
    both = [row.exhibit, row.other] if row.other is not None else [row.exhibit]
    return [side(exhibit, case) for exhibit in both]


def beside(both: list[Side]) -> list[tuple[str, Any, Any]]:
    """Return each fact with what either side says, without those that neither knows."""
    one, other = both
    pairs = [(label, mine, theirs) for (label, mine), (_same, theirs) in zip(one.facts, other.facts, strict=True)]
    return [(label, mine or "–", theirs or "–") for label, mine, theirs in pairs if mine or theirs]


def is_thin(row: Likeness) -> bool:
    """Whether only one frame of a film is like a picture: such pairs come last."""
    return row.frames > 0 and row.frames_alike == 1


def side(exhibit: Exhibit, case: Case) -> Side:
    """Return one exhibit in facts."""
    found = FingerprintHash.objects.filter(fingerprint__exhibit=exhibit)
    quality = found.aggregate(best=Max("quality"))["best"]
    width, height = exhibit.findings.get("width"), exhibit.findings.get("height")
    facts = [
        (_("What it is"), f"{exhibit.kind_said} · {exhibit.media_type}"),
        (_("Described as"), exhibit.description),
        (_("Where it is from"), exhibit.source),
        (_("Taken in"), date_format(timezone.localtime(exhibit.received_at), "j N Y, H:i")),
        (_("Size"), human_size(exhibit.size)),
        (_("Width and height"), f"{width} × {height}" if width and height else ""),
        (_("Begins with, SHA-256"), exhibit.sha256[:16]),
        (_("Quality of the fingerprint"), _("%(q)d of 100") % {"q": quality} if quality is not None else ""),
    ]
    return Side(exhibit, reverse("evidence:exhibit", args=[case.reference, exhibit.pk]), look_url(exhibit, case), facts)


def look_url(exhibit: Exhibit, case: Case) -> str:
    """Return where a look at an exhibit is asked for, or nothing where looking is not built in."""
    try:
        return reverse("evidence:look", args=[case.reference, exhibit.pk])
    except NoReverseMatch:
        return ""
