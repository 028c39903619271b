"""Reports that were made before the case came to us, by whomever: with their dates, tickets and running clocks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import case as case_actions
from cases.actor import Actor, ActorKind
from cases.models import Lookup, LookupKind
from cases.states import IllegalMove
from takedowns.actions import notice_clock
from takedowns.actions.notice import record_notice, refuse_unfit
from takedowns.actions.reported_url import refuse_unless_material
from takedowns.events import TakedownEvent
from takedowns.models import Filer, Means, Notice, NoticeLink, ReportedUrl, Route
from takedowns.states import DOWN_STATES, LINK_MOVES, LinkState, NoticeState


@transaction.atomic
def enter(
    *,
    case_id: UUID,
    url_ids: Sequence[UUID],
    filer: Filer,
    route: Route,
    means: Means,
    sent_at: datetime,
    ticket: str,
    was_complete: bool,
    text: str,
    by: Actor,
    at: datetime,
) -> Notice:
    """Enter a report that was made at `sent_at`; its clock runs from then and may have run out already.

    `was_complete` says that it held all that the law asks for: only then does a statutory clock run. Raises
    IllegalMove for a time that has not come, no link, links of two sites, or a case that takes none.
    """
    case = case_actions.lock(case_id)
    refuse_unless_material(case)
    if sent_at > at:
        raise IllegalMove(_("The time of the report has not come yet."))
    chosen = ReportedUrl.objects.filter(case=case, pk__in=url_ids).exclude(state=LinkState.DROPPED)
    urls = list(chosen.select_for_update(of=("self",)).select_related("platform"))
    refuse_unfit(urls)
    notice = Notice(
        case=case,
        platform_id=urls[0].platform_id or "generic_site",
        route=route,
        filer=filer,
        is_earlier=True,
        means=means,
        state=NoticeState.SENT,
        created_by_id=by.id if by.kind == ActorKind.USER else None,
        created_at=at,
        sent_at=sent_at,
        is_complete=was_complete,
        has_ticket=bool(ticket),
    )
    notice.ticket, notice.text = ticket, text
    notice.subject = _("Report made before the case came to us")
    notice.save(force_insert=True)
    NoticeLink.objects.bulk_create([NoticeLink(case=case, notice=notice, url=url) for url in urls])
    if ticket:
        Lookup.of(kind=LookupKind.TICKET, value=ticket, case_id=case.pk, subject_id=notice.pk).save()
    for url in urls:
        if url.state not in DOWN_STATES and LinkState.ASKED in LINK_MOVES[LinkState(url.state)]:
            url.state = LinkState.ASKED
        url.asked_at = min(url.asked_at, sent_at) if url.asked_at else sent_at
        url.save(update_fields=["state", "asked_at"])
    clock = notice_clock.start(notice=notice, by=by, at=sent_at)
    record_notice(
        kind=TakedownEvent.EARLIER_REPORT_ADDED,
        notice=notice,
        by=by,
        at=at,
        count=len(urls),
        filer_label=str(Filer(filer).label),
        sent_at=sent_at,
        due_at=clock.due_at,
        is_statutory=clock.is_statutory,
    )
    return notice
