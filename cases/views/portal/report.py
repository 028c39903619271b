"""The client's report: the list of steps, each step, reading back and sending."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cases import countries, helplines, portal
from cases.actions import report
from cases.contributions import PortalPart, contributed
from cases.forms import CleanedForm
from cases.http import SignedInRequest
from cases.models import Power, SafeContact
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page
from cases.states import AgeAnswer
from cases.views.portal.report_forms import ABOUT, KINDS, AgeForm, AgreeForm, WhatForm, WhoForm
from cases.views.portal.safe_contact import words_of

HELP_SHOWN = 6


@dataclass(frozen=True)
class Step:
    """One row of the list of steps."""

    title: str
    status: str
    url: str
    hint: str = ""


def parts_of(request: SignedInRequest, visit: Visit) -> list[PortalPart]:
    """Return the steps that upper apps add, such as where the links are."""
    return [part(visit.case, request.actor) for part in contributed("PORTAL_PARTS")]


def steps_of(visit: Visit, parts: Iterable[PortalPart]) -> list[Step]:
    """Return the steps in order with how far each is; what needs the age answer cannot start before it."""
    answers = visit.report.answers
    adult = visit.case.takes_material

    def own(key: str, title: str, name: str, *, open_now: bool = True, hint: str = "") -> Step:
        status = "done" if key in answers else "todo" if open_now else "locked"
        return Step(title, status, reverse(name), hint)

    added = [
        Step(
            part.title, "done" if part.is_done else "todo" if adult else "locked", part.url, _("You can leave this out")
        )
        for part in sorted(parts, key=lambda part: part.order)
    ]
    ready = adult and not report.missing(answers)
    return [
        own("who", _("About you"), "portal:who"),
        own("age", _("Age of everyone shown"), "portal:age"),
        own("what", _("What happened"), "portal:what", open_now=adult),
        *added,
        own("agree", _("What we may do"), "portal:agree", open_now=adult),
        Step(_("Check and send"), "todo" if ready else "locked", reverse("portal:check")),
    ]


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, until_sent=True)
def steps(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """The list of steps."""
    found = steps_of(visit, parts_of(request, visit))
    return portal.show(request, "portal/report.html", {"steps": found})


def _next_url(request: SignedInRequest, name: str) -> str:
    """Return where a step leads: back to reading everything when it was changed from there, else on."""
    return reverse("portal:check" if request.GET.get("c") else name)


def _saved(request: SignedInRequest, visit: Visit, step: str, answer: dict[str, Any], then: str) -> HttpResponse:
    report.save_step(case_id=visit.case.pk, step=step, answer=answer, by=request.actor, at=visit.at, then=then)
    return HttpResponseRedirect(then)


def _page(
    request: SignedInRequest, template: str, form: CleanedForm, *, exact: bool = False, **more: Any
) -> HttpResponse:
    back = reverse("portal:check" if request.GET.get("c") else "portal:report")
    context = {"form": form, "back_url": back, **more}
    return portal.show(request, template, context, exact=exact, status=422 if form.is_bound else 200)


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("GET", "POST"), until_sent=True)
def who(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Who this is about, and how to call them."""
    then = _next_url(request, "portal:age")
    if "skip" in request.POST:
        return _saved(request, visit, "who", {}, then)
    form = WhoForm(request.POST or None, initial=visit.report.answers.get("who", {}))
    if request.method == "POST" and form.is_valid():
        return _saved(request, visit, "who", form.cleaned_data, then)
    return _page(request, "portal/who.html", form)


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("GET", "POST"), until_sent=True)
def age(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """How old everyone shown was. Under 18 or not sure ends the report and locks the case."""
    form = AgeForm(request.POST or None, initial=visit.report.answers.get("age", {}))
    if request.method == "POST" and form.is_valid():
        then = _next_url(request, "portal:what")
        answer = AgeAnswer(form.cleaned_data["answer"])
        case = report.answer_age(case_id=visit.case.pk, answer=answer, by=request.actor, at=visit.at, then=then)
        return HttpResponseRedirect(reverse("portal:stop") if case.is_age_locked else then)
    return _page(request, "portal/age.html", form, exact=True)


def _help(country: str, *, under_18: bool) -> list[dict[str, Any]]:
    """Return the first services that can be reached from a country, by phone or page."""
    found = helplines.for_country(country, under_18=under_18)
    reached = [
        {"line": line, "phone": line.dialled_from(country)} for line in found if line.url or line.dialled_from(country)
    ]
    return reached[:HELP_SHOWN]


@client_page(Permission.PORTAL_REPORT, stage=Stage.ALWAYS)
def stop(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Where to go when somebody shown may be under 18."""
    if not visit.case.is_age_locked:
        return HttpResponseRedirect(visit.resume_url())
    country = visit.case.country
    shown = _help(country, under_18=True)
    return portal.show(
        request, "portal/stop.html", lambda: {"lines": shown, "country": countries.name_of(country)}, exact=True
    )


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("GET", "POST"), until_sent=True, adults_only=True)
def what(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """What happened, in ticks and, if they want, words."""
    links = next((part.url for part in parts_of(request, visit)), reverse("portal:report"))
    then = reverse("portal:check") if request.GET.get("c") else links
    if "skip" in request.POST:
        return _saved(request, visit, "what", {}, then)
    answers = visit.report.answers
    form = WhatForm(request.POST or None, initial={**answers.get("what", {}), **answers.get("what_draft", {})})
    if request.method == "POST" and form.is_valid():
        saved = _saved(request, visit, "what", form.cleaned_data, then)
        return HttpResponseRedirect(reverse("portal:danger")) if form.cleaned_data["threat_now"] == "yes" else saved
    return _page(request, "portal/what.html", form)


@client_page(
    Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("POST",), until_sent=True, adults_only=True, once=False
)
def keep_what(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Keep what is being typed, so that leaving in a hurry loses nothing. What cannot be kept is passed over."""
    form = WhatForm(request.POST)
    form.is_valid()
    report.save_step(case_id=visit.case.pk, step="what_draft", answer=form.cleaned_data, by=request.actor, at=visit.at)
    return HttpResponse(status=204)


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, adults_only=True)
def danger(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """What helps when somebody is threatening them now."""
    country = str(visit.report.answers.get("who", {}).get("country", "")) or visit.case.country
    context = {"lines": _help(country, under_18=False), "go_on": visit.resume_url(), "back_url": reverse("portal:what")}
    return portal.show(request, "portal/danger.html", context, exact=True)


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("GET", "POST"), until_sent=True, adults_only=True)
def agree(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """What we may do in their name, one power at a time. Only the person shown can agree for themselves."""
    for_another = visit.report.answers.get("who", {}).get("about") in ("child", "someone")
    form = AgreeForm(request.POST or None, initial=visit.report.answers.get("agree", {}))
    if request.method == "POST" and form.is_valid():
        answer = {} if for_another else form.cleaned_data
        return _saved(request, visit, "agree", answer, reverse("portal:check"))
    return _page(request, "portal/agree.html", form, exact=True, for_another=for_another)


@client_page(Permission.PORTAL_REPORT, stage=Stage.REPORT, methods=("GET", "POST"), until_sent=True, adults_only=True)
def check(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Read everything back, change any of it, send."""
    if report.missing(visit.report.answers):
        return HttpResponseRedirect(reverse("portal:report"))
    if request.method == "POST":
        report.send(case_id=visit.case.pk, by=request.actor, at=visit.at)
        return HttpResponseRedirect(reverse("portal:done"))
    back = reverse("portal:report")
    return portal.show(
        request, "portal/check.html", lambda: {"rows": _rows(request, visit), "back_url": back}, exact=True
    )


def _rows(request: SignedInRequest, visit: Visit) -> list[dict[str, Any]]:
    answers = visit.report.answers
    person, story, agreed = answers["who"], answers["what"], answers["agree"]
    who_url, what_url = f"{reverse('portal:who')}?c=1", f"{reverse('portal:what')}?c=1"
    powers = [str(Power(power).label) for power in agreed.get("powers", [])]
    threat = {"yes": _("Yes"), "no": _("No")}.get(str(story.get("threat_now")), "")
    rows = [
        {"label": _("Who it is about"), "value": str(ABOUT.get(person.get("about", ""), "")), "url": who_url},
        {"label": _("Name to use"), "value": person.get("name", ""), "url": who_url},
        {"label": _("Pronouns"), "value": person.get("pronouns", ""), "url": who_url},
        {"label": _("Country"), "value": countries.name_of(person.get("country", "")), "url": who_url},
        {"label": _("What helps us talk"), "value": person.get("needs", ""), "url": who_url},
        {"label": _("Age of everyone shown"), "value": _("18 or older"), "url": f"{reverse('portal:age')}?c=1"},
        {"label": _("What happened"), "lines": [str(KINDS[kind]) for kind in story.get("kinds", [])], "url": what_url},
        {"label": _("Someone is threatening you now"), "value": threat, "url": what_url},
        {"label": _("In your words"), "value": story.get("text", ""), "url": what_url},
    ]
    for part in parts_of(request, visit):
        rows += [{"label": label, "value": value, "url": part.url} for label, value in part.summary]
    agree_url = f"{reverse('portal:agree')}?c=1"
    rows.append({"label": _("What we may do"), "lines": powers or [_("Nothing yet")], "url": agree_url})
    rows.append({"label": _("Signed"), "value": agreed.get("signed_name", ""), "url": agree_url})
    return rows


@client_page(Permission.PORTAL_STATUS, stage=Stage.SENT)
def done(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """It has arrived: what happens now, and what not to do."""
    rules = SafeContact.objects.visible_to(request.actor).standing().filter(case=visit.case)
    return portal.show(request, "portal/done.html", lambda: {"words": words_of(rules, at=visit.at)}, exact=True)
