"""Teams: who works together, and who answers for their cases."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import team as team_actions
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Team, TeamMember, User, UserKind
from cases.permissions import Permission, Role
from cases.role_words import in_words
from cases.states import IllegalMove


class TeamForm(CleanedForm):
    """A team's name."""

    name = PlainText(label=gettext_lazy("Name of the team"), max_length=60)
    missing = {"name": gettext_lazy("Write a name.")}


class MembersForm(TeamForm):
    """A team's name and people."""

    members = forms.MultipleChoiceField(
        label=gettext_lazy("Who is in the team"), widget=forms.CheckboxSelectMultiple, required=False
    )
    supervisors = forms.MultipleChoiceField(
        label=gettext_lazy("Who answers for its cases"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("They see every case of the team. Only people with the role of supervisor are listed."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = list(User.objects.filter(kind=UserKind.STAFF, is_active=True).order_by("name", "pk"))
        members: Any = self.fields["members"]
        members.choices = [(str(user.pk), user.name) for user in people]
        members.hints = {str(user.pk): in_words(user.roles) for user in people}
        answering: Any = self.fields["supervisors"]
        answering.choices = [(str(user.pk), user.name) for user in people if user.has_role(Role.SUPERVISOR)]


@requires(Permission.TEAM_EDIT, methods=("GET", "POST"), step_up=True)
@one_use
def teams(request: SignedInRequest) -> HttpResponse:
    """List the teams; a POST makes one."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.actor):
                made = team_actions.make(name=form.cleaned_data["name"], by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("cases:team", made.pk)
    rows = []
    for team in Team.objects.order_by("name").prefetch_related("members__user"):
        people = sorted(team.members.all(), key=lambda one: (one.user.name, str(one.pk)))
        answering = [one.user.name for one in people if one.is_supervisor and one.user.has_role(Role.SUPERVISOR)]
        rows.append({"team": team, "people": [one.user.name for one in people], "answering": answering})
    status = 422 if form.is_bound else 200
    return render(request, "cases/teams.html", {"form": form, "rows": rows}, status=status)


@requires(Permission.TEAM_EDIT, methods=("GET", "POST"), step_up=True)
@one_use
def team(request: SignedInRequest, team_id: UUID) -> HttpResponse:
    """Show one team; a POST renames it and says who is in it."""
    found = get_object_or_404(Team, pk=team_id)
    if request.method == "POST":
        form = MembersForm(request.POST)
        if form.is_valid() and _saved(request, found, form):
            messages.success(request, _("Saved."))
            return redirect("cases:teams")
    else:
        held = list(TeamMember.objects.filter(team=found))
        form = MembersForm(
            initial={
                "name": found.name,
                "members": [str(one.user_id) for one in held],
                "supervisors": [str(one.user_id) for one in held if one.is_supervisor],
            }
        )
    crumbs = [{"label": _("Teams"), "url": reverse("cases:teams")}, {"label": found.name}]
    context = {"team": found, "form": form, "crumbs": crumbs}
    return render(request, "cases/team.html", context, status=422 if form.is_bound else 200)


def _saved(request: SignedInRequest, found: Team, form: MembersForm) -> bool:
    values = form.cleaned_data
    change: dict[str, Any] = {"team_id": found.pk, "by": request.actor, "at": timezone.now()}
    try:
        with acting_as(request.actor):
            if values["name"] != found.name:
                team_actions.rename(name=values["name"], **change)
            members, answering = ([UUID(number) for number in values[name]] for name in ("members", "supervisors"))
            team_actions.set_members(members=members, supervisors=answering, **change)
    except IllegalMove as refusal:
        form.add_error("name" if str(refusal) == team_actions.TAKEN else "members", str(refusal))
        return False
    return True
