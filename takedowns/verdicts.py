"""From what a look saw to one of three honest answers, and from agreeing looks to a change of state. Pure.

"Gone" and "still up" are said only where the page shows it; everything else is "cannot tell", which never counts.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from takedowns.canonical import identify
from takedowns.observations import LookError, Observation
from takedowns.reference import Marker, PlatformFacts, platforms
from takedowns.states import DOWN_STATES, LinkState

MIN_GAP = timedelta(minutes=10)
MEDIA = ("image/", "video/", "audio/")
LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|signup|auth|accounts?/login|checkpoint|session/new)(?:[/.?]|$)", re.I)
AGE_PATH = re.compile(r"/(?:age|agegate|age-?(?:check|gate|verif\w*)|verify-age|over-?18)(?:[/.?]|$)", re.I)
HOME_PATH = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?|index\.\w+|home/?)?", re.I)
# A notice of removal is short and stands alone; a title that a person wrote round the same words is longer.
WORDS_BESIDE = 25
NOTICE_PAGE = 1500
LOGIN_PAGE = 400
EMPTY_PAGE = 20


class Answer(StrEnum):
    """The three honest answers."""

    GONE = "gone"
    STILL_UP = "still_up"
    CANNOT_TELL = "cannot_tell"


WORDS: Mapping[str, str | Promise] = {
    "http_404": _("The site answers that there is no such page."),
    "http_410": _("The site answers that the page was taken away."),
    "says_removed": _("The page says that it was removed."),
    "page_answers": _("The page is there."),
    "media_answers": _("The file is there. We did not open it."),
    "login": _("The site asks us to sign in."),
    "age": _("The site asks for the visitor's age."),
    "geo": _("The site does not show this page in the country we look from."),
    "challenge": _("The site checks whether a person is looking."),
    "blocked": _("The site refuses to show us the page."),
    "private": _("The page is private."),
    "expired": _("The address has expired; the item may be elsewhere."),
    "parked": _("The site's name is for sale."),
    "unclear": _("The page can mean several things."),
    "contradiction": _("The page says that it is gone and also something else."),
    "perhaps_removed": _("The page may say that it was removed, but not clearly enough."),
    "redirected_home": _("The site sends us to its first page."),
    "redirected_elsewhere": _("The site sends us to another page."),
    "moves_on": _("The page sends visitors on to another page."),
    "empty_page": _("The page shows nothing without scripts."),
    "no_sign": _("This site's pages look alike whether something is there or not. A person has to look."),
    "server_error": _("The site has a fault."),
    "odd_status": _("The site gave an unusual answer."),
    LookError.ADDRESS_REFUSED: _("The address leads to a place that we may not visit."),
    LookError.DNS_FAILED: _("The site's name leads nowhere at the moment."),
    LookError.CONNECT_FAILED: _("We could not reach the site."),
    LookError.TLS_FAILED: _("The site's certificate is not valid."),
    LookError.TIMED_OUT: _("The site did not answer in time."),
    LookError.TOO_MANY_REDIRECTS: _("The site sends us from page to page."),
    LookError.TOO_BIG: _("The page is too large to read."),
    LookError.BAD_ENCODING: _("The page is packed in a way that we do not open."),
    LookError.BAD_ANSWER: _("The site's answer could not be read."),
    LookError.PAGE_TOO_SLOW: _("The page takes too long to read."),
    LookError.NOT_REACHED: _("We did not get to this link in time. It is next."),
    LookError.FETCHER_FAILED: _("Our own check failed. We will try again."),
}


@dataclass(frozen=True)
class Judgement:
    """One answer with the code of its reason, a key of WORDS."""

    answer: Answer
    reason: str

    @property
    def words(self) -> str:
        """The reason in plain words, in the reader's language."""
        return str(WORDS[self.reason])


