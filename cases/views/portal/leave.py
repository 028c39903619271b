"""Leaving: the session ends, the browser is told to forget, and Back finds nothing."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from cases import portal
from cases.http import SignedInRequest, open_to_all, requires
from cases.permissions import Door, Permission

FORGET = '"cookies", "storage", "cache"'


@csrf_exempt
@open_to_all("leaving works for everybody, from any page and without script", methods=("GET", "POST"))
def leave(request: HttpRequest) -> HttpResponse:
    """End the session. A link leads to the exit; a beacon, sent while the page is being replaced, gets no content.

    Signing out by a GET, and by a POST without a token, is meant: the worst that a forged one does is close the page.
    """
    request.session.flush()
    if request.method == "POST":
        response = HttpResponse(status=204)
    else:
        response = HttpResponse(status=303, headers={"Location": settings.EXIT_URL})
    response.headers["Clear-Site-Data"] = FORGET
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@open_to_all("a neutral page for what is over")
def ended(request: HttpRequest) -> HttpResponse:
    """Say only that this page has closed."""
    return portal.show(request, "portal/ended.html")


@requires(Permission.PORTAL_STATUS, door=Door.PORTAL, methods=("POST",))
def stay(request: SignedInRequest) -> HttpResponse:
    """Keep the session: being asked is enough, the idle limit starts anew."""
    request.session.modified = True
    return HttpResponse(status=204)
