"""One person who works here: their roles, and the day they leave."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases import duty
from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.forms import CleanedForm
from cases.http import SignedInRequest, one_use, requires
from cases.models import Effect, Shift, TeamMember, User, UserKind
from cases.permissions import Permission, Role
from cases.role_words import ROLE_HINTS, ROLE_LABELS, in_words
from cases.states import EffectState, IllegalMove


class RolesForm(CleanedForm):
    """What somebody may do."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Changing them signs the person out everywhere."),
    )
    missing = {"roles": gettext_lazy("Tick at least one role.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].hints = ROLE_HINTS  # type: ignore[attr-defined]


class LeaveForm(CleanedForm):
    """Who takes over."""

    hand_to = forms.ChoiceField(label=gettext_lazy("Who takes over?"))
    missing = {"hand_to": gettext_lazy("Choose who takes over.")}

    def __init__(self, *args: Any, leaving: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(kind=UserKind.STAFF, is_active=True, roles__overlap=duty.OWNING_ROLES)
        choices = [(str(user.pk), user.name) for user in people.exclude(pk=leaving.pk).order_by("name", "pk")]
        self.fields["hand_to"].choices = [("", _("Choose a colleague")), *choices]  # type: ignore[attr-defined]


@requires(Permission.PEOPLE_MANAGE)
def person(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Show one person: roles, teams, and what would be handed over."""
    user = get_object_or_404(User, pk=user_id, kind=UserKind.STAFF)
    return _page(request, user, RolesForm(initial={"roles": user.roles}), LeaveForm(leaving=user))


def _page(
    request: SignedInRequest, user: User, roles: RolesForm, leaving: LeaveForm, *, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    with acting_as(request.actor):
        load = duty.workload(user.pk)
        ahead = Shift.objects.planned().filter(user=user, ends_at__gt=now).count()
        handing = Effect.objects.filter(kind=staff_actions.HAND_OVER, subject_id=user.pk)
        unfinished = handing.exclude(state=EffectState.DONE).exists()
    context = {
        "person": user,
        "is_me": user.pk == request.user.pk,
        "roles_said": in_words(user.roles),
        "teams": TeamMember.objects.filter(user=user).select_related("team").order_by("team__name"),
        "crumbs": [{"label": _("People"), "url": reverse("cases:people")}, {"label": user.name}],
        "roles_form": roles,
        "leave_form": leaving,
        "form": leaving if leaving.is_bound else roles,
        "load": load,
        "is_waiting": unfinished,
        "handed": _handed(load, ahead=ahead),
    }
    return render(request, "cases/person.html", context, status=status)


def _handed(load: duty.Workload, *, ahead: int) -> list[list[str]]:
    """Say what happens to each part of somebody's work, with how much there is."""
    to_taker = _("goes to who takes over")
    return [
        [ngettext("%(n)d case they own", "%(n)d cases they own", load.cases) % {"n": load.cases}, to_taker],
        [ngettext("%(n)d open task", "%(n)d open tasks", load.tasks) % {"n": load.tasks}, _("goes with its case")],
        [ngettext("%(n)d open contact", "%(n)d open contacts", load.contacts) % {"n": load.contacts}, to_taker],
        [
            ngettext("%(n)d case they help in", "%(n)d cases they help in", load.memberships) % {"n": load.memberships},
            _("access ends, the owner stays"),
        ],
        [ngettext("%(n)d coming shift", "%(n)d coming shifts", ahead) % {"n": ahead}, _("comes off the roster")],
    ]


@requires(Permission.PEOPLE_MANAGE, methods=("POST",), step_up=True)
@one_use
def roles(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Give somebody other roles."""
    user = get_object_or_404(User, pk=user_id, kind=UserKind.STAFF)
    form = RolesForm(request.POST)
    if form.is_valid():
        chosen = [Role(role) for role in form.cleaned_data["roles"]]
        try:
            with acting_as(request.actor):
                staff_actions.change_roles(user_id=user.pk, roles=chosen, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            form.add_error("roles", str(refusal))
        else:
            said = {"name": user.name, "roles": in_words(chosen)}
            messages.success(request, _("%(name)s is now: %(roles)s. They sign in again.") % said)
            return redirect("cases:person", user.pk)
    return _page(request, user, form, LeaveForm(leaving=user), status=422)


@requires(Permission.PEOPLE_MANAGE, methods=("POST",), step_up=True)
@one_use
def leave(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """End somebody's access and hand over everything they hold."""
    user = get_object_or_404(User, pk=user_id, kind=UserKind.STAFF)
    form = LeaveForm(request.POST, leaving=user)
    if form.is_valid():
        to = UUID(form.cleaned_data["hand_to"])
        try:
            with acting_as(request.actor):
                staff_actions.leave(user_id=user.pk, hand_to=to, by=request.actor, at=timezone.now())
        except IllegalMove as refusal:
            form.add_error("hand_to", str(refusal))
        else:
            messages.success(request, _("%(name)s has left. Their work is being handed over.") % {"name": user.name})
            return redirect("cases:people")
    return _page(request, user, RolesForm(initial={"roles": user.roles}), form, status=422)
