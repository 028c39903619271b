"""The search box: exact look-ups of a case number, an alias or a link."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions import limit as limit_actions
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, requires
from cases.limits import Counted
from cases.permissions import Permission
from cases.search import everywhere


class SearchForm(CleanedForm):
    """One exact value."""

    q = PlainText(label=_("Case number, alias or link"), max_length=2000)
    missing = {"q": _("Type a case number, an alias or a whole link.")}


@requires(Permission.CASE_VIEW)
def search(request: SignedInRequest) -> HttpResponse:
    """Show what is found exactly; a single hit is opened at once."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "cases/search.html", {"form": form, "asked": request.GET.get("q", "")}, status=422)
    asked = form.cleaned_data["q"]
    limit_actions.count(kind=Counted.LOOK_UP, by=request.actor, at=timezone.now())
    hits = everywhere(asked, request.actor)
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render(request, "cases/search.html", {"form": form, "asked": asked, "hits": hits})
