"""What the platforms show: one answer for each behaviour, rendered from the folder pages/."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.template import Engine

from config.demo.behaviours import STATUS, Behaviour
from config.demo.platforms import Platform
from config.demo.world import Link, Report

FOLDER = Path(__file__).with_name("pages")

# An engine of its own: the site is a process without Django's settings. Everything passed in is text, so that
# nothing asks for a locale.
_engine = Engine(dirs=[str(FOLDER)], autoescape=True)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A page about to be sent."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html"


def page(template: str, context: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Render one file of pages/ with everything in it escaped."""
    return Answer(
        status=status,
        body=_engine.render_to_string(template, context),
        headers=HEADERS | (headers or {}),
    )


def as_json(value: object, *, status: int = 200) -> Answer:
    """An answer of the JSON interface."""
    return Answer(status=status, body=json.dumps(value), headers=dict(HEADERS), kind="application/json")


def redirect(location: str, *, status: int = 303) -> Answer:
    """Send the visitor elsewhere on the same host."""
    return Answer(status=status, headers=HEADERS | {"Location": location})


def stylesheet(name: str) -> Answer:
    """One of the two style sheets."""
    return Answer(status=200, body=(FOLDER / name).read_text(encoding="utf-8"), headers=dict(HEADERS), kind="text/css")


def home(platform: Platform, links: list[Link]) -> Answer:
    """The platform's first page, with the links that can be seen there."""
    shown = [{"path": link.path, "copy_of": link.copy_of} for link in links]
    return page("home.html", {"site": platform, "links": shown})


def item(platform: Platform, path: str, behaviour: Behaviour) -> Answer:
    """What a look at one address meets. DROPPED has no page: the connection is closed instead."""
    status = STATUS[behaviour]
    if behaviour is Behaviour.UP:
        return page("item.html", {"site": platform, "path": path, "id": path.rpartition("/")[2]})
    if behaviour is Behaviour.REDIRECT_HOME:
        return redirect("/", status=status)
    if behaviour is Behaviour.LOGIN_REDIRECT:
        return redirect(f"/login?next={path}", status=status)
    headers = {"Retry-After": "3600"} if behaviour is Behaviour.TOO_MANY_REQUESTS else {}
    return notice(
        platform, *_words(platform, behaviour), status=status, form=_FORMS.get(behaviour, ""), headers=headers
    )


def login(platform: Platform) -> Answer:
    """The sign-in page that LOGIN_REDIRECT leads to."""
    return item(platform, "/login", Behaviour.LOGIN_WALL)


def nothing_here(platform: Platform) -> Answer:
    """A path that no item has."""
    return notice(platform, "Page not found", "There is nothing at this address.", status=404)


def notice(
    platform: Platform, heading: str, text: str, *, status: int, form: str = "", headers: dict[str, str] | None = None
) -> Answer:
    """A page that holds one message in place of an item."""
    return page(
        "notice.html",
        {"site": platform, "heading": heading, "text": text, "form": form},
        status=status,
        headers=headers,
    )


def report_form(platform: Platform, *, typed: dict[str, str], errors: dict[str, str]) -> Answer:
    """The report form, empty or with what was typed and what is wrong with it (status 400)."""
    return page("report.html", {"site": platform, "typed": typed, "errors": errors}, status=400 if errors else 200)


def ticket(platform: Platform, report: Report) -> Answer:
    """The page that tells the ticket number."""
    return page("ticket.html", {"site": platform, "ticket": report.ticket, "links": report.links})


_FORMS = {Behaviour.LOGIN_WALL: "login", Behaviour.AGE_GATE: "age"}


def _words(platform: Platform, behaviour: Behaviour) -> tuple[str, str]:
    """Heading and sentence; the headings are the markers that platforms.toml names."""
    match behaviour:
        case Behaviour.NOT_FOUND | Behaviour.GONE | Behaviour.SOFT_404:
            return platform.gone_words, "It may have been taken down, or its owner deleted it."
        case Behaviour.LOGIN_WALL:
            return "Log in to continue", f"You need an account to see this {platform.noun}."
        case Behaviour.AGE_GATE:
            return "Verify your age", "You must be 18 or older to enter."
        case Behaviour.GEO_BLOCK | Behaviour.GEO_BLOCK_403:
            return f"This {platform.noun} is not available in your country", "Local rules keep us from showing it."
        case Behaviour.CHALLENGE | Behaviour.CHALLENGE_403:
            return "Checking your browser", "This takes a moment. Turn on JavaScript and cookies to go on."
        case Behaviour.TOO_MANY_REQUESTS:
            return "Too many requests", "Slow down and try again in an hour."
        case Behaviour.PARKED:
            return "This domain is for sale", "Ask the owner for a price."
        case Behaviour.SERVER_ERROR:
            return "Something went wrong", "Our engineers have been told."
        case _:
            return "The server took too long", "Try again later."
