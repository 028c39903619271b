"""Plain answers to what cannot be done."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.http import open_to_all
from cases.limits import OverLimit


@open_to_all("a form without its token is refused before anybody is known", methods=("GET", "POST"))
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is out of date."""
    return render(request, "403.html", status=403)


class OverLimitMiddleware:
    """Answers with 429 and plain words where somebody did something too often; what the view began is undone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say what was too much, until when, and whom to ask."""
        if not isinstance(exception, OverLimit):
            return None
        response = render(request, "cases/over_limit.html", {"over": exception}, status=429)
        response["Cache-Control"] = "no-store"
        return response
