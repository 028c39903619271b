"""What did we get? From the facts of a capture to a plain answer: whole, part of it, not what was asked, or nothing.

Pure. It says what the browser was given, never what that means for a link: "gone" is decided elsewhere, by two looks.
A capture is never silently half: whatever is missing without having been left out on purpose makes it partial.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence.capture.findings import Found, Leg
from evidence.models.capture import CaptureResult

NOTHING = "nothing"
"""In place of a result: there is nothing to keep."""

WORDS: Mapping[str, Promise] = {
    "whole": _("The page loaded to its end."),
    "refused": _("The site refused to show us the page."),
    "legal_block": _("The site does not show this page in the country we look from."),
    "too_many": _("The site says that we asked too often."),
    "server_error": _("The site had a fault."),
    "not_there": _("The site answers that there is no such page."),
    "odd_status": _("The site gave an unusual answer."),
    "login_wall": _("The site asks us to sign in."),
    "age_gate": _("The site asks for the visitor’s age."),
    "challenge": _("The site checks whether a person is looking."),
    "cookie_wall": _("A question about cookies covers the page."),
    "covered": _("Something covers most of the page."),
    "empty_shell": _("The page stayed empty: its scripts showed nothing."),
    "moved_home": _("The site sent us to its first page."),
    "media_itself": _("The link is a picture, film or sound itself. It was not downloaded."),
    "download": _("The link is a file, not a page. It was not downloaded."),
    "timed_out": _("The page was not done in time."),
    "no_answer": _("The site did not answer in time."),
    "address_refused": _("The address leads to a place that we may not visit."),
    "dns_failed": _("The site’s name leads nowhere at the moment."),
    "connect_failed": _("We could not reach the site."),
    "tls_failed": _("The site’s certificate is not valid."),
    "too_many_redirects": _("The site sends us from page to page."),
    "bad_answer": _("The site broke off, or its answer could not be read."),
    "too_large": _("The page is larger than what one capture may load."),
    "parts_failed": _("Parts of the page did not load."),
    "picture_cut": _("The page is longer than its picture: the rest is in text and source only."),
    "picture_failed": _("No picture of the page could be taken."),
    "text_failed": _("The page’s text could not be read."),
    "out_of_memory": _("The page needed more memory than a capture may use."),
    "browser_failed": _("Our browser failed. Try again."),
    "no_browser": _("No browser is installed for captures."),
    "no_sandbox": _("The browser cannot be shut in on this machine, so no page is opened."),
    "case_locked": _("The case was locked or closed before this was done."),
    "our_fault": _("Something of ours failed. Try again."),
    "person": _("A person stopped it."),
}
"""Every reason in plain words."""

NOTES: Mapping[str, Promise] = {
    "media_left_out": _("Pictures, films and sounds were left out on purpose."),
    "addresses_refused": _("The page also wanted places that we may not visit; it got nothing from them."),
    "some_parts_failed": _("A few small parts did not load."),
    "cookie_notice": _("A question about cookies stands over part of the page."),
    "other_site": _("We ended on another site than the one asked for."),
    "moved": _("The site sent us on to another address."),
    "popups": _("The page tried to open windows; they were closed."),
    "downloads": _("The page tried to give us files; they were refused."),
    "dialogs": _("The page opened dialogs; they were dismissed."),
    "workers": _("The page tried to install a background program; it was refused."),
    "not_kept": _("Some answers were too large to keep."),
    "no_certificates": _("The site’s certificate could not be read out."),
}
"""What is said beside the reason. Each is a fact, none changes the answer."""

LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sign-?up|auth|accounts?/login|checkpoint|session/new)(?:[/.?]|$)", re.I)
AGE_PATH = re.compile(r"/(?:age|agegate|age-?(?:check|gate|verif\w*)|verify-age|over-?18)(?:[/.?]|$)", re.I)
LANGUAGES = (
    "ar|bg|bn|cs|da|de|el|en|es|et|fa|fi|fr|he|hi|hr|hu|id|it|ja|ko|lt|lv|ms|nb|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|th|tr|uk|"
    "ur|vi|zh"
)
HOME_PATH = re.compile(rf"/?(?:(?:{LANGUAGES})(?:[-_][a-z]{{2}})?/?|index\.\w+|home/?)?", re.I)
LOGIN = re.compile(
    r"\b(?:log ?in|sign ?in|sign up|register)\b.{0,30}\b(?:to (?:continue|view|see|watch)|required|first)|"
    r"\bplease (?:log|sign) ?in\b|you (?:must|need to) (?:log|sign) ?in|you need an account|"
    r"\banmelden\b.{0,20}\bum\b|inicia(?:r)? sesi[oó]n para|connectez-vous pour|يرجى تسجيل الدخول",
    re.I,
)
AGE = re.compile(
    r"(?:verify|confirm|enter) your (?:age|date of birth)|are you (?:over |at least )?(?:18|21)|"
    r"\b(?:18|21) (?:years )?or (?:older|over)\b|i am (?:over )?18|age verification|adults? only|"
    r"bist du (?:über )?18|mayor de 18|plus de 18 ans|فوق 18",
    re.I,
)
CHALLENGE = re.compile(
    r"checking (?:your browser|if the site connection is secure)|just a moment|verif(?:y|ying) (?:that )?you are "
    r"(?:a )?human|are you a robot|i(?:'|’)m not a robot|attention required|enable javascript and cookies to continue|"
    r"complete the (?:security check|captcha)|unusual traffic|ddos protection",
    re.I,
)
COOKIES = re.compile(
    r"\bcookies?\b.{0,400}\b(?:accept|agree|allow|consent|reject|zustimmen|akzeptieren|accepter|aceptar|accetta)|"
    r"\b(?:accept|agree|consent|zustimmen)\b.{0,200}\bcookies?\b|we value your privacy|before you continue",
    re.I | re.S,
)
CHALLENGE_HOSTS = (
    "challenges.cloudflare.com",
    "hcaptcha.com",
    "recaptcha.net",
    "arkoselabs.com",
    "geo.captcha-delivery.com",
)
NEEDS_SCRIPTS = re.compile(r"(?:enable|requires?|need).{0,20}javascript", re.I)
SHORT = 1200
"""A wall stands alone; longer text means that the page is there beside it."""
EMPTY = 30
FEW = 0.1
CODE_KINDS = frozenset({"Script", "Stylesheet", "Document", "Fetch", "XHR"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer: a CaptureResult or NOTHING, its reason (a key of WORDS), what is said beside it (keys of NOTES)."""

    result: str
    reason: str
    notes: Sequence[str] = ()

    @property
    def is_kept(self) -> bool:
        """Whether there is something to keep as an exhibit."""
        return self.result != NOTHING