def judge(seen: Observation, platform: PlatformFacts | None) -> Judgement:
    """Judge one look by the platform's markers; None stands for a site that has no entry of its own."""
    generic = platforms().generic
    facts = platform or generic
    if seen.error:
        return _unknown(seen.error)
    doubts = [mark for mark in {*facts.not_removed_markers, *generic.not_removed_markers} if _is_seen(mark, seen)]
    removed = _removal(seen, facts)
    if doubts:
        return _unknown(_doubt(doubts, is_removed=removed is not None))
    away = _led_away(seen)
    if removed and (away is None or removed == "says_removed"):
        return Judgement(Answer.GONE, removed)
    reason = away or _unusable_status(seen.status) or _unusable_page(seen, facts)
    if reason:
        return _unknown(reason)
    return Judgement(Answer.STILL_UP, "media_answers" if _is_media(seen) else "page_answers")


def _unknown(reason: str) -> Judgement:
    return Judgement(Answer.CANNOT_TELL, str(reason))


def _doubt(doubts: Iterable[Marker], *, is_removed: bool) -> str:
    named = sorted(mark.means for mark in doubts if mark.means != "unclear")
    return named[0] if named else "contradiction" if is_removed else "unclear"


def _removal(seen: Observation, facts: PlatformFacts) -> str | None:
    if seen.status in (404, 410):
        return f"http_{seen.status}"
    marks = [mark for mark in facts.removed_markers if mark.kind != "text"]
    if any(_is_seen(mark, seen) for mark in marks) or _is_removal_notice(seen, facts):
        return "says_removed"
    return None


def _is_removal_notice(seen: Observation, facts: PlatformFacts) -> bool:
    if seen.has_player or len(seen.text) > NOTICE_PAGE:
        return False
    pieces = [piece.strip().casefold() for said in _title_and_headings(seen) for piece in re.split(r"[|–—·:.]", said)]
    return any(
        phrase in piece and len(piece) <= len(phrase) + WORDS_BESIDE
        for phrase in _removal_phrases(facts)
        for piece in pieces
    )


def _may_be_removal_notice(seen: Observation, facts: PlatformFacts) -> bool:
    said = " ".join(_title_and_headings(seen)).casefold()
    return any(phrase in said for phrase in _removal_phrases(facts))


def _removal_phrases(facts: PlatformFacts) -> list[str]:
    return [mark.value.casefold() for mark in facts.removed_markers if mark.kind == "text"]


def _title_and_headings(seen: Observation) -> tuple[str, ...]:
    return (seen.title, *seen.headings)


def _is_seen(mark: Marker, seen: Observation) -> bool:
    host = urlsplit(seen.final_url).hostname or ""
    if mark.hosts and not any(host == name or host.endswith(f".{name}") for name in mark.hosts):
        return False
    if mark.kind == "text":
        said = " ".join(_title_and_headings(seen))
        return mark.value.casefold() in (said if mark.place == "title" else f"{said} {seen.text}").casefold()
    if mark.kind == "http":
        return (
            seen.status in mark.statuses
            or (bool(mark.redirect_to) and any(_without_scheme(hop.url) == mark.redirect_to for hop in seen.hops))
            or (bool(mark.drops) and _dropped(mark.drops, seen))
        )
    return mark.name in seen.marks


def _without_scheme(url: str) -> str:
    return url.partition("://")[2].partition("?")[0]


def _dropped(parameter: str, seen: Observation) -> bool:
    return parameter in parse_qs(urlsplit(seen.url).query) and parameter not in parse_qs(urlsplit(seen.final_url).query)


def _led_away(seen: Observation) -> str | None:
    """Why the page that answered is not the page that was asked for, if it is not."""
    start, end = urlsplit(seen.url), urlsplit(seen.final_url)
    if len(seen.hops) < 2 or _is_root(start):
        return None
    if LOGIN_PATH.search(end.path):
        return "login"
    if AGE_PATH.search(end.path):
        return "age"
    if identify(seen.url, platforms()).key == identify(seen.final_url, platforms()).key:
        return None
    if HOME_PATH.fullmatch(end.path):
        return "redirected_home"
    return None if _keeps_the_item(start, end) else "redirected_elsewhere"


def _is_root(parts: SplitResult) -> bool:
    return parts.path in ("", "/") and not parts.query


