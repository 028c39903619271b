"""The moves that a case, a task and an effect may make. No database: every move can be read at a glance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class IllegalMove(Exception):
    """A state cannot become another; the text says which, in plain words."""


class CaseState(TextChoices):
    """A case from the first report to the end."""

    INTAKE = "intake", _("Intake")
    ACTIVE = "active", _("Open")
    MONITORING = "monitoring", _("Watching")
    CLOSED = "closed", _("Closed")


CASE_MOVES: dict[str, frozenset[str]] = {
    CaseState.INTAKE: frozenset({CaseState.ACTIVE, CaseState.CLOSED}),
    CaseState.ACTIVE: frozenset({CaseState.MONITORING, CaseState.CLOSED}),
    CaseState.MONITORING: frozenset({CaseState.ACTIVE, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.ACTIVE}),
}


class AgeAnswer(TextChoices):
    """What was said about the age of everyone shown, at the time it was made. Nobody 'confirms' it."""

    NOT_ASKED = "not_asked", _("Age not asked yet")
    ADULT = "adult", _("Adult, they said")
    UNDER_18 = "under_18", _("Someone under 18")
    NOT_SURE = "not_sure", _("Age not sure")

    @property
    def locks(self) -> bool:
        """Whether this answer stops every upload, capture, fetch, hash and preview."""
        return self in (AgeAnswer.UNDER_18, AgeAnswer.NOT_SURE)


class IdentityCheck(TextChoices):
    """How staff made sure who asks before they give a code: an impostor must not get in."""

    CODE_WORD = "code_word", _("They said the code word")
    KNOWN_VOICE = "known_voice", _("I know their voice")
    DOCUMENT = "document", _("I saw a document")
    IN_PERSON = "in_person", _("They are here in person")


class TaskState(TextChoices):
    """A case task is open until somebody did it or it fell away."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("No longer needed")


class ClockOwner(TextChoices):
    """Whose limit a due time is."""

    OURS = "ours", _("ours")
    PLATFORM = "platform", _("platform's")
    REGULATOR = "regulator", _("regulator's")


class EffectState(TextChoices):
    """An effect on the world outside the database."""

    NEW = "new", _("Waiting")
    CLAIMED = "claimed", _("Being done")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Not known whether it happened")
    CANCELLED = "cancelled", _("Cancelled")


def check_move(moves: dict[str, frozenset[str]], old: str, new: str, noun: str) -> None:
    """Raise IllegalMove unless `moves` lets `old` become `new`."""
    if new not in moves.get(old, frozenset()):
        raise IllegalMove(f"A {noun} that is {old.replace('_', ' ')} cannot become {new.replace('_', ' ')}.")
