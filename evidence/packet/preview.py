"""What a bundle would hold and what it would not, before it is built: the same profile and order as the build."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.models import Case, Event
from evidence.bundle_sections import is_reply
from evidence.models import Bundle, Exhibit, Reader, Release
from evidence.packet.draft import CERTIFICATES, makers_of, release_basis
from evidence.packet.profiles import ALWAYS_OUT, SECTION_WORDS, profile_of
from evidence.packet.redaction import Hidden, named
from evidence.record_extract import disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing and a word on it."""

    what: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What stands on the cover, what goes in, what is hidden and under which name, what stays out and why."""

    reference: str
    basis: str
    chapters: Sequence[str]
    going_in: Sequence[Line]
    hidden: Sequence[Hidden]
    staying_out: Sequence[Line]
    told: int
    withheld: int
    cautions: Sequence[str]


def preview_of(
    case: Case,
    reader: Reader,
    *,
    included: Sequence[Exhibit],
    releases: Sequence[Release],
    hidden: Sequence[Hidden],
    without: Sequence[str],
    at: datetime,
) -> Preview:
    """Return the preview of one bundle; call inside `acting_as`."""
    profile = profile_of(reader)
    makers = [path.rpartition(".")[2] for path in makers_of(profile, without)]
    shut_out = {one.thing for one in hidden}
    rows = [row for row in Exhibit.objects.sealed().filter(case=case) if str(row.pk) not in shut_out]
    inside = [row for row in included if str(row.pk) not in shut_out]
    sealed = [row for row in releases if str(row.exhibit_id) not in shut_out]
    told, withheld = _record(case)
    described = len(rows) - len(inside) - len(sealed)
    going_in = [
        Line(what=_("Custody log"), note=_("%(told)d entries told, %(out)d withheld") % {"told": told, "out": withheld})
    ]
    going_in += [Line(what=f"{row.label} · {row.description}", note=_("enclosed as it is")) for row in inside]
    going_in += [Line(what=row.exhibit.label, note=_("the original, encrypted")) for row in sealed]
    if described:
        going_in.append(Line(what=_("%(n)d exhibits") % {"n": described}, note=_("described with their hashes")))
    staying_out = [Line(what=str(SECTION_WORDS.get(name, name)), note=_("left out by you")) for name in without]
    staying_out += [Line(what=str(what), note=str(why)) for what, why in (*profile.left_out, *ALWAYS_OUT)]
    cautions = []
    if any(is_reply(row) for row in inside):
        cautions.append(_("Mails of platforms go in as they came. Read them: they may name you or quote a letter."))
    if CERTIFICATES in makers_of(profile, without) and rows:
        note = _("in the packet, and as files of their own to print and sign")
        going_in.append(Line(what=str(SECTION_WORDS["certificates"]), note=note))
    if inside and hidden:
        cautions.append(_("Enclosed files are not changed. Read them: a hidden name may stand inside."))
    return Preview(
        reference=f"{case.reference}-P{Bundle.objects.filter(case=case).count() + 1}",
        basis=release_basis(case, reader),
        chapters=[str(SECTION_WORDS.get(name, name.replace("_", " ").capitalize())) for name in makers],
        going_in=going_in,
        hidden=named(hidden),
        staying_out=staying_out,
        told=told,
        withheld=withheld,
        cautions=cautions,
    )


def _record(case: Case) -> tuple[int, int]:
    """Count the entries of the record that a bundle tells and those that it withholds."""
    may_be_told = disclosure()
    rows: Any = Event.objects.filter(case=case).values("kind", "actor_kind").annotate(n=Count("pk")).order_by()
    told = sum(row["n"] for row in rows if row["kind"] in may_be_told and row["actor_kind"] != ActorKind.CLIENT)
    return told, sum(row["n"] for row in rows) - told
