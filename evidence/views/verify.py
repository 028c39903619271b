"""/verify: is this file one of ours? Asked with a SHA-256; no case is touched and nothing is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.http import SignedInRequest, open_to_all, requires
from cases.permissions import Permission
from evidence.forms import HashForm
from evidence.models import BundleSeal


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
def staff(request: SignedInRequest) -> HttpResponse:
    """Answer for staff."""
    return _answer(request, "evidence/verify.html")


@open_to_all("whoever holds a file may ask whether it is ours; the answer tells nothing else", methods=("GET", "POST"))
def shared(request: HttpRequest) -> HttpResponse:
    """Answer for whoever received a bundle."""
    return _answer(request, "share/verify.html")


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    form = HashForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        digest = form.cleaned_data["sha256"]
        context |= {"asked": digest, "seal": BundleSeal.objects.filter(sha256=digest).first()}
    return render(request, template, context, status=422 if form.is_bound and not form.is_valid() else 200)
