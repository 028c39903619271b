"""Papers in draft: the newest version of each, found by which paper it is and what it is about."""

from cases.models import Case
from evidence.models import Paper, StatementDraft


def drafts_of(case: Case) -> list[StatementDraft]:
    """Return the newest version of every paper of a case; call inside `acting_as`."""
    return list(StatementDraft.objects.standing().filter(case=case).for_rows())


def draft_of(case: Case, paper: Paper, about: str = "") -> StatementDraft | None:
    """Return the newest version of one paper, or None where nobody wrote it yet."""
    return next((one for one in drafts_of(case) if one.paper == paper and one.about == about), None)
