"""Write findings down, correct them by new versions, take them back: nothing that was written is ever changed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions import limit
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.limits import Counted
from cases.models import Case
from cases.states import CaseState, IllegalMove
from evidence.events import EvidenceEvent
from evidence.models import Exhibit, Finding

OWN = frozenset({"why"})
"""Sealed values that belong to one version and are not taken over by the next."""


class StaleFinding(Exception):
    """Somebody else corrected this finding meanwhile."""


def check_open(case: Case) -> None:
    """Raise IllegalMove, in words for a caseworker, where nothing may be written."""
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nothing is written here."))
    if case.state in (CaseState.CLOSED, CaseState.ERASED):
        raise IllegalMove(_("This case is closed. Open it again before you write something down."))


@transaction.atomic
def write(*, finding: Finding, by: Actor, at: datetime) -> Finding:
    """Keep the first version of a finding: an unsaved row of one of the nouns, with its case and sealed values.

    Raises IllegalMove for a locked or closed case and for an exhibit that is not of this case.
    """
    case = lock(finding.case_id)
    check_open(case)
    _refuse_foreign(finding)
    finding.version, finding.is_withdrawn = 1, False
    return _keep(finding, kind=EvidenceEvent.FINDING_WRITTEN, by=by, at=at)


@transaction.atomic
def correct(*, finding: Finding, of: UUID, why: str, by: Actor, at: datetime) -> Finding:
    """Keep a new version of a finding. `of` is the id of the version that the person saw, `why` their reason.

    Raises StaleFinding when that is not the newest version any more, IllegalMove as `write` does.
    """
    case = lock(finding.case_id)
    check_open(case)
    _refuse_foreign(finding)
    old = _newest(finding.case_id, of)
    finding.noun, finding.thread, finding.version, finding.is_withdrawn = old.noun, old.thread, old.version + 1, False
    finding.why = why
    return _keep(finding, kind=EvidenceEvent.FINDING_CORRECTED, by=by, at=at)


@transaction.atomic
def withdraw(*, of: Finding, why: str, by: Actor, at: datetime) -> Finding:
    """Take a finding back: its last version says so and why, with the words it had. Raises as `correct` does."""
    case = lock(of.case_id)
    check_open(case)
    old = _newest(of.case_id, of.pk)
    last = type(of)(
        case_id=old.case_id,
        noun=old.noun,
        thread=old.thread,
        version=old.version + 1,
        is_withdrawn=True,
        exhibit_id=old.exhibit_id,
        other_id=old.other_id,
        link_id=old.link_id,
    )
    last.opened().update({name: value for name, value in of.opened().items() if name not in OWN})
    last.why = why
    return _keep(last, kind=EvidenceEvent.FINDING_WITHDRAWN, by=by, at=at)


@transaction.atomic
def note_paper(*, case_id: UUID, paper: str, title: str, version: int, sha256: str, by: Actor, at: datetime) -> None:
    """Record that a draft was taken out as a PDF with this SHA-256; it counts as a copy taken.

    Raises IllegalMove for a case locked for age, LimitReached when too many copies were taken.
    """
    case = lock(case_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. No paper is made."))
    limit.count(kind=Counted.DOWNLOAD, by=by, at=at)
    record(EvidenceEvent.PAPER_MADE, case=case, by=by, at=at, paper=paper, title=title, version=version, sha256=sha256)


def _keep(finding: Finding, *, kind: EvidenceEvent, by: Actor, at: datetime) -> Finding:
    finding.written_at = at
    finding.written_by_id = by.id if by.kind == ActorKind.USER else None
    finding.save(force_insert=True)
    record(
        kind,
        case=finding.case_id,
        by=by,
        at=at,
        subject=finding,
        noun=finding.noun,
        thread=finding.thread,
        version=finding.version,
        label=finding.label,
        **({"why": finding.why} if finding.why else {}),
    )
    return finding


def _newest(case_id: UUID, version_id: UUID) -> Finding:
    """Return the version that was seen, if it is still the newest one and was not taken back."""
    seen = Finding.objects.get_queryset().filter(case_id=case_id).newest().filter(pk=version_id).first()
    if seen is None:
        raise StaleFinding
    if seen.is_withdrawn:
        raise IllegalMove(_("This was taken back. Write it anew if it stands again."))
    found: Finding = seen
    return found


def _refuse_foreign(finding: Finding) -> None:
    named = {pk for pk in (finding.exhibit_id, finding.other_id) if pk}
    if Exhibit.objects.filter(case_id=finding.case_id, pk__in=named).count() != len(named):
        raise IllegalMove(_("Choose an exhibit of this case."))
