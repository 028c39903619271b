"""What fingerprints add to pages: on a case's page of evidence what waits, on an exhibit's page what it looks like."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.actor import Actor
from cases.contributions import Panel
from cases.models import Case, User
from cases.permissions import Permission
from evidence.actions.fingerprint import agreed
from evidence.matching import words
from evidence.models import Exhibit, Fingerprint, FingerprintState, HashServiceUse, Likeness, LikenessDecision


def _may_match(actor: Actor) -> bool:
    person = User.objects.filter(pk=actor.id).first() if actor.id else None
    return person is not None and person.may(Permission.FINGERPRINT_MATCH)


def of_case(case: Case, actor: Actor, at: datetime) -> Panel:
    """Return how many pairs wait, what was seen before, and the way to hash-sharing; inside `acting_as`."""
    rows = Likeness.objects.visible_to(actor).filter(case=case)
    used = HashServiceUse.objects.visible_to(actor).filter(case=case).told().first()
    context = {
        "waiting": rows.open().count(),
        "elsewhere": rows.elsewhere().count(),
        "kept": Fingerprint.objects.visible_to(actor).filter(case=case, state=FingerprintState.MADE).count(),
        "agrees": agreed().filter(pk=case.pk).exists(),
        "used": used,
        "copies_url": reverse("evidence:likenesses", args=[case.reference]) if _may_match(actor) else "",
        "sharing_url": reverse("evidence:hash_sharing", args=[case.reference]),
    }
    return Panel("evidence/_matching_panel.html", context)


def of_exhibit(exhibit: Exhibit, actor: Actor, at: datetime) -> Panel | None:
    """Return what an exhibit is like, in words, and what is kept of it; nothing for what is no picture or film."""
    if not exhibit.is_media:
        return None
    mine = Likeness.objects.visible_to(actor).filter(Q(exhibit=exhibit) | Q(other=exhibit), case_id=exhibit.case_id)
    rows = mine.select_related("exhibit", "other").order_by("found_at", "pk")
    kept = Fingerprint.objects.visible_to(actor).filter(exhibit=exhibit).first()
    told = [_told(row, exhibit) for row in rows if row.other is not None]
    context = {
        "told": told,
        "elsewhere": any(row.other is None for row in rows),
        "kept": kept,
        "agrees": agreed().filter(pk=exhibit.case_id).exists(),
        "url": reverse("evidence:likenesses", args=[exhibit.case.reference]) if _may_match(actor) else "",
    }
    return Panel("evidence/_matching_of_exhibit.html", context)


def _told(row: Likeness, exhibit: Exhibit) -> dict[str, str]:
    assert row.other is not None
    other = row.other if row.exhibit_id == exhibit.pk else row.exhibit
    said = {
        LikenessDecision.SAME: _("Shows the same as %(other)s, they said"),
        LikenessDecision.NOT_SAME: _("Does not show the same as %(other)s, they said"),
    }
    text = said.get(LikenessDecision(row.decision)) if row.decision else _("Looks like %(other)s")
    return {
        "text": str(text) % {"other": other.label},
        "reason": words.reason(row),
        "open": "" if row.decision else "1",
    }
