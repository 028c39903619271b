"""What look-ups met, for supervisors: two references, and a decision what they are to each other."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import match as actions
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import LookupKind, Match, MatchDecision
from cases.permissions import Permission
from cases.states import IllegalMove

DECIDED_SHOWN = 20


class DecisionForm(CleanedForm):
    """What the two are to each other; with opposing interests, who is kept out of the other case."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What are they to each other?"), choices=MatchDecision.choices, widget=forms.RadioSelect
    )
    kept_apart = forms.MultipleChoiceField(
        label=gettext_lazy("With opposing interests: who is kept out of the other case?"),
        help_text=gettext_lazy("They are not told, and neither case is."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    missing = {"decision": gettext_lazy("Choose what they are to each other.")}

    def __init__(self, *args: object, people: list[actions.Worker], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.user_id), f"{one.name} ({one.reference})") for one in people]
        self.fields["kept_apart"].choices = choices  # type: ignore[attr-defined]


def _kinds(match: Match) -> list[str]:
    return [str(LookupKind(kind).label) for kind in match.kinds]


@requires(Permission.APPROVAL_GIVE)
def matches(request: SignedInRequest) -> HttpResponse:
    """List what waits and what was decided."""
    rows = Match.objects.select_related("asked_by")
    waiting = [(row, _kinds(row)) for row in rows.open()]
    decided = rows.exclude(decision="").select_related("decided_by").order_by("-decided_at")[:DECIDED_SHOWN]
    return render(request, "cases/matches.html", {"waiting": waiting, "decided": list(decided)})


@requires(Permission.APPROVAL_GIVE, methods=("GET", "POST"), step_up=True)
@one_use
def match(request: SignedInRequest, match_id: UUID) -> HttpResponse:
    """Decide one."""
    with acting_as(request.actor):
        found = get_object_or_404(Match.objects.select_related("asked_by"), pk=match_id)
        people = actions.people(found.pk)
    form = DecisionForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.actor):
                actions.decide(
                    match_id=found.pk,
                    decision=MatchDecision(form.cleaned_data["decision"]),
                    kept_apart=[UUID(text) for text in form.cleaned_data["kept_apart"]],
                    by=request.actor,
                    at=timezone.now(),
                )
        except IllegalMove as refusal:
            form.add_error("decision", str(refusal))
        else:
            messages.success(request, _("Decided. Both cases follow at once."))
            return redirect("cases:matches")
    context = {"match": found, "kinds": _kinds(found), "form": form, "people": people}
    with acting_as(request.actor):
        return render(request, "cases/match.html", context, status=422 if form.is_bound else 200)
