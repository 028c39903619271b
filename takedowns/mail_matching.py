"""Finds the notice that a mail belongs to: by our reply address, by the mail it answers, by a ticket; else suggestions.

What another person could know or guess joins nothing by itself: a link or a ticket from elsewhere is a suggestion.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from cases.models import Lookup, LookupKind
from takedowns.book import facts_of, platform_book
from takedowns.mail_kinds import MailRead
from takedowns.models import Notice, Platform
from takedowns.models.reply import MatchedBy
from takedowns.pasted import read_pasted
from takedowns.states import NoticeState
from takedowns.tickets import suggested

TOKEN = re.compile(r"[0-9a-f]{32}")
NEVER_LEFT = frozenset({NoticeState.DRAFT, NoticeState.READY})
MOST_LINKS = 50
MOST_SUGGESTED = 10


@dataclass(frozen=True)
class Suggestion:
    """A notice that a mail may belong to, and why."""

    notice: Notice
    why: str


@dataclass(frozen=True)
class Found:
    """The notice of a mail with the reason, or none and what a person may choose from."""

    notice: Notice | None
    by: MatchedBy | None
    why: str
    suggestions: tuple[Suggestion, ...] = ()


def find(read: MailRead, *, reply_domain: str) -> Found:
    """Look for the notice of a mail; inside `acting_as` of the worker, who sees all cases.

    Two strong signs that name two notices match neither: then a person decides.
    """
    strong = [
        (MatchedBy.TOKEN, _("It came to the reply address of this notice."), _by_token(read, reply_domain)),
        (MatchedBy.REFERENCES, _("It answers the mail of this notice."), _by_ids(read.references)),
        (MatchedBy.INNER, _("It carries the mail of this notice."), _by_ids(_carried(read))),
        (MatchedBy.TICKET, _("It names the ticket number of this notice."), _by_ticket(read, of_sender=True)),
    ]
    named = {notice.pk: (by, why, notice) for by, why, notices in reversed(strong) for notice in notices}
    if len(named) == 1:
        ((by, why, notice),) = named.values()
        if notice.state not in NEVER_LEFT:
            return Found(notice, by, why)
        return Found(None, None, _("The notice that it names never left."), (Suggestion(notice, why),))
    if named:
        several = tuple(Suggestion(notice, why) for _by, why, notice in named.values())
        return Found(None, None, _("It names more than one notice."), several[:MOST_SUGGESTED])
    weak = (*_suggested(_by_ticket(read, of_sender=False), _("The same ticket number.")), *_by_link(read))
    once = {one.notice.pk: one for one in reversed(weak)}
    return Found(None, None, _("Nothing in it names a notice for sure."), tuple(once.values())[:MOST_SUGGESTED])


def tickets_of(read: MailRead, platform: Platform | None) -> list[dict[str, str]]:
    """Return the ticket numbers that a mail seems to name, likeliest first, with why."""
    shape = facts_of(platform).ticket_regex if platform is not None else ""
    found = suggested(subject=read.subject, words=read.fresh, own_shape=shape)
    return [{"text": one.text, "why": one.why} for one in found]


def _by_token(read: MailRead, domain: str) -> list[Notice]:
    tokens = [
        local
        for local, _at, host in (address.rpartition("@") for address in read.to)
        if host == domain.lower() and TOKEN.fullmatch(local)
    ]
    return _notices(LookupKind.REPLY_TOKEN, tokens)


def _by_ids(ids: Iterable[str]) -> list[Notice]:
    return _notices(LookupKind.MESSAGE_ID, list(ids)[:MOST_LINKS])


def _carried(read: MailRead) -> list[str]:
    """Return the Message-IDs of the mail inside, and of the one that a report says it is about."""
    inside = [str(one) for one in (read.inner or {}).get("message_id", [])]
    whole = (read.report or {}).get("whole") or {}
    return inside + re.findall(r"<[^<>\s]+>", str(whole.get("original-message-id", "")))


def _by_ticket(read: MailRead, *, of_sender: bool) -> list[Notice]:
    """Return notices with a ticket that the mail names; `of_sender` only where the platform itself wrote."""
    texts = [one["text"] for one in tickets_of(read, None)]
    found = _notices(LookupKind.TICKET, texts)
    return [notice for notice in found if _is_from(read, notice.platform) or not of_sender]


def _is_from(read: MailRead, platform: Platform) -> bool:
    """Whether the sender's address lies under a domain of the platform; a claim, but one that a stranger must forge."""
    host = read.sender.rpartition("@")[2]
    own = {*platform.domains, platform.abuse_email.rpartition("@")[2]} - {"", "*"}
    return any(host == domain or host.endswith(f".{domain}") for domain in own)


def _by_link(read: MailRead) -> list[Suggestion]:
    """Return notices to the sender's platform that name a link of the mail."""
    items = read_pasted("\n".join(re.findall(r"https?://\S+", read.text)[:MOST_LINKS]), platform_book()).items
    lookups = [pk for item in items for pk in _subjects(LookupKind.LINK, [item.key])]
    notices = Notice.objects.filter(urls__in=lookups).exclude(state__in=NEVER_LEFT).select_related("platform", "case")
    found = [notice for notice in notices.distinct() if _is_from(read, notice.platform)]
    return _suggested(found, _("It names a link of this notice, and comes from this platform."))


def _suggested(notices: Iterable[Notice], why: str) -> list[Suggestion]:
    return [Suggestion(notice, why) for notice in notices]


def _notices(kind: LookupKind, values: Iterable[str]) -> list[Notice]:
    return list(Notice.objects.filter(pk__in=_subjects(kind, values)).select_related("platform", "case"))


def _subjects(kind: LookupKind, values: Iterable[str]) -> list[UUID]:
    return [pk for value in values for pk in Lookup.objects.matching(kind, value).values_list("subject_id", flat=True)]
