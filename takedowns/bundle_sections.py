"""The sections of a packet that takedowns owns: every link with every look, and what was asked of platforms."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from cases.eventformat import moment
from cases.models import Case
from evidence.bag import Payload
from evidence.order import BundleOrder
from evidence.sections import PacketSection, Section
from takedowns import listing
from takedowns.models import Answer, Means, Notice, PlaceKind, ReportedUrl, Route, UrlCheck
from takedowns.states import DOWN_STATES, LinkState, NoticeState

URLS_PATH = "data/records/urls.csv"
NOTICES_PATH = "data/records/notices"
SHOWN_ANSWERS = {Answer.GONE: "gone", Answer.STILL_UP: "there", Answer.CANNOT_TELL: "unclear"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    *("link", "address", "platform", "site", "first_seen", "state", "looked_at", "answer", "reason", "status"),
    *("kind", "account", "views", "seen_on", "found_where", "found_from"),
)
NEVER_SENT = (NoticeState.DRAFT, NoticeState.READY, NoticeState.SENDING)


@dataclass(frozen=True)
class LookLine:
    """One look as the packet tells it."""

    at: datetime
    answer: str
    label: str
    detail: str


@dataclass(frozen=True)
class LinkLine:
    """One link as the packet tells it, with every look."""

    label: str
    platform: str
    address: str
    first_seen: datetime
    state: str
    state_label: str
    looks: Sequence[LookLine] = field(default=())
    known: Sequence[tuple[str, str]] = field(default=())


def links(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell every link and every look at it up to `at`; the same as rows in urls.csv. None without links."""
    found = _urls(case, at)
    names = _labels(found)
    # A hidden link keeps its number: what is said of the others elsewhere still fits.
    urls = [url for url in found if not order.hides(url.pk)]
    if not urls:
        return None
    looks: Mapping[UUID, list[UrlCheck]] = defaultdict(list)
    for look in UrlCheck.objects.filter(case=case, at__lte=at).order_by("at"):
        looks[look.url_id].append(look)
    told = [
        LinkLine(
            label=names[url.pk],
            platform=url.platform.name if url.platform else url.site,
            address=url.told,
            first_seen=url.found_at,
            state=_shown_state(url),
            state_label=str(LinkState(url.state).label),
            looks=[_look(look) for look in looks[url.pk]],
            known=_known(url, names),
        )
        for url in urls
    ]
    return PacketSection(
        key="links",
        title=_("Links and every look"),
        template="evidence/packet/links.html",
        context={"links": told},
        rows="links",
        records=[Payload.of(URLS_PATH, _csv(urls, names, looks))],
    )


def _urls(case: Case, at: datetime) -> list[ReportedUrl]:
    found = ReportedUrl.objects.filter(case=case, found_at__lte=at).select_related("platform")
    return [url for url in found.order_by("found_at", "pk") if url.told]


def _known(url: ReportedUrl, names: Mapping[UUID, str]) -> list[tuple[str, str]]:
    told = [
        (_("What it is"), "" if url.kind == PlaceKind.LINK else str(PlaceKind(url.kind).label)),
        (_("Account"), url.account),
        (_("Views shown"), "" if url.views is None else str(url.views)),
        (_("Day seen"), url.seen_on.isoformat() if url.seen_on else ""),
        (_("Where found"), url.found_where),
        (_("Found from"), names.get(url.found_from_id, "") if url.found_from_id else ""),
    ]
    return [(label, value) for label, value in told if value]


def _labels(urls: Sequence[ReportedUrl]) -> dict[UUID, str]:
    return {url.pk: _("Link %(n)d") % {"n": number} for number, url in enumerate(urls, start=1)}


def _shown_state(url: ReportedUrl) -> str:
    if url.state in DOWN_STATES:
        return "gone"
    return "there" if url.state in (LinkState.STILL_UP, LinkState.BACK, LinkState.REFUSED) else "unclear"


