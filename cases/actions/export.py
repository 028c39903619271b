"""Ask for a list as a file, let it be made, fetch it, remove it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases import exports, outbox
from cases.actions import approval as approval_actions
from cases.actions import limit as limit_actions
from cases.actor import Actor
from cases.events import CaseEvent
from cases.exports import Built
from cases.ledger import record
from cases.limits import Counted
from cases.models import Approval, ApprovalKind, ApprovalState, Audience, Export, ExportState
from cases.states import IllegalMove

BUILD = "export.build"
ENDED = (ApprovalState.REFUSED, ApprovalState.WITHDRAWN, ApprovalState.LAPSED, ApprovalState.FAILED)


@transaction.atomic
def ask(*, kind: str, filters: Mapping[str, Any], reason: str, by: Actor, at: datetime) -> Export:
    """Ask for a list. One about a single case with few rows is made at once, any other waits for a second person.

    Raises IllegalMove without the permission, a reason or a row, and OverLimit.
    """
    person = approval_actions.person(by)
    if kind not in dict(exports.offered_to(person)):
        raise IllegalMove(_("You cannot ask for this list."))
    if not reason.strip():
        raise IllegalMove(_("Say why this list leaves the house."))
    limit_actions.count(kind=Counted.EXPORT, by=by, at=at)
    rows = exports.count(kind, by, filters)
    if not rows:
        raise IllegalMove(_("There is nothing in this list."))
    if rows > exports.MOST_ROWS:
        raise IllegalMove(_("This list is too long. Choose a later day or one case."))
    is_bulk = exports.is_bulk(rows=rows, filters=filters)
    export = Export.make(
        kind=kind,
        asked_by=person,
        asked_at=at,
        state=ExportState.WAITING if is_bulk else ExportState.QUEUED,
        rows=rows,
        filters=dict(filters),
        reason=reason.strip(),
    )
    export.save(force_insert=True)
    record(
        CaseEvent.EXPORT_ASKED,
        case=None,
        by=by,
        at=at,
        subject=export,
        what=kind,
        rows=rows,
        filters=dict(filters),
        reason=reason,
        is_bulk=is_bulk,
    )
    if is_bulk:
        approval_actions.ask(
            kind=ApprovalKind.BULK_EXPORT,
            case=None,
            subject_id=export.pk,
            reason=reason,
            facts={"list": kind, "rows": rows, "filters": dict(filters)},
            by=by,
            at=at,
        )
    else:
        _queue(export.pk, at=at)
    return export


def _queue(export_id: UUID, *, at: datetime) -> None:
    outbox.put(
        BUILD,
        case=None,
        audience=Audience.NOBODY,
        due_at=at,
        at=at,
        dedupe_key=f"{BUILD}:{export_id}",
        subject_id=export_id,
    )


def approved(approval: Approval, by: Actor, at: datetime) -> None:
    """Let a worker make the list that a second person allowed; the worker asks again whether it was allowed.

    The row belongs to its asker alone, so the second person cannot touch it: the outbox does.
    """
    if approval.subject_id is None:
        raise IllegalMove(_("There is no list to make."))
    _queue(approval.subject_id, at=at)


@transaction.atomic
def start(*, export_id: UUID, at: datetime) -> Export | None:
    """Return the locked list that a worker may make now; None when it was made, refused, or its asker may not."""
    export = Export.objects.select_for_update(of=("self",)).select_related("asked_by").filter(pk=export_id).first()
    if export is None or export.state not in (ExportState.WAITING, ExportState.QUEUED):
        return None
    if export.state == ExportState.WAITING:
        granted = Approval.objects.filter(
            kind=ApprovalKind.BULK_EXPORT, subject_id=export.pk, state=ApprovalState.GRANTED
        )
        if not granted.exists():
            return None
    if export.kind not in dict(exports.offered_to(export.asked_by)):
        end(export=export, state=ExportState.REFUSED, by=Actor.system("exports"), at=at)
        return None
    found: Export = export
    return found


@transaction.atomic
def made(*, export_id: UUID, built: Built, by: Actor, at: datetime) -> Export:
    """Note that a list lies in the vault; raises IllegalMove when it was ended meanwhile."""
    export: Export = Export.objects.select_for_update().get(pk=export_id)
    if export.state not in (ExportState.WAITING, ExportState.QUEUED):
        raise IllegalMove(_("This list was ended already."))
    export.state, export.rows, export.size = ExportState.READY, built.rows, built.size
    export.object_name, export.sealed_bytes = built.stored.name, built.stored.sealed_bytes
    export.built_at, export.expires_at, export.cases = at, at + exports.KEPT, list(built.cases)
    export.save(
        update_fields=["state", "rows", "size", "object_name", "sealed_bytes", "built_at", "expires_at", "sealed"]
    )
    record(CaseEvent.EXPORT_BUILT, case=None, by=by, at=at, subject=export, what=export.kind, rows=export.rows)
    return export


def end(*, export: Export, state: ExportState, by: Actor, at: datetime) -> None:
    """End a list that has no file (any more): refused, failed or removed."""
    export.state, export.ended_at, export.object_name = state, at, ""
    export.save(update_fields=["state", "ended_at", "object_name"])
    kind = CaseEvent.EXPORT_REMOVED if state == ExportState.REMOVED else CaseEvent.EXPORT_FAILED
    record(kind, case=None, by=by, at=at, subject=export, what=export.kind, state=state)


@transaction.atomic
def note_download(*, export_id: UUID, by: Actor, at: datetime) -> Export:
    """Count and record one download, before its first byte.

    Raises IllegalMove for a list that is gone or names a case that its asker does not see any more, and OverLimit.
    """
    export: Export | None = Export.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=export_id).first()
    if export is None or export.state != ExportState.READY or export.expires_at is None or export.expires_at <= at:
        raise IllegalMove(_("This list is not there any more. Ask for it again."))
    if not exports.still_reaches(export, approval_actions.person(by)):
        raise IllegalMove(_("You cannot have this list any more: it names what is not yours to see now."))
    limit_actions.count(kind=Counted.DOWNLOAD, by=by, at=at)
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
    record(
        CaseEvent.EXPORT_DOWNLOADED,
        case=None,
        by=by,
        at=at,
        subject=export,
        what=export.kind,
        rows=export.rows,
        number=export.downloads + 1,
    )
    return export


@transaction.atomic
def remove(*, export_id: UUID, by: Actor, at: datetime) -> str:
    """End a list whose days are over or whose asker lost it; return the stored file to delete, or an empty name."""
    export: Export = Export.objects.select_for_update().get(pk=export_id)
    if export.state != ExportState.READY:
        return ""
    name = str(export.object_name)
    end(export=export, state=ExportState.REMOVED, by=by, at=at)
    return name


def lost() -> list[UUID]:
    """Return the finished lists that their askers may not have any more. Run by a worker."""
    ready = Export.objects.ready().select_related("asked_by").order_by("built_at", "pk")
    return [export.pk for export in ready if not exports.still_reaches(export, export.asked_by)]


@transaction.atomic
def end_refused(*, by: Actor, at: datetime) -> int:
    """End lists whose request was refused, taken back or became too old; return how many. Run by a worker."""
    ended = Approval.objects.filter(kind=ApprovalKind.BULK_EXPORT, state__in=ENDED).values("subject_id")
    waiting = list(Export.objects.waiting().filter(pk__in=ended).select_for_update(of=("self",)))
    for export in waiting:
        end(export=export, state=ExportState.REFUSED, by=by, at=at)
    return len(waiting)
