"""What a bundle tells of the record of links and notices; see evidence.events for the rule."""

from collections.abc import Mapping

from takedowns.events import TakedownEvent

OF_A_LINK = ("site", "reason")
OF_A_NOTICE = ("platform", "route")

DISCLOSED: Mapping[str, tuple[str, ...]] = {
    TakedownEvent.LINKS_ADDED: ("count", "relisted", "sites"),
    TakedownEvent.CHECK_ASKED: ("count",),
    TakedownEvent.LINK_DOWN: (*OF_A_LINK, "first_look", "second_look", "seconds_since_asked"),
    TakedownEvent.LINK_STILL_UP: (*OF_A_LINK, "first_look", "second_look"),
    TakedownEvent.LINK_UNCLEAR: (*OF_A_LINK, "first_look", "second_look"),
    TakedownEvent.LINK_WATCHED: (*OF_A_LINK, "first_look", "second_look"),
    TakedownEvent.LINK_BACK: (*OF_A_LINK, "first_look", "second_look"),
    TakedownEvent.NOTICE_SENT: (*OF_A_NOTICE, "means", "links", "due_at", "is_statutory"),
    TakedownEvent.NOTICE_BOUNCED: (*OF_A_NOTICE, "for_good"),
    TakedownEvent.NOTICE_ANSWERED: (*OF_A_NOTICE, "answer", "has_ticket"),
    TakedownEvent.NOTICE_WITHDRAWN: OF_A_NOTICE,
    TakedownEvent.REPLY_CAME: ("platform", "what", "matched_by", "files"),
    TakedownEvent.CLOCK_MET: ("platform", "lever", "seconds"),
    TakedownEvent.CLOCK_MISSED: ("platform", "lever", "owner", "count"),
}
