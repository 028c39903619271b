"""The first page: it leads each person to where their work is."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from cases.http import SignedInRequest, requires
from cases.permissions import Permission

FIRST_PAGES = (
    (Permission.TODAY_VIEW, "cases:today"),
    (Permission.PEOPLE_INVITE, "cases:people"),
    (Permission.HEALTH_VIEW, "cases:health"),
)


@requires(Permission.HOME)
def home(request: SignedInRequest) -> HttpResponse:
    """Lead to Today, to People, or say that no role was given yet."""
    may = request.user.permissions()
    for permission, name in FIRST_PAGES:
        if permission in may:
            return redirect(name)
    return render(request, "cases/no_role.html")