def judge(found: Found, *, connection_error: str = "") -> Judgement:
    """Judge one capture. `connection_error` is what the proxy said of the page's own host, where nothing came."""
    if reason := _nothing(found, connection_error):
        return Judgement(NOTHING, reason)
    notes = _notes(found)
    if reason := _other(found):
        return Judgement(CaptureResult.OTHER, reason, notes)
    if reason := _partial(found):
        return Judgement(CaptureResult.PARTIAL, reason, notes)
    return Judgement(CaptureResult.WHOLE, "whole", notes)


def words(reason: str) -> str:
    """Return a reason in plain words."""
    return str(WORDS.get(reason, WORDS["our_fault"]))


def note_words(notes: Sequence[str]) -> list[str]:
    """Return notes in plain words; unknown ones are left out."""
    return [str(NOTES[note]) for note in notes if note in NOTES]


def _nothing(found: Found, connection_error: str) -> str:
    answer = found.answer
    if answer is not None and answer.why != "media" and not _broke(found, answer):
        return "" if found.has_dom or found.ended == "no_page" else _broken_off(found)
    if answer is not None and answer.why == "media":
        return ""
    if any(leg.refused for leg in found.main):
        return "address_refused"
    if found.ended in ("out_of_memory", "browser_failed"):
        return str(found.ended)
    if "ERR_CERT" in found.error or "SSL" in found.error:
        return "tls_failed"
    if "TOO_MANY_REDIRECTS" in found.error:
        return "too_many_redirects"
    if connection_error:
        return "no_answer" if connection_error == "timed_out" else connection_error
    if found.ended == "timed_out":
        return "no_answer"
    return "bad_answer"


def _broke(found: Found, answer: Leg) -> bool:
    """Whether the last step for the page itself failed, although an earlier one answered."""
    last = found.main[-1]
    return found.ended == "failed" and (last is not answer or answer.outcome in ("failed", "redirect"))


def _broken_off(found: Found) -> str:
    return found.ended if found.ended in ("out_of_memory", "browser_failed") else "no_answer"


def _other(found: Found) -> str:
    answer = found.answer
    assert answer is not None
    if answer.why == "media":
        return "media_itself"
    if found.ended == "no_page":
        return "download"
    if _is_challenge(found, answer):
        return "challenge"
    if reason := _status(answer.status):
        return reason
    return _wall(found) or _elsewhere(found) or _empty(found)


