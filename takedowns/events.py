"""Names of what this app records: app.noun_verbed. Each has a template templates/takedowns/events/<what>.html."""

from enum import StrEnum


class TakedownEvent(StrEnum):
    """Everything that takedowns writes into the record. No address ever stands in one: an age lock discards those."""

    LINKS_ADDED = "takedowns.links_added"
    LINK_DROPPED = "takedowns.link_dropped"
    LINK_RELEASED = "takedowns.link_released"
    CHECK_ASKED = "takedowns.check_asked"
    LINK_DOWN = "takedowns.link_down"
    LINK_STILL_UP = "takedowns.link_still_up"
    LINK_UNCLEAR = "takedowns.link_unclear"
    LINK_WATCHED = "takedowns.link_watched"
    LINK_BACK = "takedowns.link_back"
    LINKS_DISCARDED = "takedowns.links_discarded"
    NOTICE_DRAFTED = "takedowns.notice_drafted"
    NOTICE_SAVED = "takedowns.notice_saved"
    NOTICE_APPROVED = "takedowns.notice_approved"
    NOTICE_QUEUED = "takedowns.notice_queued"
    NOTICE_CALLED_BACK = "takedowns.notice_called_back"
    NOTICE_SENT = "takedowns.notice_sent"
    NOTICE_BOUNCED = "takedowns.notice_bounced"
    NOTICE_ANSWERED = "takedowns.notice_answered"
    NOTICE_WITHDRAWN = "takedowns.notice_withdrawn"
    CLOCK_MET = "takedowns.clock_met"
    CLOCK_MISSED = "takedowns.clock_missed"
