"""What somebody who writes letters but does not send them meets: ask for approval, wait, change it after all."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cases.approval_page import who_decides
from cases.case_page import case_page
from cases.http import SignedInRequest
from cases.models import Approval, ApprovalKind, ApprovalState
from cases.permissions import Permission
from takedowns import drafting, listing
from takedowns.models import Means, Notice

ASKS = {"mail": Means.MAIL, "form": Means.FORM, "ask_mail": Means.MAIL, "ask_form": Means.FORM}


def asked_of(request: SignedInRequest, found: Notice) -> str:
    """Return what was pressed; for somebody who may not send, sending means asking for approval.

    A letter that a colleague agreed to goes by the site's form without asking again.
    """
    asked = request.POST.get("do", "save")
    if asked not in ASKS or request.user.may(Permission.NOTICE_SEND):
        return "save" if asked in ("ask_mail", "ask_form") else asked
    if asked == "form" and drafting.is_approved(found):
        return asked
    return "ask_mail" if ASKS[asked] == Means.MAIL else "ask_form"


def waiting_for(request: SignedInRequest, found: Notice) -> Approval | None:
    """Return the request that stands about a letter; inside `acting_as`."""
    rows = Approval.objects.visible_to(request.actor).waiting().select_related("asked_by")
    row: Approval | None = rows.filter(kind=ApprovalKind.NOTICE_SEND, subject_id=found.pk).first()
    return row


def last_answer(request: SignedInRequest, found: Notice) -> Approval | None:
    """Return the latest no to a letter, which its writer reads while changing it."""
    said = Approval.objects.visible_to(request.actor).filter(kind=ApprovalKind.NOTICE_SEND, subject_id=found.pk)
    row: Approval | None = said.select_related("decided_by").order_by("-asked_at").first()
    return row if row is not None and row.state in (ApprovalState.REFUSED, ApprovalState.FAILED) else None


def waits_page(
    request: SignedInRequest, found: Notice, row: Approval, *, name: str, crumbs: list[dict[str, str]]
) -> HttpResponse:
    """Show a letter that waits for a colleague, closed; inside `acting_as`."""
    who = who_decides(row)
    context = case_page(
        request,
        found.case,
        tab="notices",
        notice=found,
        name=name,
        approval=row,
        waits_for=_("It waits for %(who)s") % {"who": who} if who else _("It waits for a supervisor."),
        is_own=row.asked_by_id == request.user.pk,
        facts=row.facts,
        by_mail=row.facts.get("means") == Means.MAIL,
        rows=listing.link_rows(list(found.urls.select_related("case", "platform"))),
        crumbs=crumbs,
    )
    return render(request, "takedowns/notice_waits.html", context)
