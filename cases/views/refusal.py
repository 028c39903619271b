"""Plain answers to what cannot be done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.http import open_to_all


@open_to_all("a form without its token is refused before anybody is known", methods=("GET", "POST"))
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is out of date."""
    return render(request, "403.html", status=403)