def _keeps_the_item(start: SplitResult, end: SplitResult) -> bool:
    """Whether what names the item in the first address is still in the last: its number, or its last word."""
    segments = [segment for segment in start.path.split("/") if segment]
    values = [value for listed in parse_qs(start.query).values() for value in listed]
    numbered = [part for part in segments + values if len(part) >= 4 and re.search(r"\d", part)]
    named = numbered or segments[-1:] or values
    where = re.split(r"[/?&=#]", f"{end.path}?{end.query}")
    return any(part == piece or part in re.split(r"[-_.]", piece) for part in named for piece in where)


def _unusable_status(status: int) -> str | None:
    if status == 200:
        return None
    if status in (401, 407):
        return "login"
    if status == 451:
        return "geo"
    if status in (403, 429):
        return "blocked"
    return "server_error" if status >= 500 else "odd_status"


def _unusable_page(seen: Observation, facts: PlatformFacts) -> str | None:
    if _is_media(seen):
        return None
    if _may_be_removal_notice(seen, facts):
        return "perhaps_removed"
    if seen.has_player:
        return None
    if seen.moves_on:
        return "moves_on"
    if seen.has_password_field and len(seen.text) < LOGIN_PAGE:
        return "login"
    if not seen.headings and len(seen.text) < EMPTY_PAGE:
        return "empty_page"
    return None if facts.is_generic or _shows_removal(facts) else "no_sign"


def _shows_removal(facts: PlatformFacts) -> bool:
    """Whether a removal on this platform would show; without that, an ordinary page proves nothing."""
    return any(mark.needs_source or mark.statuses or mark.redirect_to for mark in facts.removed_markers)


def _is_media(seen: Observation) -> bool:
    return seen.content_type.startswith(MEDIA)


@dataclass(frozen=True)
class Look:
    """One judged look, as the record keeps it."""

    at: datetime
    vantage: str
    answer: str


@dataclass(frozen=True)
class Settled:
    """Two agreeing looks flip a state: to down, still up or back; `first` and `second` are the looks that did it."""

    state: LinkState
    first: Look
    second: Look


def settle(history: Sequence[Look], *, state: str, min_gap: timedelta = MIN_GAP) -> Settled | None:
    """Whether the looks so far change the state of a link; None leaves it as it is.

    The latest looks of one vantage must agree over at least `min_gap`; "cannot tell" neither helps nor hinders. "Gone"
    from one vantage is not believed while another has seen the page since, because a site may hide it from a country.
    Two looks at a page that was down make it `back`. The order of `history` does not matter.
    """
    runs = [run for run in _runs(history) if run[-1].at - run[0].at >= min_gap]
    # The newest word first; where two vantages spoke at one moment, "still up" is the careful one.
    for run in sorted(runs, key=lambda run: (run[-1].at, run[-1].answer == Answer.STILL_UP), reverse=True):
        second = run[-1]
        if second.answer == Answer.GONE and _is_contradicted(run, history):
            continue
        flipped = _flip(second.answer, state)
        if flipped is None:
            return None
        first = max((look for look in run if second.at - look.at >= min_gap), key=lambda look: look.at)
        return Settled(flipped, first, second)
    return None


def _runs(history: Iterable[Look]) -> list[list[Look]]:
    """For each vantage its latest looks that agree, oldest first."""
    by_vantage: dict[str, list[Look]] = defaultdict(list)
    for look in sorted(history, key=lambda look: (look.at, look.answer)):
        if look.answer != Answer.CANNOT_TELL:
            by_vantage[look.vantage].append(look)
    runs = []
    for looks in by_vantage.values():
        run = [looks[-1]]
        for look in reversed(looks[:-1]):
            if look.answer != run[0].answer:
                break
            run.insert(0, look)
        runs.append(run)
    return runs


def _is_contradicted(run: Sequence[Look], history: Iterable[Look]) -> bool:
    return any(look.answer == Answer.STILL_UP and look.at >= run[0].at for look in history)


def _flip(answer: str, state: str) -> LinkState | None:
    was_down = state in DOWN_STATES
    if answer == Answer.GONE:
        return None if was_down else LinkState.DOWN
    if was_down:
        return LinkState.BACK
    return None if state in (LinkState.STILL_UP, LinkState.BACK) else LinkState.STILL_UP
