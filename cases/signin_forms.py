"""The forms of allauth's pages where ours count more strictly: codes of second factors, and letters for a password."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.http import HttpRequest
from django.utils import timezone

from cases import signin
from cases.actions import sign_in
from cases.actions.door_try import Slowed


class _SlowedCode:
    """A code is counted before it is checked, on the account and the place it comes from."""

    user: Any

    def clean_code(self) -> str:
        """Return the code when it is right; refuse it unread when this place must wait."""
        counted = {"step": "code", "who": self.user.email, "place": signin.place_of(context.request)}
        try:
            sign_in.count_try(**counted, at=timezone.now())
        except Slowed:
            raise get_adapter().validation_error("too_many_login_attempts") from None
        code: str = super().clean_code()  # type: ignore[misc]
        sign_in.forgive(**counted, at=timezone.now())
        return code


class CodeForm(_SlowedCode, AuthenticateForm):
    """The second step of signing in: a code of the app, or a recovery code."""


class ConfirmCodeForm(_SlowedCode, ReauthenticateForm):
    """A code with which somebody who is in confirms who they are."""


class NewPasswordForm(ResetPasswordForm):
    """Ask for a letter with which to set a new password."""

    def save(self, request: HttpRequest, **more: Any) -> str:
        """Send the letter while this address and place have any left; nobody is told which it was."""
        email: str = self.cleaned_data["email"]
        if sign_in.count_letter(who=email, place=signin.place_of(request), at=timezone.now()):
            super().save(request, **more)
        return email