def _look(look: UrlCheck) -> LookLine:
    answer = Answer(look.answer)
    detail = listing.reason_words(look.reason)
    code = _(" Code %(status)d.") % {"status": look.status} if look.status else ""
    return LookLine(at=look.at, answer=SHOWN_ANSWERS[answer], label=str(answer.label), detail=detail + code)


def _csv(urls: Sequence[ReportedUrl], names: Mapping[UUID, str], looks: Mapping[UUID, Sequence[UrlCheck]]) -> bytes:
    """One row per look, and one for a link that nobody looked at; UTF-8, times in UTC."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for url in urls:
        platform = url.platform.name if url.platform else ""
        start = [names[url.pk], url.told, platform, url.site, moment(url.found_at), url.state]
        views = "" if url.views is None else url.views
        led = names.get(url.found_from_id, "") if url.found_from_id else ""
        known: list[Any] = [url.kind, url.account, views, url.seen_on or "", url.found_where, led]
        for look in looks[url.pk]:
            found: list[Any] = [moment(look.at), look.answer, look.reason, look.status or ""]
            rows.writerow([_cell(value) for value in start + found + known])
        if not looks[url.pk]:
            rows.writerow([_cell(value) for value in [*start, "", "", "", "", *known]])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    said = str(value)
    return f"'{said}" if said.startswith(FORMULA_STARTS) else said


@dataclass(frozen=True)
class ReplyLine:
    """What a platform answered, as the packet tells it."""

    at: datetime
    label: str
    text: str


@dataclass(frozen=True)
class NoticeLine:
    """One notice as the packet tells it, word for word as it was sent."""

    label: str
    platform: str
    route: str
    sent_at: datetime
    channel: str
    ticket: str
    state_label: str
    subject: str
    text: str
    links: Sequence[str]
    replies: Sequence[ReplyLine]


def notices(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell what was asked up to `at`, with the mails as they left. None when nothing was asked."""
    names = _labels(_urls(case, at))
    sent = Notice.objects.filter(case=case, sent_at__lte=at).exclude(state__in=NEVER_SENT)
    found = list(sent.select_related("platform").prefetch_related("urls").order_by("sent_at", "pk"))
    if not found:
        return None
    return PacketSection(
        key="notices",
        title=_("What we asked, and the answers"),
        template="evidence/packet/notices.html",
        context={"notices": [_line(notice, number, names, at) for number, notice in enumerate(found, start=1)]},
        records=[_record(notice, number, order) for number, notice in enumerate(found, start=1)],
        rows="notices",
        per_part=25,
    )


def _line(notice: Notice, number: int, names: Mapping[UUID, str], at: datetime) -> NoticeLine:
    urls = list(notice.urls.all())
    replies = []
    if notice.answered_at and notice.answered_at <= at:
        said = notice.answer or _("No words of theirs were kept.")
        replies.append(ReplyLine(notice.answered_at, str(NoticeState(notice.state).label), said))
    assert notice.sent_at is not None
    return NoticeLine(
        label=_("Notice %(n)d") % {"n": number},
        platform=listing.site_of(notice, urls),
        route=str(Route(notice.route).label),
        sent_at=notice.sent_at,
        channel=str(Means(notice.means).label),
        ticket=notice.ticket,
        state_label=str(NoticeState(notice.state).label),
        subject=notice.subject,
        text=notice.text,
        links=[names[url.pk] for url in urls if url.pk in names],
        replies=replies,
    )


def _record(notice: Notice, number: int, order: BundleOrder) -> Payload:
    """The mail as it left, or the text that was copied into a form.

    Where something is hidden the text stands in the mail's place: words in an encoded mail cannot be taken out.
    """
    if notice.raw_mail and not order.redactions:
        return Payload.of(f"{NOTICES_PATH}/notice-{number:03}.eml", notice.raw_mail.encode())
    said = order.redactor.text(f"{notice.subject}\n\n{notice.text}")
    return Payload.of(f"{NOTICES_PATH}/notice-{number:03}.txt", said.encode())
