"""The moves that a link and a notice may make. No database: every move can be read at a glance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LinkState(TextChoices):
    """A reported URL, as we know it."""

    FOUND = "found", _("Found")
    CAPTURED = "captured", _("Captured")
    ASKED = "asked", _("Asked")
    DOWN = "down", _("Down")
    STILL_UP = "still_up", _("Still up")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")
    REFUSED = "refused", _("Refused")
    WATCHING = "watching", _("Down, watching")
    BACK = "back", _("Came back")
    DROPPED = "dropped", _("Taken off the list")


_LOOKED = frozenset({LinkState.DOWN, LinkState.STILL_UP, LinkState.CANNOT_TELL, LinkState.WATCHING, LinkState.DROPPED})

LINK_MOVES: dict[str, frozenset[str]] = {
    LinkState.FOUND: _LOOKED | {LinkState.CAPTURED, LinkState.ASKED, LinkState.REFUSED},
    LinkState.CAPTURED: _LOOKED | {LinkState.ASKED, LinkState.REFUSED},
    LinkState.ASKED: _LOOKED | {LinkState.ASKED, LinkState.REFUSED},
    LinkState.STILL_UP: _LOOKED | {LinkState.ASKED, LinkState.REFUSED, LinkState.CAPTURED},
    LinkState.CANNOT_TELL: _LOOKED | {LinkState.ASKED, LinkState.REFUSED, LinkState.CAPTURED},
    LinkState.REFUSED: _LOOKED | {LinkState.ASKED},
    LinkState.DOWN: frozenset({LinkState.WATCHING, LinkState.BACK, LinkState.DROPPED}),
    LinkState.WATCHING: frozenset({LinkState.BACK, LinkState.DOWN, LinkState.DROPPED}),
    LinkState.BACK: _LOOKED | {LinkState.ASKED, LinkState.REFUSED},
    LinkState.DROPPED: frozenset({LinkState.FOUND}),
}

DOWN_STATES = frozenset({LinkState.DOWN, LinkState.WATCHING})
"""A link in these states counts as down, and we checked."""


class NoticeState(TextChoices):
    """A notice from the first draft to its end."""

    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready")
    SENDING = "sending", _("On its way")
    SENT = "sent", _("Sent")
    ACKNOWLEDGED = "acknowledged", _("Received by them")
    UPHELD = "upheld", _("They agreed")
    PARTLY = "partly", _("They agreed in part")
    REFUSED = "refused", _("They refused")
    NO_ANSWER = "no_answer", _("No answer")
    BOUNCED = "bounced", _("Could not be delivered")
    ESCALATED = "escalated", _("Escalated")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_ANSWERS = frozenset(
    {
        NoticeState.ACKNOWLEDGED,
        NoticeState.UPHELD,
        NoticeState.PARTLY,
        NoticeState.REFUSED,
        NoticeState.NO_ANSWER,
        NoticeState.ESCALATED,
        NoticeState.WITHDRAWN,
    }
)

NOTICE_MOVES: dict[str, frozenset[str]] = {
    NoticeState.DRAFT: frozenset({NoticeState.READY, NoticeState.SENDING, NoticeState.SENT, NoticeState.WITHDRAWN}),
    NoticeState.READY: frozenset({NoticeState.DRAFT, NoticeState.SENDING, NoticeState.SENT, NoticeState.WITHDRAWN}),
    NoticeState.SENDING: frozenset({NoticeState.SENT, NoticeState.BOUNCED, NoticeState.DRAFT}),
    NoticeState.BOUNCED: frozenset({NoticeState.SENDING, NoticeState.SENT, NoticeState.WITHDRAWN}),
    NoticeState.SENT: _ANSWERS | {NoticeState.BOUNCED},
    NoticeState.ACKNOWLEDGED: _ANSWERS - {NoticeState.ACKNOWLEDGED},
    NoticeState.NO_ANSWER: _ANSWERS,
    NoticeState.PARTLY: frozenset({NoticeState.UPHELD, NoticeState.REFUSED, NoticeState.ESCALATED}),
    NoticeState.REFUSED: frozenset({NoticeState.ESCALATED, NoticeState.UPHELD, NoticeState.PARTLY}),
}  # upheld, escalated and withdrawn are final

OPEN_NOTICES = frozenset({NoticeState.SENT, NoticeState.ACKNOWLEDGED, NoticeState.NO_ANSWER})
"""A notice in these states is waiting for the platform."""
