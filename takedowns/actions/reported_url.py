"""Add links to a case, take them off the list, show them to the client, ask for a look, discard them for age."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases import keys
from cases.actions import authority, case_task
from cases.actions import case as case_actions
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.models import Case, Lookup, LookupKind
from cases.states import CaseState, IllegalMove, check_move
from takedowns.actions import notice_clock
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, LinkImport, ReportedUrl
from takedowns.pasted import NOTHING, Item
from takedowns.states import LINK_MOVES, LinkState

BATCH = 1000
READ_WITHIN = timedelta(hours=24)
"""Our own promise for links that a client adds: somebody reads them within a day."""


class Outcome(StrEnum):
    """What one line became."""

    NEW = "new"
    KNOWN = "known"
    BACK = "back"
    TWICE = "twice"
    WRONG = "wrong"


@dataclass(frozen=True)
class Became:
    """One line, what it became, which link that is, and for a line that came before in the same box: which line."""

    number: int
    outcome: Outcome
    url_id: UUID | None = None
    of: int | None = None


@dataclass(frozen=True)
class Added:
    """What became of the links that were given: new ones, and by line those that were in the case already."""

    new: int
    again: tuple[int, ...]
    relisted: int
    lines: tuple[Became, ...] = ()


@transaction.atomic
def add(
    *,
    case_id: UUID,
    items: Sequence[Item],
    found_by: FoundBy,
    by: Actor,
    at: datetime,
    brought_by: LinkImport | None = None,
) -> Added:
    """Add links once each; one that was taken off the list comes back to it, a known one gains facts it lacked.

    Raises IllegalMove while the age of everyone shown was not answered with adult: no address exists for such a case.
    """
    case = case_actions.lock(case_id)
    refuse_unless_material(case)
    first = {item.key: item for item in reversed(items)}
    known = known_links(case, first)
    fresh = sorted((item for key, item in first.items() if key not in known), key=lambda item: item.number)
    urls = [_row(case, item, found_by=found_by, at=at, brought_by=brought_by) for item in fresh]
    ReportedUrl.objects.bulk_create(urls, batch_size=BATCH)
    Lookup.objects.bulk_create(
        [
            Lookup.of(kind=LookupKind.LINK, value=item.key, case_id=case.pk, subject_id=url.pk)
            for item, url in zip(fresh, urls, strict=True)
        ],
        batch_size=BATCH,
    )
    back = _relist(case, known.values(), at=at)
    _enrich(case, [item for key, item in first.items() if key in known], known)
    made = {item.key: url.pk for item, url in zip(fresh, urls, strict=True)}
    lines = tuple(_became(item, first[item.key], made, known, back) for item in items)
    again = tuple(line.number for line in lines if line.outcome != Outcome.NEW)
    relisted = len(back)
    if urls or relisted:
        sites = Counter(url.site for url in urls)
        record(
            TakedownEvent.LINKS_ADDED,
            case=case,
            by=by,
            at=at,
            count=len(urls),
            relisted=relisted,
            sites=dict(sites.most_common(20)),
            links=[url.pk for url in urls],
            found_by=found_by,
        )
    if urls and by.kind == ActorKind.CLIENT and case.reported_at is not None:
        case_task.create(
            case=case,
            kind="new_links",
            due_at=at + READ_WITHIN,
            path=f"/cases/{case.reference}/links",
            dedupe_key="new_links",
            facts={"count": len(urls)},
            by=by,
            at=at,
        )
    return Added(len(urls), again, relisted, lines)


def refuse_unless_material(case: Case) -> None:
    """Raise IllegalMove when no address or file may be taken into this case."""
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked because of age. No link can be added or used."))
    if not case.takes_material:
        raise IllegalMove(_("First answer the age question for everyone shown. Until then no link can be added."))
    if case.state == CaseState.CLOSED:
        raise IllegalMove(_("This case is closed. Open it again before you add or use links."))


def _became(
    item: Item, first: Item, made: Mapping[str, UUID], known: Mapping[str, UUID], back: Collection[UUID]
) -> Became:
    if first is not item:
        return Became(item.number, Outcome.TWICE, made.get(item.key) or known.get(item.key), first.number)
    if item.key in made:
        return Became(item.number, Outcome.NEW, made[item.key])
    url_id = known[item.key]
    return Became(item.number, Outcome.BACK if url_id in back else Outcome.KNOWN, url_id)


def _row(
    case: Case, item: Item, *, found_by: FoundBy, at: datetime, brought_by: LinkImport | None = None
) -> ReportedUrl:
    url = ReportedUrl(
        case=case,
        # Who must be asked for a copy in an archive is the archive.
        platform_id=None if item.identity.held_by else item.identity.platform_key,
        site=item.identity.site[:253],
        found_by=found_by,
        found_at=at,
        next_check_at=at,
        seen_on=item.facts.seen_on,
        views=item.facts.views,
        brought_by=brought_by,
    )
    url.address, url.canonical = item.identity.as_found, item.identity.canonical
    url.account, url.found_where = item.facts.account, item.facts.found_where
    return url


def _enrich(case: Case, items: Iterable[Item], known: Mapping[str, UUID]) -> None:
    """Write what was told of links that are here already where nothing was known; what was known stays."""
    told = {known[item.key]: item.facts for item in items if item.facts != NOTHING}
    for url in ReportedUrl.objects.filter(case=case, pk__in=list(told)):
        facts = told[url.pk]
        if changed := {
            name
            for name in ("seen_on", "views", "account", "found_where")
            if getattr(url, name) in (None, "") and getattr(facts, name) not in (None, "")
        }:
            for name in changed:
                setattr(url, name, getattr(facts, name))
            url.save(update_fields=sorted(changed & {"seen_on", "views"}))


def known_links(case: Case, wanted: Iterable[str]) -> dict[str, UUID]:
    """The links of this case by key, for every key that is there already, under any look-up key still held."""
    by_mac = {
        (version, mac): key
        for number in keys.ring().versions("lookup")
        for key in wanted
        for version, mac in [keys.blind_index(LookupKind.LINK, key, number)]
    }
    macs = [mac for _version, mac in by_mac]
    rows = Lookup.objects.filter(case=case, kind=LookupKind.LINK, mac__in=macs)
    return {by_mac[row.key_version, bytes(row.mac)]: row.subject_id for row in rows}


def _relist(case: Case, url_ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    dropped = ReportedUrl.objects.filter(case=case, pk__in=list(url_ids), state=LinkState.DROPPED)
    back = set(dropped.values_list("pk", flat=True))
    if back:
        dropped.update(state=LinkState.FOUND, down_at=None)
        ReportedUrl.objects.filter(pk__in=back, has_address=True).update(next_check_at=at)
    return back


@transaction.atomic
def drop(*, url_id: UUID, reason: str, by: Actor, at: datetime) -> ReportedUrl:
    """Take a link off the list, with the reason; its looks and notices stay in the record."""
    url = locked(url_id)
    check_move(LINK_MOVES, url.state, LinkState.DROPPED, "link")
    url.state, url.next_check_at, url.check_token, url.check_claimed_until = LinkState.DROPPED, None, None, None
    url.remark = reason
    url.version += 1
    url.save(update_fields=["state", "next_check_at", "check_token", "check_claimed_until", "version"])
    case_task.end_for(case=url.case, dedupe_key=f"back:{url.pk}", at=at)
    record(TakedownEvent.LINK_DROPPED, case=url.case, by=by, at=at, subject=url, site=url.site, reason=reason)
    notice_clock.settle(url_id=url.pk, by=by, at=at)
    return url


@transaction.atomic
def release(*, url_id: UUID, by: Actor, at: datetime) -> ReportedUrl:
    """Let the client see a link that somebody else found; raise IllegalMove before who asks was checked."""
    url = locked(url_id)
    if not authority.may_see_list(url.case):
        raise IllegalMove(_("First record how you made sure who asks, under People."))
    url.is_released = True
    url.save(update_fields=["is_released"])
    record(TakedownEvent.LINK_RELEASED, case=url.case, by=by, at=at, subject=url, site=url.site)
    return url


@transaction.atomic
def ask_for_look(*, case_id: UUID, url_ids: Sequence[UUID], by: Actor, at: datetime) -> int:
    """Make links due for a look now; return how many. Raises IllegalMove for a case that may not be fetched."""
    case = case_actions.lock(case_id)
    refuse_unless_material(case)
    chosen = ReportedUrl.objects.filter(case=case, pk__in=url_ids, has_address=True).exclude(state=LinkState.DROPPED)
    count = chosen.update(next_check_at=at)
    if count:
        record(TakedownEvent.CHECK_ASKED, case=case, by=by, at=at, count=count)
    return count


def discard_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """Stop every look and every clock of a case that was locked for age, in the transaction that locks it.

    While the case is still at intake the addresses are discarded unread. Later nothing is destroyed: what exists is
    frozen, since police or a hotline may need it, until a supervisor decides with a second person.
    """
    urls = ReportedUrl.objects.filter(case=case)
    urls.update(next_check_at=None, check_token=None, check_claimed_until=None)
    count = urls.count()
    is_intake = case.state == CaseState.INTAKE
    if is_intake:
        Lookup.objects.filter(case=case, kind=LookupKind.LINK).delete()
        urls.update(sealed=b"", site="", platform=None)
        LinkImport.objects.filter(case=case).update(sealed=b"")
    clocks = notice_clock.stop_all(case=case, at=at)
    if count or clocks:
        record(TakedownEvent.LINKS_DISCARDED, case=case, by=by, at=at, count=count, discarded=is_intake, clocks=clocks)


def resume_after_age(*, case: Case, by: Actor, at: datetime) -> None:
    """Look again at the links of a case whose age lock was lifted; those whose address was discarded are dropped.

    Clocks of notices stay stopped: a person starts the next step.
    """
    urls = ReportedUrl.objects.filter(case=case).exclude(state=LinkState.DROPPED)
    urls.filter(sealed=b"").update(state=LinkState.DROPPED)
    urls.exclude(sealed=b"").filter(has_address=True).update(next_check_at=at)


def locked(url_id: UUID) -> ReportedUrl:
    """The link, after its case row was locked: that lock orders the record."""
    case_id = ReportedUrl.objects.values_list("case_id", flat=True).get(pk=url_id)
    case_actions.lock(case_id)
    rows = ReportedUrl.objects.select_for_update(of=("self",)).select_related("case", "platform")
    url: ReportedUrl = rows.get(pk=url_id)
    return url
