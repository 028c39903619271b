"""How links and notices read on a page: one row each, with everything that a template shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Approval, ApprovalKind
from takedowns.models import ClockState, Notice, NoticeClock, NoticeLink, PlaceKind, ReportedUrl, Route
from takedowns.states import DOWN_STATES, LinkState, NoticeState
from takedowns.verdicts import WORDS

LINK_TONES = {
    LinkState.ASKED: ("info", "wait"),
    LinkState.DOWN: ("ok", ""),
    LinkState.WATCHING: ("ok", ""),
    LinkState.STILL_UP: ("soon", ""),
    LinkState.REFUSED: ("soon", ""),
    LinkState.BACK: ("late", ""),
}
ASKED_AND = {
    LinkState.STILL_UP: gettext_lazy("Asked, still up"),
    LinkState.CANNOT_TELL: gettext_lazy("Asked, cannot tell"),
}
NOTICE_TONES = {
    NoticeState.SENDING: ("info", "wait"),
    NoticeState.SENT: ("info", "wait"),
    NoticeState.ACKNOWLEDGED: ("info", "wait"),
    NoticeState.UPHELD: ("ok", ""),
    NoticeState.PARTLY: ("soon", ""),
    NoticeState.REFUSED: ("late", ""),
    NoticeState.NO_ANSWER: ("soon", ""),
    NoticeState.BOUNCED: ("late", ""),
}


@dataclass(frozen=True)
class LinkRow:
    """One link in a table. `clock` is the earliest that runs for it."""

    url: ReportedUrl
    where: str
    note: str
    route: str
    state: str
    tone: str
    icon: str
    clock: NoticeClock | None
    answer: str
    href: str

    @property
    def is_down(self) -> bool:
        """Whether it is down, and we checked."""
        return self.url.state in DOWN_STATES


def reason_words(reason: str) -> str:
    """Say the reason of a look in plain words; one that is not known any more reads as it is."""
    return str(WORDS.get(reason, reason))


def where_of(url: ReportedUrl) -> str:
    """Name the site of a link or the sort of a place, never its address."""
    if url.kind == PlaceKind.LINK:
        return url.site or _("Discarded unread")
    kind = str(PlaceKind(url.kind).label)
    return f"{kind}, {url.site}" if url.site else kind


def link_rows(urls: Sequence[ReportedUrl]) -> list[LinkRow]:
    """Return the rows of some links, in two queries whatever their number."""
    notices: dict[UUID, Notice] = {}
    clocks: dict[UUID, NoticeClock] = {}
    named = NoticeLink.objects.filter(url__in=urls).select_related("notice").order_by("notice__created_at")
    by_notice: Mapping[UUID, list[UUID]] = defaultdict(list)
    for link in named:
        if link.notice.state != NoticeState.WITHDRAWN:
            notices[link.url_id] = link.notice
            by_notice[link.notice_id].append(link.url_id)
    shown = NoticeClock.objects.filter(notice__in=list(by_notice))
    running = shown.exclude(state__in=[ClockState.STOPPED, ClockState.PAUSED])
    for clock in running.order_by("-due_at"):
        if clock.state != ClockState.MET:
            clocks.update(dict.fromkeys(by_notice[clock.notice_id], clock))
    return [_link_row(url, notices.get(url.pk), clocks.get(url.pk)) for url in urls]


def _link_row(url: ReportedUrl, notice: Notice | None, clock: NoticeClock | None) -> LinkRow:
    tone, icon = LINK_TONES.get(LinkState(url.state), ("", "none"))
    state = _("Draft written") if notice and not notice.is_frozen else str(LinkState(url.state).label)
    if clock is not None and clock.state == ClockState.RUNNING and url.state in ASKED_AND:
        state, tone, icon = str(ASKED_AND[LinkState(url.state)]), "info", "wait"
    return LinkRow(
        url=url,
        where=where_of(url),
        note=" · ".join(filter(None, [url.platform.name if url.platform else "", url.get_found_by_display()])),
        route=str(Route(notice.route).label) if notice else "",
        state=state,
        tone=tone,
        icon=icon,
        clock=None if url.state in DOWN_STATES else clock,
        answer=reason_words(url.last_reason) if url.last_reason else "",
        href=reverse("takedowns:link", args=[url.case.reference, url.pk]),
    )


@dataclass(frozen=True)
class NoticeRow:
    """One notice in a table."""

    notice: Notice
    title: str
    route: str
    state: str
    tone: str
    icon: str
    links: int
    down: int
    clock: NoticeClock | None
    href: str


def site_of(notice: Notice, urls: Sequence[ReportedUrl]) -> str:
    """Name whom a notice goes to: the platform, or the site where no playbook knows one."""
    return urls[0].site if notice.platform_id == "generic_site" and urls else notice.platform.name


def notice_rows(notices: Iterable[Notice]) -> list[NoticeRow]:
    """Return the rows of notices that were loaded with for_rows() and their urls."""
    found = list(notices)
    drafts = [notice.pk for notice in found if not notice.is_frozen]
    asked = Approval.objects.waiting().filter(kind=ApprovalKind.NOTICE_SEND, subject_id__in=drafts)
    waiting = set(asked.values_list("subject_id", flat=True)) if drafts else set()
    return [_notice_row(notice, waits=notice.pk in waiting) for notice in found]


def _notice_row(notice: Notice, *, waits: bool) -> NoticeRow:
    tone, icon = NOTICE_TONES.get(NoticeState(notice.state), ("", "none"))
    if waits:
        tone, icon = "soon", "wait"
    urls = list(notice.urls.all())
    return NoticeRow(
        notice=notice,
        title=site_of(notice, urls),
        route=str(Route(notice.route).label),
        state=_("Waits for approval") if waits else str(NoticeState(notice.state).label),
        tone=tone,
        icon=icon,
        links=len(urls),
        down=sum(url.state in DOWN_STATES for url in urls),
        clock=min(
            (clock for clock in notice.clocks.all() if clock.state != ClockState.PAUSED),
            key=lambda clock: clock.due_at,
            default=None,
        ),
        href=reverse("takedowns:notice", args=[notice.case.reference, notice.pk]),
    )
