"""A notice that has gone out: what was sent, its clocks, what the platform answered, and what comes next."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.case_page import case_page
from cases.http import SignedInRequest, one_use, requires
from cases.models import Effect
from cases.permissions import Permission
from cases.states import EffectState, IllegalMove
from takedowns import listing
from takedowns.actions import notice as actions
from takedowns.actions import notice_sent as sent_actions
from takedowns.book import facts_of
from takedowns.forms import AnswerForm, ClockForm, ReasonForm
from takedowns.models import Notice
from takedowns.next_steps import next_steps
from takedowns.states import NOTICE_MOVES, NoticeState
from takedowns.views.reported_url import case_of

CAN_WITHDRAW = [state for state, moves in NOTICE_MOVES.items() if NoticeState.WITHDRAWN in moves]
CAN_ANSWER = [state for state, moves in NOTICE_MOVES.items() if NoticeState.UPHELD in moves]


def sent_page(
    request: SignedInRequest, found: Notice, *, answer: AnswerForm | None = None, withdraw: ReasonForm | None = None
) -> HttpResponse:
    """Render a notice whose text is frozen; inside `acting_as`."""
    urls = list(found.urls.select_related("case", "platform"))
    (row,) = listing.notice_rows([found])
    waiting = Effect.objects.visible_to(request.actor).filter(kind=actions.MAIL, subject_id=found.pk)
    leaving = waiting.filter(state__in=[EffectState.NEW, EffectState.CLAIMED]).order_by("-created_at").first()
    failed = waiting.filter(state=EffectState.FAILED).order_by("-created_at").first()
    context = case_page(
        request,
        found.case,
        tab="notices",
        notice=found,
        row=row,
        rows=listing.link_rows(urls),
        platform=facts_of(found.platform),
        leaving=leaving,
        failed=failed if found.state == NoticeState.BOUNCED else None,
        clocks=list(found.clocks.order_by("due_at")),
        checklist=[
            {"label": item["label"], "state": "have" if item["have"] else "missing"} for item in found.checklist
        ],
        clock_form=ClockForm(),
        form=answer or AnswerForm(),
        withdraw=withdraw or ReasonForm(prefix="withdraw"),
        ladder=next_steps(found.case, urls, now=timezone.now(), may_write=request.user.may(Permission.NOTICE_WRITE)),
        replies=list(found.replies.select_related("exhibit").order_by("-received_at")),
        can_read=request.user.may(Permission.NOTICE_WRITE),
        can_answer=found.state in CAN_ANSWER and request.user.may(Permission.NOTICE_SEND),
        can_withdraw=found.state in CAN_WITHDRAW and request.user.may(Permission.NOTICE_SEND),
        crumbs=[
            {"label": str(found.case), "url": reverse("cases:case", args=[found.case.reference])},
            {"label": _("Notices"), "url": reverse("takedowns:notices", args=[found.case.reference])},
            {"label": row.title},
        ],
    )
    return render(request, "takedowns/notice.html", context, status=422 if answer or withdraw else 200)


def sent_notice(request: SignedInRequest, reference: str, notice_id: UUID) -> Notice:
    """Return one notice of a case, or 404; inside `acting_as`."""
    visible = Notice.objects.visible_to(request.actor).filter(case=case_of(request, reference))
    found: Notice = get_object_or_404(visible.select_related("case__owner", "platform"), pk=notice_id)
    return found


@requires(Permission.NOTICE_WRITE, methods=("POST",))
@one_use
def call_back(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Call back a mail that has not left yet."""
    with acting_as(request.actor):
        sent_notice(request, reference, notice_id)
    try:
        with acting_as(request.actor):
            actions.call_back(notice_id=notice_id, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It did not leave. It is a draft again."))
    return redirect("takedowns:notice", reference, notice_id)


@requires(Permission.NOTICE_SEND, methods=("POST",))
@one_use
def send_again(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Send a notice that could not be delivered to another address; its text stays as it was."""
    with acting_as(request.actor):
        found = sent_notice(request, reference, notice_id)
    recipient = request.POST.get("recipient", "").strip()
    try:
        validate_email(recipient)
        with acting_as(request.actor):
            actions.queue_mail(
                notice_id=notice_id,
                version=found.version,
                recipient=recipient,
                reason=found.reason_incomplete,
                by=request.actor,
                at=timezone.now(),
            )
    except ValidationError:
        messages.error(request, _("Enter one e-mail address, like abuse@site.com."))
    except (IllegalMove, actions.StaleDraft) as refusal:
        messages.error(request, str(refusal) or _("Somebody else changed this notice. Look at it again."))
    return redirect("takedowns:notice", reference, notice_id)


@requires(Permission.NOTICE_SEND, methods=("POST",))
@one_use
def answer(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Record what the platform answered."""
    form = AnswerForm(request.POST)
    with acting_as(request.actor):
        found = sent_notice(request, reference, notice_id)
        if not form.is_valid():
            return sent_page(request, found, answer=form)
    now = timezone.now()
    try:
        with acting_as(request.actor):
            sent_actions.record_answer(
                notice_id=notice_id,
                answer=form.chosen(),
                note=form.cleaned_data["note"],
                ticket=form.cleaned_data["ticket"],
                answered_at=now,
                by=request.actor,
                at=now,
            )
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The answer is recorded."))
    return redirect("takedowns:notice", reference, notice_id)


@requires(Permission.NOTICE_WRITE, methods=("POST",))
@one_use
def withdraw(request: SignedInRequest, reference: str, notice_id: UUID) -> HttpResponse:
    """Give up a draft, or take back what was asked; the latter only for who may send."""
    form = ReasonForm(request.POST, prefix="withdraw")
    with acting_as(request.actor):
        found = sent_notice(request, reference, notice_id)
        if found.is_frozen and not request.user.may(Permission.NOTICE_SEND):
            raise Http404
        if not form.is_valid() and found.is_frozen:
            return sent_page(request, found, withdraw=form)
    if not form.is_valid():
        messages.error(request, _("Say why the draft is given up."))
        return redirect("takedowns:notice", reference, notice_id)
    try:
        with acting_as(request.actor):
            reason = form.cleaned_data["reason"]
            sent_actions.withdraw(notice_id=notice_id, reason=reason, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The notice is withdrawn."))
    return redirect("takedowns:notice", reference, notice_id)
