"""Bring in links together and keep what each line became; take an import back as a whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.actions import case as case_actions
from cases.actions import case_task
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.models import Case
from cases.states import CaseState, IllegalMove
from takedowns.actions import reported_url
from takedowns.actions.reported_url import Added, Outcome
from takedowns.events import TakedownEvent
from takedowns.models import FoundBy, ImportedAs, LinkImport, NoticeLink, ReportedUrl
from takedowns.pasted import Pasted, Problem
from takedowns.states import LinkState, NoticeState


@transaction.atomic
def bring(
    *,
    case_id: UUID,
    pasted: Pasted,
    channel: ImportedAs,
    found_by: FoundBy,
    by: Actor,
    at: datetime,
    file_name: str = "",
    corrects: UUID | None = None,
) -> tuple[LinkImport, Added]:
    """Add what was read and keep what was not, so that nothing is lost.

    With `corrects`, these lines are the corrected ones of an earlier import: its wrong lines are done with. Raises
    IllegalMove as `reported_url.add` does.
    """
    case = case_actions.lock(case_id)
    reported_url.refuse_unless_material(case)
    made = LinkImport.make(
        case=case,
        channel=channel,
        made_by_id=by.id if by.kind == ActorKind.USER else None,
        made_at=at,
        file_name=file_name,
        columns={str(place): kind.value for place, kind in pasted.columns.items()},
    )
    made.save()
    added = reported_url.add(case_id=case_id, items=pasted.items, found_by=found_by, by=by, at=at, brought_by=made)
    made.new, made.relisted, made.wrong = added.new, added.relisted, len(pasted.problems)
    made.again = len(added.again) - added.relisted
    made.lines = _lines(added, pasted.problems)
    made.save(update_fields=["new", "again", "relisted", "wrong"])
    if corrects:
        _done_with(case, corrects)
    return made, added


def _lines(added: Added, problems: Sequence[Problem]) -> list[list[Any]]:
    lines: list[list[Any]] = [
        [line.number, line.outcome.value, str(line.url_id or ""), line.of, "", ""] for line in added.lines
    ]
    lines += [[problem.number, Outcome.WRONG.value, "", None, problem.words, problem.raw] for problem in problems]
    return sorted(lines, key=lambda line: int(line[0]))


def _done_with(case: Case, import_id: UUID) -> None:
    """The wrong lines of an import were sent again: what is still wrong of them stands in the new import."""
    earlier = LinkImport.objects.filter(case=case, pk=import_id, wrong__gt=0).first()
    if earlier is None or not earlier.sealed:
        return
    earlier.lines = [line for line in earlier.lines if line[1] != Outcome.WRONG.value]
    earlier.wrong = 0
    earlier.save(update_fields=["wrong"])


@transaction.atomic
def undo(*, import_id: UUID, by: Actor, at: datetime) -> int:
    """Take back an import: its new links leave the list, those that it put back leave it again. Return how many.

    Looks that were made stay in the record. Raises IllegalMove when it was undone already or a notice names one of
    its links: what was written to a platform cannot be taken back here.
    """
    case_id = LinkImport.objects.values_list("case_id", flat=True).get(pk=import_id)
    case = case_actions.lock(case_id)
    made = LinkImport.objects.select_for_update().get(pk=import_id)
    if made.undone_at is not None:
        raise IllegalMove(_("This import was taken back already."))
    if case.is_age_locked or case.state == CaseState.CLOSED:
        raise IllegalMove(_("This case is closed or locked. Nothing of it can change now."))
    relisted = [UUID(line[2]) for line in made.lines if line[1] == Outcome.BACK.value]
    urls = ReportedUrl.objects.filter(case=case).exclude(state=LinkState.DROPPED)
    chosen = urls.filter(brought_by=made) | urls.filter(pk__in=relisted)
    named = NoticeLink.objects.filter(url__in=chosen).exclude(notice__state=NoticeState.WITHDRAWN)
    if count := named.values("url").distinct().count():
        said = ngettext(
            "A notice names %(n)d of these links. Withdraw it first, or take off links one by one.",
            "Notices name %(n)d of these links. Withdraw them first, or take off links one by one.",
            count,
        )
        raise IllegalMove(said % {"n": count})
    ids = list(chosen.values_list("pk", flat=True))
    ReportedUrl.objects.filter(pk__in=ids).update(
        state=LinkState.DROPPED, next_check_at=None, check_token=None, check_claimed_until=None
    )
    for url_id in ids:
        case_task.end_for(case=case, dedupe_key=f"back:{url_id}", at=at)
    made.undone_at = at
    made.save(update_fields=["undone_at"])
    record(TakedownEvent.IMPORT_UNDONE, case=case, by=by, at=at, subject=made, count=len(ids), links=ids)
    return len(ids)
