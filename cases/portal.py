"""What every page of the client's portal has in common: who is here, how far they are, and how a page is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases import languages
from cases.access import acting_as
from cases.actions import door
from cases.http import PlainView, SignedInRequest, one_use, requires
from cases.models import Case, Report
from cases.permissions import Door, Permission
from cases.states import IllegalMove, PortalUse

P = ParamSpec("P")
SMALL_PAGE = frozenset({Permission.PORTAL_MESSAGE, Permission.PORTAL_CONTACT, Permission.PORTAL_ACCESS})
"""What is left of the page for a client who wants messages only."""


class Stage(IntEnum):
    """How far a client must be for a page. ALWAYS stays open when a case is locked for age."""

    ALWAYS = 0
    START = 1
    SAFE = 2
    PIN = 3
    REPORT = 4
    SENT = 5


@dataclass
class Visit:
    """One request of a client: their case, their report so far, and when."""

    case: Case
    report: Report
    at: datetime
    has_own_code: bool

    @property
    def stage(self) -> Stage:
        """Return how far this client is."""
        answers = self.report.answers
        if "understood" not in answers:
            return Stage.START
        if self.case.reported_at is not None:
            return Stage.SENT if self.has_own_code else Stage.PIN
        if "safe" not in answers:
            return Stage.SAFE
        return Stage.REPORT if self.has_own_code else Stage.PIN

    def resume_url(self) -> str:
        """Return the page to go on with: the step that was open, the one that comes next, or where things are."""
        if self.case.is_age_locked:
            return reverse("portal:stop")
        place = {
            Stage.START: "portal:start",
            Stage.SAFE: "portal:safe",
            Stage.PIN: "portal:pin",
            Stage.REPORT: "portal:report",
            Stage.SENT: "portal:status",
        }
        stage = self.stage
        kept = str(self.report.answers.get("place", {}).get("path", ""))
        if stage == Stage.REPORT and kept:
            return kept
        if self._wants_messages_only:
            return reverse("portal:messages")
        return reverse(place[stage], args=[1] if stage == Stage.SAFE else [])

    @property
    def _wants_messages_only(self) -> bool:
        return self.case.portal_use == PortalUse.MESSAGES and self.stage == Stage.SENT

    def leads_away(
        self, stage: Stage, *, until_sent: bool = False, adults_only: bool = False, permission: Permission | None = None
    ) -> str:
        """Return where a page sends the client instead, or an empty text when it is theirs to see."""
        if self.case.portal_use == PortalUse.NONE:
            return reverse("portal:ended")
        if self._wants_messages_only and stage >= Stage.REPORT and permission not in SMALL_PAGE:
            return reverse("portal:messages")
        if stage == Stage.ALWAYS:
            return ""
        if self.case.is_age_locked:
            return reverse("portal:stop")
        if stage > self.stage or (until_sent and self.stage == Stage.SENT):
            return self.resume_url()
        return reverse("portal:age") if adults_only and not self.case.takes_material else ""


PageView = Callable[Concatenate[SignedInRequest, Visit, P], HttpResponse]


def client_page(
    permission: Permission,
    *,
    stage: Stage,
    methods: tuple[str, ...] = ("GET",),
    until_sent: bool = False,
    adults_only: bool = False,
    once: bool = True,
) -> Callable[[PageView[P]], PlainView[P]]:
    """Guard a portal page: the portal's door, this permission, the client's own case, and how far they are.

    The view gets the request and the Visit and runs inside `acting_as`; a POST form works once. `until_sent`: a step
    of the report, closed once that was sent. `adults_only`: only after everyone shown was said to be an adult.
    `once` False is for a page that saves while somebody types, beside the form whose token it must not take.
    """

    def decorate(view: PageView[P]) -> PlainView[P]:
        def page(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            with acting_as(request.actor):
                visit = visit_of(request)
                elsewhere = visit.leads_away(
                    stage, until_sent=until_sent, adults_only=adults_only, permission=permission
                )
                if elsewhere:
                    return HttpResponseRedirect(elsewhere)
                try:
                    return view(request, visit, *args, **kwargs)
                except IllegalMove:
                    # A page that was open too long, or twice: what it asks was done or is over.
                    return HttpResponseRedirect(visit_of(request).resume_url())

        guarded = requires(permission, door=Door.PORTAL, methods=methods)(one_use(page) if once else page)
        return update_wrapper(guarded, view, updated=())

    return decorate


def visit_of(request: SignedInRequest) -> Visit:
    """Return the visit of a signed-in client, inside `acting_as`; 404 when no case is theirs any more."""
    case = Case.objects.visible_to(request.actor).order_by("-opened_at").first()
    report = Report.objects.visible_to(request.actor).filter(case=case).first() if case is not None else None
    if case is None or report is None:
        raise Http404
    now = timezone.now()
    return Visit(case, report, now, door.has_own_code(case.pk, at=now))


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | Callable[[], dict[str, Any]] | None = None,
    *,
    exact: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render a portal page. `exact`: its words keep somebody safe or are signed, so they are never unreviewed.

    A context that holds words made here is given as a function, so that they are made in the page's language.
    """
    language = translation.get_language() or languages.SOURCE
    spoken = languages.exact_language(language) if exact else language
    signed_in = request.user.is_authenticated
    words: dict[str, Any] = {
        "portal_name": _(settings.PORTAL_NAME),
        "portal_languages": languages.tongues() if len(languages.offered()) > 1 else [],
        "idle_seconds": idle_seconds(request) if signed_in else 0,
        "leave_keys_off": bool(request.session.get("leave_keys_off")),
        "fallback_from": language if spoken != language else "",
        "fallback_note": _(
            "This page is in English because its words must be exact, and nobody has checked the translation yet."
        ),
    }
    with translation.override(spoken):
        words.update((context() if callable(context) else context) or {})
        response = render(request, template, words, status=status)
    response.headers["Content-Language"] = spoken
    return response


def idle_seconds(request: HttpRequest) -> int:
    """Return after how many quiet seconds this session ends."""
    return int(request.session.get("idle_seconds", settings.SESSION_LIMITS[Door.PORTAL][0]))


def signed_in(request: HttpRequest) -> bool:
    """Whether a client is signed in here."""
    return request.user.is_authenticated and cast(Any, request.user).is_client
