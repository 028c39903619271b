"""Join by invitation: the page that a new colleague opens once."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.models import Login
from django import forms
from django.contrib.auth import logout, password_validation
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions import staff as staff_actions
from cases.forms import CleanedForm, PlainText
from cases.http import one_use, open_to_all
from cases.models import Door, User
from cases.permissions import Door as HostDoor
from cases.states import IllegalMove


class JoinForm(CleanedForm):
    """Name and password; the e-mail address only where the invitation does not fix it."""

    name = PlainText(
        label=_("Your name"), help_text=_("Colleagues see it. First name and initial are enough."), max_length=100
    )
    email = forms.EmailField(label=_("Your work e-mail address"), help_text=_("You sign in with it."))
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 14 characters. Four or five words in a row are easier to remember than signs."),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    password_again = forms.CharField(
        label=_("Password again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    also_casework = forms.BooleanField(
        label=_("I will also work on cases"),
        help_text=_("Without this tick you manage people and settings and never see a case."),
        required=False,
    )
    missing = {
        "name": _("Write the name that colleagues see."),
        "email": _("Write your e-mail address."),
        "password": _("Choose a password."),
        "password_again": _("Type the password again."),
    }

    def __init__(self, *args: Any, invited: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invited = invited
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        if invited is not None:
            del self.fields["email"]
            del self.fields["also_casework"]
            self.fields["name"].initial = invited.name

    def clean(self) -> dict[str, Any]:
        """Check the two passwords against each other and against the rules."""
        values = super().clean() or self.cleaned_data
        password, again = values.get("password"), values.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("Type the same password in both boxes."))
        if password:
            email = self.invited.email if self.invited else values.get("email", "")
            try:
                password_validation.validate_password(password, User(email=email, name=values.get("name", "")))
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return values


@open_to_all("a new colleague has no account; the token in the address lets them in", methods=("GET", "POST"))
@one_use
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form, and on POST spend the invitation, sign in, and lead to the second factor.

    A GET spends nothing, so that a mail scanner that opens the link does no harm.
    """
    if getattr(request, "door", None) != HostDoor.STAFF:
        raise Http404
    now = timezone.now()
    door = staff_actions.opened_by(token=token, at=now)
    if door is None:
        return render(request, "cases/join_spent.html", status=410)
    invited = User.objects.filter(pk=door.user_id).first() if door.user_id else None
    form = JoinForm(request.POST if request.method == "POST" else None, invited=invited)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, door, invited, status=422 if form.is_bound else 200)
    values = form.cleaned_data
    try:
        user = staff_actions.join(
            token=token,
            name=values["name"],
            email=values.get("email", ""),
            password=values["password"],
            also_casework=values.get("also_casework", False),
            at=now,
        )
    except staff_actions.NotUsable:
        return render(request, "cases/join_spent.html", status=410)
    except IllegalMove as refusal:
        form.add_error("email" if "email" in form.fields else None, str(refusal))
        return _form_page(request, form, door, invited, status=422)
    return _sign_in(request, user)


def _form_page(request: HttpRequest, form: JoinForm, door: Door, invited: User | None, *, status: int) -> HttpResponse:
    context = {"form": form, "invited": invited, "expires_at": door.expires_at}
    return render(request, "cases/join.html", context, status=status)


def _sign_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign a person in who has just typed their password, and lead them to their second factor."""
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, user, method="password", email=user.email)
    response = perform_login(request, Login(user=user, email=user.email))
    if not request.user.is_authenticated:
        return response
    reauthenticate_by_password(request)
    return redirect("mfa_index")
