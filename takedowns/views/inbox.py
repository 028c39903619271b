"""The inbox: mail that found no notice by itself. A person says where it belongs, or that it belongs nowhere."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.http import SignedInRequest, one_use, requires
from cases.outbox import ring
from cases.permissions import Permission
from cases.states import IllegalMove
from takedowns.actions import incoming_mail as actions
from takedowns.forms import PlaceMailForm
from takedowns.mail_kinds import MailKind
from takedowns.models import IncomingMail, IncomingState, Notice

SHOWN = 100
MOST_NOTICES = 50


@requires(Permission.MAIL_SORT)
def inbox(request: SignedInRequest) -> HttpResponse:
    """List the mails that wait, oldest first, or those that were set aside."""
    aside = request.GET.get("show") == "aside"
    with acting_as(request.actor):
        mine = IncomingMail.objects.visible_to(request.actor)
        counts = {"waiting": mine.waiting().count(), "aside": mine.set_aside().count()}
        rows = list((mine.set_aside() if aside else mine.waiting())[:SHOWN])
        context = {
            "rows": [_row(request, mail) for mail in rows],
            "views": [
                {"url": "?", "label": _("Waiting"), "current": not aside, "count": counts["waiting"]},
                {"url": "?show=aside", "label": _("Set aside"), "current": aside, "count": counts["aside"]},
            ],
            "aside": aside,
            "more": counts["aside" if aside else "waiting"] - len(rows),
            "now": timezone.now(),
        }
        return render(request, "takedowns/inbox.html", context)


@requires(Permission.MAIL_SORT, methods=("GET", "POST"))
@one_use
def incoming(request: SignedInRequest, mail_id: UUID) -> HttpResponse:
    """Show one mail, and take the word of where it belongs."""
    with acting_as(request.actor):
        mail = _mail(request, mail_id)
        offered = _offered(request, mail, request.POST.get("find") or request.GET.get("case", ""))
        form = PlaceMailForm(request.POST or None, offered=offered)
        if request.method != "POST" or "look" in request.POST or not form.is_valid():
            context = {
                "mail": mail,
                "kind": MailKind(mail.kind).label if mail.kind else _("Not readable"),
                "form": form,
                "offered": offered,
                "sought": request.POST.get("find") or request.GET.get("case", ""),
                "crumbs": [{"label": _("Inbox"), "url": "/inbox"}, {"label": mail.subject or _("Without subject")}],
            }
            failed = request.method == "POST" and "look" not in request.POST
            return render(request, "takedowns/inbox_mail.html", context, status=422 if failed else 200)
    now = timezone.now()
    try:
        with acting_as(request.actor):
            if form.cleaned_data["notice"]:
                actions.choose(mail_id=mail_id, notice_id=form.cleaned_data["notice"], by=request.actor, at=now)
            else:
                actions.set_aside(mail_id=mail_id, reason=form.cleaned_data["reason"], by=request.actor, at=now)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("takedowns:inbox")
    if form.cleaned_data["notice"]:
        ring("takedowns.tasks.sweep_mail")
        messages.success(request, _("It is being filed with that notice."))
    else:
        messages.success(request, _("Set aside. You find it under “Set aside” if it was needed after all."))
    return redirect("takedowns:inbox")


def _mail(request: SignedInRequest, mail_id: UUID) -> IncomingMail:
    states = [IncomingState.WAITING, IncomingState.SET_ASIDE]
    found: IncomingMail = get_object_or_404(
        IncomingMail.objects.visible_to(request.actor).filter(state__in=states), pk=mail_id
    )
    return found


def _offered(request: SignedInRequest, mail: IncomingMail, sought: str) -> list[dict[str, Any]]:
    """Return the notices that a person may choose: those suggested and those of a case they named, if they see it."""
    mine = Notice.objects.visible_to(request.actor).exclude(sent_at=None).select_related("case", "platform")
    why = {one["notice"]: one["why"] for one in mail.suggestions}
    rows = [(notice, why[str(notice.pk)]) for notice in mine.filter(pk__in=list(why))]
    if sought.strip():
        known = {notice.pk for notice, _why in rows}
        named = mine.filter(case__reference__iexact=sought.strip()).order_by("-sent_at")[:MOST_NOTICES]
        rows += [(notice, "") for notice in named if notice.pk not in known]
    return [{"notice": notice, "why": reason} for notice, reason in rows]


def _row(request: SignedInRequest, mail: IncomingMail) -> dict[str, Any]:
    suggested = _offered(request, mail, "")
    return {
        "mail": mail,
        "kind": MailKind(mail.kind).label if mail.kind else _("Not readable"),
        "suggested": suggested[:1],
        "others": max(0, len(suggested) - 1),
    }
