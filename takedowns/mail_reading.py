"""Has the sandbox read a mail: nothing that came in by mail is decoded by a process that holds keys or a network."""

from evidence import sandbox
from evidence.sandbox import MEGABYTE
from takedowns.mail_kinds import MailRead

SECONDS, MEMORY, OUTPUT = 30.0, 1024 * MEGABYTE, 96 * MEGABYTE
TOOL = "incoming_mail"


class NotRead(Exception):
    """The mail could not be read. Its message is a word for the cause, never a word of the mail."""


class TryLater(Exception):
    """No sandbox can be made now: the mail stays as it is."""


def read(raw: bytes) -> MailRead:
    """Return what a mail says. Raises NotRead for what is none or breaks its reader, TryLater without a sandbox."""
    return MailRead.of(_json(_run(raw, {})))


def attachment(raw: bytes, place: int) -> bytes:
    """Return the bytes of the attachment at a place, counted from 1. Raises as `read`."""
    return _run(raw, {"attachment": place}).out


def _run(raw: bytes, arguments: dict[str, int]) -> sandbox.Outcome:
    source = sandbox.Source.of(raw)
    try:
        outcome = sandbox.python(TOOL, arguments, source=source, seconds=SECONDS, memory=MEMORY, output_limit=OUTPUT)
    except sandbox.Unavailable as away:
        raise TryLater(str(away)) from away
    if outcome.refusal:
        raise NotRead(outcome.refusal)
    if outcome.ended != sandbox.Ended.WELL:
        raise NotRead(outcome.ended.value)
    return outcome


def _json(outcome: sandbox.Outcome) -> dict[str, object]:
    try:
        told = outcome.json()
    except ValueError as wrong:
        raise NotRead("unreadable") from wrong
    if not isinstance(told, dict):
        raise NotRead("unreadable")
    return told
