"""The pages of allauth that are used, each with its guard; whatever is not here has no address."""

from collections.abc import Callable
from typing import Any, cast

from allauth.account import views as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.http import SignedInRequest, open_to_all, requires
from cases.permissions import Permission

BOTH = ("GET", "POST")
View = Callable[..., Any]


def _named(view: View, name: str) -> View:
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return cast(HttpResponse, view(request, *args, **kwargs))

    page.__name__ = name
    return page


def _at_the_door(view: View, name: str, reason: str) -> View:
    return open_to_all(reason, methods=BOTH)(_named(view, name))


def _own(view: View, name: str) -> View:
    return requires(Permission.HOME, methods=BOTH)(_named(view, name))


def _own_before_factor(view: View, name: str) -> View:
    return requires(Permission.HOME, methods=BOTH, before_factor=True)(_named(view, name))


login = _at_the_door(account.login, "login", "sign-in: the person is not known yet")
logout = _at_the_door(account.logout, "logout", "sign-out: harmless for everybody")
inactive = _at_the_door(account.account_inactive, "inactive", "says that an account is closed; names nobody")
ask_password = _at_the_door(account.password_reset, "ask_password", "a person without their password is not known yet")
asked_password = _at_the_door(account.password_reset_done, "asked_password", "the same text for everybody")
new_password = _at_the_door(account.password_reset_from_key, "new_password", "the token in the letter lets them in")
new_password_done = _at_the_door(
    account.password_reset_from_key_done, "new_password_done", "the same text for everybody"
)
second_step = _at_the_door(factors.authenticate, "second_step", "second step: the right password came before")
passkey_login = _at_the_door(webauthn.login_webauthn, "passkey_login", "sign-in: the passkey says who it is")

change_password = _own(account.password_change, "change_password")
confirm = _own_before_factor(account.reauthenticate, "confirm")
confirm_by_code = _own(factors.reauthenticate, "confirm_by_code")
factors_index = _own_before_factor(factors.index, "factors_index")
add_app = _own_before_factor(totp.activate_totp, "add_app")
remove_app = _own(totp.deactivate_totp, "remove_app")
recovery = _own(recovery_codes.view_recovery_codes, "recovery")
make_recovery = _own(recovery_codes.generate_recovery_codes, "make_recovery")
passkeys = _own(webauthn.list_webauthn, "passkeys")
add_passkey = _own_before_factor(webauthn.add_webauthn, "add_passkey")
rename_passkey = _own(webauthn.edit_webauthn, "rename_passkey")


@requires(Permission.HOME, methods=BOTH)
def confirm_by_passkey(request: SignedInRequest) -> HttpResponse:
    """Confirm with a passkey; one that did not work leads back here, so that what waits is not lost."""
    response = cast(HttpResponse, webauthn.reauthenticate_webauthn(request))
    if request.method == "POST" and response.headers.get("Location") == reverse("account_login"):
        return HttpResponseRedirect(f"{request.path}?next={_next(request)}")
    return response


def _next(request: HttpRequest) -> str:
    from django.utils.http import urlencode

    return urlencode({"": request.POST.get("next", "")})[1:]


@requires(Permission.HOME, methods=BOTH)
def remove_passkey(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand over to the library's page, unless nothing but a password would be left."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, _("This is your only second step. Add another one first."))
        return redirect("mfa_index")
    return cast(HttpResponse, webauthn.remove_webauthn(request, pk=pk))
