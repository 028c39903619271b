"""The watch at every guarded view: a refusal and a look at a case are in the record before an answer leaves.

It stands in `requires`, so that a new page is watched without anybody thinking of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import look as look_actions
from cases.actor import Actor, ActorKind
from cases.models import Case


def route_of(request: HttpRequest) -> str:
    """Return the name of the view that a request was led to, such as cases:timeline."""
    found = request.resolver_match
    return (found.view_name if found else "") or "unnamed"


@contextmanager
def refusals_told(request: HttpRequest, actor: Actor) -> Iterator[None]:
    """Record what a known person is refused: by permission, or because it does not exist for them."""
    try:
        yield
    except (Http404, PermissionDenied):
        wanted = str(request.resolver_match.kwargs.get("reference", "")) if request.resolver_match else ""
        with acting_as(actor):
            look_actions.note_refusal(route=route_of(request), wanted=wanted, by=actor, at=timezone.now())
        raise


def note_look(request: HttpRequest, actor: Actor, response: HttpResponse, *, at: datetime) -> None:
    """Record that a member of staff was shown a page of a case, after the page was made and before it leaves.

    In a transaction of its own, so that the chain is not held while a page is made. When this fails, nothing leaves.
    """
    reference = request.resolver_match.kwargs.get("reference") if request.resolver_match else None
    if reference is None or actor.kind != ActorKind.USER or request.method != "GET" or response.status_code != 200:
        return
    with acting_as(actor):
        case = Case.objects.visible_to(actor).filter(reference=reference).first()
        if case is not None:
            look_actions.note_page(case=case, page=route_of(request), by=actor, at=at)
