"""The list of cases, and the first page of one."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.actions import limit as limit_actions
from cases.case_page import OVERVIEW, case_page, may_open
from cases.contributions import Panel, contributed
from cases.forms import CleanedForm
from cases.http import SignedInRequest, requires
from cases.limits import Counted
from cases.models import Case, CaseTask, Consent, Event, Power, SafeContact
from cases.permissions import Permission
from cases.queue import groups
from cases.reading import read_events
from cases.states import AgeAnswer, CaseState
from cases.views.age import locked_context

PAGE_SIZE = 50
LATEST_SHOWN = 5
PARTS = {"links": "takedowns:links", "exhibits": "evidence:exhibits"}


class CaseFilter(CleanedForm):
    """Which cases to list."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[
            ("", gettext_lazy("All that are not closed")),
            *(one for one in CaseState.choices if one[0] != CaseState.ERASED),
        ],
        required=False,
    )
    owner = forms.ChoiceField(
        label=gettext_lazy("Owner"),
        choices=[("", gettext_lazy("Everybody")), ("me", gettext_lazy("Me"))],
        required=False,
    )


@requires(Permission.CASE_VIEW)
def cases(request: SignedInRequest) -> HttpResponse:
    """List the cases that the person may see, newest first."""
    form = CaseFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    state, owner = chosen.get("state", ""), chosen.get("owner", "")
    found = Case.objects.visible_to(request.actor).for_rows()
    found = found.filter(state=state) if state else found.open()
    if owner:
        found = found.filter(owner=request.user)
    after = _place(request.GET.get("after", ""))
    if after is not None:
        found = found.filter(after)
    next_due = CaseTask.objects.open().filter(case=OuterRef("pk"), due_at__isnull=False).order_by("due_at")
    rows = list(found.annotate(next_due=Subquery(next_due.values("due_at")[:1]))[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    asked = {name: value for name, value in (("state", state), ("owner", owner)) if value}
    base = reverse("cases:cases")
    older = ""
    if len(rows) > len(shown):
        place = f"{shown[-1].opened_at.isoformat()}_{shown[-1].pk}"
        older = f"{base}?{urlencode({**asked, 'after': place})}"
    context = {
        "now": timezone.now(),
        "filter": form,
        "is_filtered": bool(asked),
        "cases": shown,
        "older": older,
        "newer": f"{base}?{urlencode(asked)}" if after is not None else "",
    }
    return render(request, "cases/cases.html", context)


def _place(text: str) -> Q | None:
    moment, _dot, number = text.rpartition("_")
    try:
        opened_at, case_id = datetime.fromisoformat(moment), UUID(number)
    except ValueError:
        return None
    if opened_at.tzinfo is None:
        return None
    return Q(opened_at__lt=opened_at) | Q(opened_at=opened_at, pk__gt=case_id)


@requires(Permission.CASE_VIEW)
def case(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show one case: what to do next, what each part holds, what happened last."""
    found = get_object_or_404(Case.objects.visible_to(request.actor).select_related("owner"), reference=reference)
    limit_actions.count(kind=Counted.CASE_OPENED, by=request.actor, at=timezone.now())
    if found.is_age_locked:
        locked = locked_context(found, request.user, request.actor)
        return render(request, "cases/locked.html", case_page(request, found, tab=OVERVIEW, **locked))
    now = timezone.now()
    parts: list[Panel] = [panel(found, request.actor, now) for panel in contributed("CASE_PANELS")]
    panels = [part for part in parts if part.permission is None or request.user.may(part.permission)]
    tasks = list(CaseTask.objects.visible_to(request.actor).open().filter(case=found).for_rows()[:PAGE_SIZE])
    events = Event.objects.visible_to(request.actor).filter(case=found).without_looks()
    events = events.order_by("-at", "-seq")[:LATEST_SHOWN]
    context = case_page(request, found, tab=OVERVIEW, now=now, panels=panels)
    context |= {
        "groups": groups(tasks, now=now, zone=timezone.get_current_timezone()),
        "latest": read_events(list(events)),
        "checklist": before_first_notice(found, request, context["counts"]),
        "back": request.path,
    }
    return render(request, "cases/case.html", context)


def before_first_notice(case: Case, request: SignedInRequest, counts: dict[str, int | None]) -> list[dict[str, str]]:
    """Return what a fresh case needs before its first notice; empty once one was written, or the case is closed."""
    if counts.get("notices") or not case.takes_more:
        return []
    plan = reverse("cases:client", args=[case.reference])
    tab = {key: reverse(name, args=[case.reference]) for key, name in PARTS.items()}
    rules = SafeContact.objects.visible_to(request.actor).standing().filter(case=case)
    consents = Consent.objects.visible_to(request.actor).filter(case=case)
    steps = [
        (_("Safe contact asked"), rules.exists(), plan, _("Ask")),
        (_("Everyone shown was an adult"), case.age_answer == AgeAnswer.ADULT, plan, _("Ask")),
        (_("Consent to ask sites"), consents.allows(Power.ASK_SITES), plan, _("Ask")),
        (_("Links"), bool(counts.get("links")), tab["links"], _("Add links")),
        (_("Proof kept before it goes"), bool(counts.get("exhibits")), tab["exhibits"], _("Add evidence")),
    ]
    return [
        {"label": label, "state": "have"}
        if have
        else {"label": label, "state": "missing", "url": url if may_open(url, request.user) else "", "action": action}
        for label, have, url, action in steps
    ]
