"""The language a client reads in."""

from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse

from cases import languages, portal
from cases.actions import door
from cases.http import open_to_all
from cases.models import User


@open_to_all("a language is chosen before anybody is known", methods=("POST",))
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in the session and go back to the page it was chosen on."""
    code = request.POST.get("language", "")
    if code in languages.offered():
        request.session[languages.SESSION_NAME] = code
        if portal.signed_in(request):
            door.remember_language(user_id=cast(User, request.user).pk, language=code)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the page the choice was made on, if it is one of the portal's own."""
    path = request.POST.get("next", "")
    try:
        resolve(path, urlconf=request.urlconf)
    except Resolver404:
        return reverse("portal:door")
    return path if path.startswith("/") and not path.startswith(("//", "/leave")) else reverse("portal:door")
