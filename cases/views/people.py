"""People: who works here, who was invited, and whose access ends now."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.invitations import join_address
from cases.models import Door, DoorKind, User, UserKind
from cases.permissions import Permission, Role
from cases.role_words import ROLE_HINTS, ROLE_LABELS, in_words
from cases.states import IllegalMove

LINK_KEY = "invitation_link"


class InviteForm(CleanedForm):
    """One colleague."""

    name = PlainText(label=gettext_lazy("Name"), max_length=100)
    email = forms.EmailField(label=gettext_lazy("Work e-mail address"), help_text=gettext_lazy("They sign in with it."))
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    missing = {
        "name": gettext_lazy("Write their name."),
        "email": gettext_lazy("Write their e-mail address."),
        "roles": gettext_lazy("Tick at least one role."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].hints = ROLE_HINTS  # type: ignore[attr-defined]


@requires(Permission.PEOPLE_INVITE, methods=("GET", "POST"), step_up=True)
@one_use
def people(request: SignedInRequest) -> HttpResponse:
    """List everybody who works here; a POST invites one more."""
    if request.method != "POST":
        return _page(request, InviteForm())
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    values = form.cleaned_data
    try:
        with acting_as(request.actor):
            user, token = staff_actions.invite(
                email=values["email"],
                name=values["name"],
                roles=[Role(role) for role in values["roles"]],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        form.add_error("email", str(refusal))
        return _page(request, form, status=422)
    return _hand_over(request, user, token)


def _hand_over(request: SignedInRequest, user: User, token: str) -> HttpResponse:
    """Keep the link in the sealed session until the next page shows it, once."""
    request.session[LINK_KEY] = {"name": user.name, "link": join_address(token)}
    return redirect("cases:people")


def _page(request: SignedInRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=kinds)
    invited = Door.objects.usable(at=now).filter(kind=DoorKind.STAFF_INVITATION, user_id=OuterRef("pk"))
    staff = User.objects.filter(kind=UserKind.STAFF).annotate(has_factor=Exists(factor), is_invited=Exists(invited))
    context = {
        "now": now,
        "form": form,
        "people": [_person(user, request.user) for user in staff.order_by("-is_active", "name", "pk")],
        "may_manage": request.user.may(Permission.PEOPLE_MANAGE),
        "handed": request.session.pop(LINK_KEY, None),
    }
    return render(request, "cases/people.html", context, status=status)


def _person(user: Any, reader: User) -> dict[str, Any]:
    if user.is_active:
        state, tone = (_("Working"), "ok") if user.has_factor else (_("No second factor yet"), "soon")
    elif user.is_invited:
        state, tone = _("Invited"), "info"
    else:
        state, tone = (_("Access ended"), "") if user.last_login else (_("Invitation ran out"), "soon")
    return {
        "user": user,
        "roles": in_words(user.roles),
        "state": state,
        "tone": tone,
        "may_end": user.pk != reader.pk and (user.is_active or user.is_invited),
        "may_invite": not user.is_active,
    }


@requires(Permission.PEOPLE_INVITE, methods=("POST",), step_up=True)
@one_use
def invite_again(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """Make a fresh link for somebody who has not joined or who comes back."""
    get_object_or_404(User, pk=user_id, kind=UserKind.STAFF)
    try:
        with acting_as(request.actor):
            user, token = staff_actions.invite_again(user_id=user_id, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:people")
    return _hand_over(request, user, token)


@requires(Permission.PEOPLE_INVITE, methods=("POST",), step_up=True)
@one_use
def end_access(request: SignedInRequest, user_id: UUID) -> HttpResponse:
    """End somebody's access now: their open sessions end with it."""
    get_object_or_404(User, pk=user_id, kind=UserKind.STAFF)
    try:
        with acting_as(request.actor):
            user = staff_actions.end_access(user_id=user_id, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(name)s can no longer sign in.") % {"name": user.name})
    return redirect("cases:people")
