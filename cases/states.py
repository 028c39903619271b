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
    ERASED = "erased", _("Erased")


CASE_MOVES: dict[str, frozenset[str]] = {
    CaseState.INTAKE: frozenset({CaseState.ACTIVE, CaseState.CLOSED}),
    CaseState.ACTIVE: frozenset({CaseState.MONITORING, CaseState.CLOSED}),
    CaseState.MONITORING: frozenset({CaseState.ACTIVE, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.ACTIVE, CaseState.ERASED}),
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


class WithdrawalOutcome(TextChoices):
    """What became of a client's wish to take their case back."""

    STOPPED = "stopped", _("Everything they named is stopped")
    ERASURE_ASKED = "erasure_asked", _("Erasure is asked for, with a second person")
    KEPT = "kept", _("Something is kept: they were told what and until when")
    GOES_ON = "goes_on", _("They want to go on")


class PortalUse(TextChoices):
    """How much of the page a client wants: less of it leaves less behind."""

    WHOLE = "whole", _("The whole page")
    MESSAGES = "messages", _("Messages only")
    NONE = "none", _("No page at all")


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
