"""What a probe is, and how an end inside the sandbox is said: a refusal is final, a lack of time is tried again."""

from typing import Final, NoReturn, Protocol

from evidence.actions.derivative import Made
from evidence.models import DerivativeKind, Exhibit
from evidence.sandbox import Ended, Outcome, Source

ENDS_ONLY: Final = "ends_only"
"""Only the beginning and the end of a large file were given."""


class ProbeFailed(Exception):
    """A probe has no result. `reason` is a code of ours; `again` says that another try may end otherwise."""

    def __init__(self, kind: DerivativeKind, tool: str, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.kind, self.tool, self.reason, self.again = kind, tool, reason, again


class ProbeMaker(Protocol):
    """What settings.PROBES names: reads one exhibit, returns what it made; nothing where it has nothing to ask.

    Call outside of `acting_as`: it takes seconds. Raises ProbeFailed, sandbox.Unavailable or VaultError.
    """

    def __call__(self, exhibit: Exhibit, source: Source) -> list[Made]: ...


def check(outcome: Outcome, kind: DerivativeKind, tool: str) -> None:
    """Raise ProbeFailed unless a run in the sandbox ended well."""
    if outcome.ended == Ended.WELL:
        return
    if outcome.ended == Ended.FAILED:
        raise ProbeFailed(kind, tool, outcome.refusal or "not_readable")
    raise ProbeFailed(kind, tool, outcome.ended.value, again=outcome.ended != Ended.TOO_MUCH_OUTPUT)


def unreadable(kind: DerivativeKind, tool: str) -> NoReturn:
    """Raise ProbeFailed for an answer that is not what the tool writes."""
    raise ProbeFailed(kind, tool, "odd_answer")
