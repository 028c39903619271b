"""Removing a passkey: the library's own page does not ask whether it is the last second factor; this one does."""

from typing import cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import remove_webauthn
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from cases.http import SignedInRequest, requires
from cases.permissions import Permission


@requires(Permission.HOME, methods=("GET", "POST"))
def remove_passkey(request: SignedInRequest, pk: int) -> HttpResponse:
    """Hand over to the library's page, unless nothing but a password would be left."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, _("This is your only second step. Add another one first."))
        return redirect("mfa_index")
    return cast(HttpResponse, remove_webauthn(request, pk=pk))
