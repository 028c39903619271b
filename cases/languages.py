"""Which languages the portal speaks, and which of them a person has reviewed.

Rule: a language is offered when PORTAL_LANGUAGES names it. Pages whose exact words keep somebody safe, or that somebody
signs, are shown in it only when REVIEWED_LANGUAGES names it too; until then they are shown in English with a note.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from cases.permissions import Door

SOURCE = "en"
"""The language the texts are written in: always offered, always reviewed."""
SESSION_NAME = "language"


@dataclass(frozen=True)
class Tongue:
    """A language as the portal's head offers it."""

    code: str
    name: str


def offered() -> list[str]:
    """Return the codes of the languages that clients may choose."""
    known = dict(settings.LANGUAGES)
    return [SOURCE, *(code for code in settings.PORTAL_LANGUAGES if code in known and code != SOURCE)]


def is_reviewed(code: str) -> bool:
    """Whether a person has reviewed the safety and consent texts of a language."""
    return code == SOURCE or code in settings.REVIEWED_LANGUAGES


def tongues() -> list[Tongue]:
    """Return the offered languages under their own names."""
    return [Tongue(code, translation.get_language_info(code)["name_local"]) for code in offered()]


def exact_language(code: str) -> str:
    """Return the language for a page whose words must be exact."""
    return code if is_reviewed(code) else SOURCE


def wanted_by(request: HttpRequest) -> str:
    """Return the language of a request: on the portal the chosen one, else what the browser asks for; staff English."""
    if getattr(request, "door", None) != Door.PORTAL:
        return settings.LANGUAGE_CODE
    chosen = request.session.get(SESSION_NAME, "")
    if chosen in offered():
        return str(chosen)
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if code.split("-")[0] in offered():
            return code.split("-")[0]
    return SOURCE


class LanguageMiddleware:
    """Speak the language of the person at this door; nothing about it is kept in a cookie of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the wanted language."""
        code = wanted_by(request)
        request.LANGUAGE_CODE = code
        with translation.override(code):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", code)
        return response
