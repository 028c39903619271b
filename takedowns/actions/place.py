"""Places without an address, accounts and channels; and what is known of a link beside its address."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor
from cases.ledger import record
from cases.models import Case, Lookup, LookupKind
from cases.states import IllegalMove
from takedowns.actions.reported_url import known_links, locked, refuse_unless_material
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, PlaceKind, Platform, ReportedUrl
from takedowns.states import LinkState

CAPTURE_WITHIN = timedelta(hours=1)
"""Our own promise for what disappears by itself: somebody keeps it within the hour."""


@dataclass(frozen=True)
class Known:
    """What is told about a place beside its address."""

    account: str = ""
    found_where: str = ""
    seen_on: date | None = None
    views: int | None = None
    found_from: UUID | None = None


@transaction.atomic
def add(
    *,
    case_id: UUID,
    kind: PlaceKind,
    platform_key: str | None,
    name: str,
    known: Known,
    disappears: bool,
    found_by: FoundBy,
    by: Actor,
    at: datetime,
) -> ReportedUrl:
    """Add a place that has no address, or whose address nobody knows; the same one is kept once.

    Raises IllegalMove as for a link, and where this place is on the list already. Nothing of it can be looked at by a
    program; what will disappear by itself asks to be kept within the hour.
    """
    case = case_actions.lock(case_id)
    refuse_unless_material(case)
    key = f"place:{kind}:{platform_key or ''}:{_folded(name)}"
    here = known_links(case, [key]).get(key)
    if here and ReportedUrl.objects.filter(pk=here).exclude(state=LinkState.DROPPED).exists():
        raise IllegalMove(_("This place is on the list already."))
    platform = Platform.objects.filter(pk=platform_key).first() if platform_key else None
    url = ReportedUrl(
        case=case,
        platform=platform,
        site=platform.domains[0] if platform and platform.domains[0] != "*" else "",
        kind=kind,
        has_address=False,
        disappears=disappears,
        found_by=found_by,
        found_at=at,
    )
    url.place_name = name
    _tell(url, known)
    url.save(force_insert=True)
    if here is None:
        Lookup.of(kind=LookupKind.LINK, value=key, case_id=case.pk, subject_id=url.pk).save()
    else:
        Lookup.objects.filter(case=case, kind=LookupKind.LINK, subject_id=here).update(subject_id=url.pk)
    label = str(PlaceKind(kind).label)
    record(TakedownEvent.PLACE_ADDED, case=case, by=by, at=at, subject=url, kind_label=label, site=url.site)
    if disappears:
        _ask_to_keep(case, url, by=by, at=at)
    return url


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _ask_to_keep(case: Case, url: ReportedUrl, *, by: Actor, at: datetime) -> None:
    case_task.create(
        case=case,
        kind="vanishing_place",
        due_at=at + CAPTURE_WITHIN,
        path=f"/cases/{case.reference}/links/{url.pk}",
        dedupe_key=f"vanishing:{url.pk}",
        subject_id=url.pk,
        facts={"site": url.site, "kind_label": str(PlaceKind(url.kind).label)},
        by=by,
        at=at,
    )


@transaction.atomic
def describe(*, url_id: UUID, kind: PlaceKind, known: Known, by: Actor, at: datetime) -> ReportedUrl:
    """Write down what is known of a link: what sort it is, who posted it, how often it was seen, what led to it.

    Raises IllegalMove for a link that would lead to itself, straight or over others.
    """
    url = locked(url_id)
    refuse_unless_material(url.case)
    if known.found_from and _leads_to(known.found_from, url.pk, case=url.case):
        raise IllegalMove(_("This link was found from the other one. Choose where the first of them was found."))
    before = (url.kind, url.account, url.found_where, url.seen_on, url.views, url.found_from_id)
    url.kind = kind
    _tell(url, known)
    after = (url.kind, url.account, url.found_where, url.seen_on, url.views, url.found_from_id)
    if before == after:
        return url
    url.version += 1
    url.save(update_fields=["kind", "seen_on", "views", "found_from", "version"])
    names = ("kind", "account", "found_where", "seen_on", "views", "found_from")
    changed = [name for name, one, two in zip(names, before, after, strict=True) if one != two]
    record(TakedownEvent.LINK_DESCRIBED, case=url.case, by=by, at=at, subject=url, site=url.site, changed=changed)
    return url


def _tell(url: ReportedUrl, known: Known) -> None:
    url.seen_on, url.views = known.seen_on, known.views
    url.account, url.found_where = known.account, known.found_where
    if known.found_from and not ReportedUrl.objects.filter(pk=known.found_from, case_id=url.case_id).exists():
        raise IllegalMove(_("The link it was found from is not in this case."))
    url.found_from_id = known.found_from


def _leads_to(start: UUID, end: UUID, *, case: Case) -> bool:
    """Whether following "found from" upwards from `start` comes to `end`."""
    above = dict(ReportedUrl.objects.filter(case=case, found_from__isnull=False).values_list("pk", "found_from"))
    seen: set[UUID] = set()
    at: UUID | None = start
    while at is not None and at not in seen:
        if at == end:
            return True
        seen.add(at)
        at = above.get(at)
    return False