def _status(status: int) -> str:
    if status in (404, 410):
        return "not_there"
    if status == 451:
        return "legal_block"
    if status == 429:
        return "too_many"
    if 500 <= status < 600:
        return "server_error"
    if 400 <= status < 500:
        return "refused"
    return "" if 200 <= status < 300 else "odd_status"


def _is_challenge(found: Found, answer: Leg) -> bool:
    if answer.header("cf-mitigated") == "challenge":
        return True
    if found.text_length > SHORT:
        return False
    framed = any(str(host).endswith(CHALLENGE_HOSTS) for host in found.signals.get("frames", []) if host)
    return framed or bool(CHALLENGE.search(_said(found)))


def _wall(found: Found) -> str:
    path = urlsplit(found.final_url).path
    led_away = _key(found.final_url) != _key(found.url)
    if led_away and LOGIN_PATH.search(path):
        return "login_wall"
    if led_away and AGE_PATH.search(path):
        return "age_gate"
    cover = str(found.signals.get("cover_text", "")) if float(found.signals.get("covered", 0) or 0) >= 0.5 else ""
    said = cover or (_said(found) if found.text_length <= SHORT else "")
    if said and AGE.search(said):
        return "age_gate"
    if said and (LOGIN.search(said) or (found.signals.get("passwords") and found.text_length <= SHORT // 2)):
        return "login_wall"
    return ""


def _elsewhere(found: Found) -> str:
    start, end = urlsplit(found.url), urlsplit(found.final_url)
    if _key(found.url) == _key(found.final_url) or start.path in ("", "/"):
        return ""
    return "moved_home" if HOME_PATH.fullmatch(end.path) and not end.query else ""


def _empty(found: Found) -> str:
    if "no_signals" in found.notes or found.text_length >= EMPTY or found.with_media:
        return ""
    asks = NEEDS_SCRIPTS.search(f"{found.text} {found.signals.get('noscript', '')}")
    return "empty_shell" if found.signals.get("scripts") or asks or not found.text_length else ""


def _partial(found: Found) -> str:
    if found.ended in ("timed_out", "out_of_memory", "moves_on_and_on", "browser_failed"):
        return {"moves_on_and_on": "too_many_redirects"}.get(found.ended, str(found.ended))
    if found.over:
        return "too_large"
    if "no_signals" in found.notes:
        return "text_failed"
    if _has_lost_parts(found):
        return "parts_failed"
    covered = float(found.signals.get("covered", 0) or 0)
    if covered >= 0.4:
        return "cookie_wall" if COOKIES.search(str(found.signals.get("cover_text", ""))) else "covered"
    if "no_picture" in found.notes or found.shot is None:
        return "picture_failed"
    return "picture_cut" if found.shot["page_height"] > found.shot["height"] else ""


def _parts(found: Found) -> tuple[list[Leg], list[Leg]]:
    """The page's own working parts, and those of them that were lost without our rules' doing."""
    parts = [
        leg for leg in found.legs if leg.kind in CODE_KINDS and not leg.is_main and not leg.why and not leg.refused
    ]
    lost = [leg for leg in parts if leg.outcome in ("failed", "unfinished") or leg.status >= 400]
    return parts, lost


def _has_lost_parts(found: Found) -> bool:
    parts, lost = _parts(found)
    host = urlsplit(found.final_url).hostname
    own = [leg for leg in lost if urlsplit(leg.url).hostname == host and leg.kind != "XHR" and leg.kind != "Fetch"]
    return bool(own) or len(lost) > FEW * max(len(parts), 1)


def _notes(found: Found) -> list[str]:
    cookie = any(COOKIES.search(str(text)) for text in found.signals.get("all_covers", []))
    said = {
        "media_left_out": bool(found.blocked.get("media"))
        or (not found.with_media and bool(found.signals.get("media"))),
        "addresses_refused": bool(found.refused_addresses),
        "some_parts_failed": bool(_parts(found)[1]),
        "cookie_notice": cookie,
        "other_site": urlsplit(found.url).hostname != urlsplit(found.final_url).hostname,
        "moved": _key(found.url) != _key(found.final_url),
        "not_kept": any(leg.outcome == "not_kept" for leg in found.legs),
        "no_certificates": "no_certificates" in found.notes,
        **{name: bool(found.refused.get(name)) for name in ("popups", "downloads", "dialogs", "workers")},
    }
    return [name for name, holds in said.items() if holds]


def _said(found: Found) -> str:
    return " ".join([found.title, *found.headings, found.text[:4000], str(found.signals.get("cover_text", ""))])


def _key(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    return host, parts.path.rstrip("/"), parts.query
