"""What did we get: facts of a capture and the one honest answer to them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.capture.findings import Found, Leg
from evidence.capture.judge import NOTES, WORDS, Judgement, judge, note_words, words

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LONG = "Words of a page that was asked for. " * 60
URL = "https://site.example.net/v/abc"


def leg(url: str = URL, **changes: Any) -> Leg:
    facts: dict[str, Any] = {
        "url": url, "method": "GET", "kind": "Document", "at": AT, "ended_at": AT, "status": 200, "status_words": "",
        "request_headers": (), "headers": (), "outcome": "whole", "why": "", "error": "", "is_main": True,
        "mime": "text/html", "protocol": "h2", "tls": None, "body_name": "body:0", "post": "",
        "addresses": ["192.0.2.1"],
        "refused": "",
    }  # fmt: skip
    return Leg(**{**facts, **changes})


def part(**changes: Any) -> Leg:
    return leg(**{"url": "https://site.example.net/x.js", "kind": "Script", "is_main": False, **changes})


def found(**changes: Any) -> Found:
    text = changes.pop("text", LONG)
    signals = {"covered": 0, "cover_text": "", "all_covers": [], "scripts": 3, "passwords": 0, "frames": [], "media": 0}
    facts: dict[str, Any] = {
        "url": URL, "final_url": URL, "title": "Video abc", "headings": ["Video abc"], "text": text,
        "text_length": len(text.strip()), "legs": [leg()], "ended": "loaded", "error": "",
        "signals": signals | changes.pop("signals", {}), "navigations": [], "notes": [],
        "shot": {"width": 1280, "height": 800, "page_height": 800}, "refused": {}, "certificates": {},
        "user_agent": "", "browser": "", "with_media": False, "over": "", "bytes_down": 0, "has_dom": True,
    }  # fmt: skip
    return Found(**{**facts, **changes})


def wall(text: str, **changes: Any) -> Found:
    return found(text=text, title=changes.pop("title", text[:40]), headings=[], **changes)


COVER = {"covered": 0.8}
CASES: dict[str, tuple[Found, tuple[str, str]]] = {
    "a whole page": (found(), ("whole", "whole")),
    "a page of few words without scripts": (
        wall("Short, but it is what stands there.", signals={"scripts": 0}),
        ("whole", "whole"),
    ),
    "refused 403": (found(legs=[leg(status=403)]), ("other", "refused")),
    "refused 401": (found(legs=[leg(status=401)]), ("other", "refused")),
    "legal block 451": (found(legs=[leg(status=451)]), ("other", "legal_block")),
    "too many 429": (found(legs=[leg(status=429)]), ("other", "too_many")),
    "fault 503": (found(legs=[leg(status=503)]), ("other", "server_error")),
    "not there 404": (found(legs=[leg(status=404)]), ("other", "not_there")),
    "not there 410": (found(legs=[leg(status=410)]), ("other", "not_there")),
    "odd 204": (found(legs=[leg(status=304)]), ("other", "odd_status")),
    "challenge by header": (
        found(legs=[leg(status=403, headers=[("cf-mitigated", "challenge")])]),
        ("other", "challenge"),
    ),
    "challenge by words": (wall("Just a moment… Verifying you are human."), ("other", "challenge")),
    "challenge by frame": (
        wall("Please wait.", signals={"frames": ["challenges.cloudflare.com"]}),
        ("other", "challenge"),
    ),
    "a long page that speaks of robots": (found(text=LONG + "Are you a robot?"), ("whole", "whole")),
    "login wall by words": (
        wall("Log in to continue. You need an account to see this video."),
        ("other", "login_wall"),
    ),
    "login wall in Spanish": (wall("Inicia sesión para ver este video en el sitio."), ("other", "login_wall")),
    "login wall by password field": (
        wall("Welcome back, enter your name.", signals={"passwords": 1}),
        ("other", "login_wall"),
    ),
    "login wall by redirect": (
        found(
            final_url="https://site.example.net/login?next=/v/abc", legs=[leg(status=302, outcome="redirect"), leg()]
        ),
        ("other", "login_wall"),
    ),
    "login wall over the page": (
        found(signals={**COVER, "cover_text": "Sign up to see more, or log in to continue"}),
        ("other", "login_wall"),
    ),
    "a login link on a long page": (found(text="Log in " + LONG), ("whole", "whole")),
    "the login page itself was asked for": (
        found(url="https://site.example.net/login", final_url="https://site.example.net/login"),
        ("whole", "whole"),
    ),
    "age gate by words": (wall("Verify your age. You must be 18 or older to enter."), ("other", "age_gate")),
    "age gate over the page": (
        found(signals={**COVER, "cover_text": "Are you over 18? Yes No"}),
        ("other", "age_gate"),
    ),
    "age gate by redirect": (found(final_url="https://site.example.net/age-check?x=1"), ("other", "age_gate")),
    "cookie wall": (
        found(signals={**COVER, "cover_text": "We use cookies. Accept all or reject."}),
        ("partial", "cookie_wall"),
    ),
    "covered by something": (found(signals={**COVER, "cover_text": "Install our app now"}), ("partial", "covered")),
    "a small cookie bar": (
        found(signals={"covered": 0.1, "all_covers": ["We use cookies. Accept"]}),
        ("whole", "whole"),
    ),
    "empty shell": (wall("", signals={"scripts": 4}), ("other", "empty_shell")),
    "asks for scripts": (wall("You need JavaScript.", signals={"scripts": 0}), ("other", "empty_shell")),
    "moved home": (found(final_url="https://site.example.net/"), ("other", "moved_home")),
    "moved to the first page in a language": (found(final_url="https://site.example.net/de/"), ("other", "moved_home")),
    "moved to a short address": (found(final_url="https://site.example.net/ok"), ("whole", "whole")),
    "moved within the site": (found(final_url="https://site.example.net/v/abc-new-name"), ("whole", "whole")),
    "the first page was asked for": (
        found(url="https://site.example.net/", final_url="https://site.example.net/en"),
        ("whole", "whole"),
    ),
    "a picture itself": (
        found(legs=[leg(why="media", outcome="blocked", mime="image/png")], ended="no_page", has_dom=False),
        ("other", "media_itself"),
    ),
    "a download": (found(ended="no_page", has_dom=False), ("other", "download")),
    "timed out with a page": (found(ended="timed_out"), ("partial", "timed_out")),
    "out of memory with a page": (found(ended="out_of_memory"), ("partial", "out_of_memory")),
    "limit of bytes": (found(over="down"), ("partial", "too_large")),
    "a lost style of its own": (found(legs=[leg(), part(outcome="failed", status=0)]), ("partial", "parts_failed")),
    "a lost style with 404": (found(legs=[leg(), part(status=404)]), ("partial", "parts_failed")),
    "one lost advertisement of many parts": (
        found(legs=[leg(), *[part() for _ in range(20)], part(url="https://ads.example.org/a.js", outcome="failed")]),
        ("whole", "whole"),
    ),
    "parts that we stopped are not lost": (
        found(legs=[leg(), part(kind="Fetch", outcome="blocked", why="media")]),
        ("whole", "whole"),
    ),
    "private places are not lost parts": (
        found(legs=[leg(), part(url="http://10.0.0.1/", outcome="failed", refused="ip_not_public")]),
        ("whole", "whole"),
    ),
    "no text": (found(notes=["no_signals"]), ("partial", "text_failed")),
    "no picture": (found(notes=["no_picture"], shot=None), ("partial", "picture_failed")),
    "a long page": (found(shot={"width": 1280, "height": 12000, "page_height": 40000}), ("partial", "picture_cut")),
    "address refused": (
        found(legs=[leg(status=0, outcome="failed", refused="ip_not_public")], ended="failed", has_dom=False),
        ("nothing", "address_refused"),
    ),
    "redirect to a refused address": (
        found(
            legs=[leg(status=302, outcome="redirect"), leg(status=0, outcome="failed", refused="ip_not_public")],
            ended="failed",
            has_dom=False,
        ),
        ("nothing", "address_refused"),
    ),
    "bad certificate": (
        found(
            legs=[leg(status=0, outcome="failed")],
            ended="failed",
            error="net::ERR_CERT_AUTHORITY_INVALID",
            has_dom=False,
        ),
        ("nothing", "tls_failed"),
    ),
    "endless redirects": (
        found(
            legs=[leg(status=302, outcome="redirect"), leg(status=302, outcome="failed")],
            ended="failed",
            error="net::ERR_TOO_MANY_REDIRECTS",
            has_dom=False,
        ),
        ("nothing", "too_many_redirects"),
    ),
    "no answer in time": (
        found(legs=[leg(status=0, outcome="unfinished")], ended="timed_out", error="nothing", has_dom=False),
        ("nothing", "no_answer"),
    ),
    "broken off": (
        found(legs=[leg(status=0, outcome="failed")], ended="failed", error="net::ERR_EMPTY_RESPONSE", has_dom=False),
        ("nothing", "bad_answer"),
    ),
    "browser failed": (found(legs=[], ended="browser_failed", has_dom=False), ("nothing", "browser_failed")),
    "out of memory without a page": (found(ended="out_of_memory", has_dom=False), ("nothing", "out_of_memory")),
    "answered but never shown": (found(ended="timed_out", has_dom=False), ("nothing", "no_answer")),
}


@pytest.mark.parametrize("name", CASES)
def test_each_capture_gets_its_honest_answer(name: str) -> None:
    facts, expected = CASES[name]
    judged = judge(facts)
    assert (str(judged.result), judged.reason) == expected


@pytest.mark.parametrize(
    ("said", "reason"), [("dns_failed", "dns_failed"), ("connect_failed", "connect_failed"), ("timed_out", "no_answer")]
)
def test_what_the_proxy_says_of_the_pages_own_host_is_the_reason(said: str, reason: str) -> None:
    nothing = found(legs=[leg(status=0, outcome="failed")], ended="failed", has_dom=False)
    assert judge(nothing, connection_error=said).reason == reason


def test_what_is_missing_is_never_silent() -> None:
    facts = found(
        legs=[leg(), part(kind="Image", why="media", outcome="blocked"),
              part(url="http://10.0.0.1/", refused="ip_not_public", outcome="failed"),
              part(outcome="not_kept")],
        final_url="https://other.example.org/v/abc",
        refused={"popups": 2, "downloads": 1, "dialogs": 1, "workers": 1},
        signals={"all_covers": ["Cookies: accept them"]},
    )  # fmt: skip
    assert set(judge(facts).notes) == set(NOTES) - {"some_parts_failed", "no_certificates"}


def test_media_left_out_on_purpose_do_not_make_a_page_partial() -> None:
    facts = found(legs=[leg(), part(kind="Image", why="media", outcome="blocked")])
    assert judge(facts) == Judgement("whole", "whole", ["media_left_out"])


def test_with_media_a_page_of_one_picture_is_no_empty_shell() -> None:
    assert judge(replace(wall("", signals={"scripts": 4}), with_media=True)).reason == "whole"


def test_every_reason_and_note_has_words() -> None:
    reasons = {expected[1] for _, expected in CASES.values()}
    assert reasons <= set(WORDS)
    assert words("refused") != words("never heard of")
    assert note_words(["popups", "never heard of"]) == [str(NOTES["popups"])]
