"""The client's page for staff: how to reach them, what they agreed to, their way in, and messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import doors
from cases.access import acting_as
from cases.actions import case as case_actions
from cases.actions import door, safe_contact
from cases.actions import message as message_actions
from cases.actions.message import MessageRefused
from cases.case_page import case_page
from cases.contributions import Panel, contributed
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.models import Case, Channel, Consent, Door, DoorKind, Message, Passkey, Power, SafeContact, Withdrawal
from cases.permissions import Permission
from cases.states import IdentityCheck, IllegalMove, PortalUse, WithdrawalOutcome

HANDED = "handed_to_client"
"""What is shown once after it was made: kept in the sealed session until the page shows it."""
MESSAGES_SHOWN = 50


class CodeForm(CleanedForm):
    """How it was made sure who asks."""

    checked = forms.ChoiceField(
        label=gettext_lazy("How did you make sure who asks?"), choices=IdentityCheck.choices, widget=forms.RadioSelect
    )
    remark = PlainText(label=gettext_lazy("Remark"), max_length=300, required=False)
    missing = {"checked": gettext_lazy("Choose how you made sure. Without that nobody gets a code.")}


class ConfirmForm(CleanedForm):
    """How a new address was confirmed."""

    how = forms.ChoiceField(
        label=gettext_lazy("How was it confirmed?"),
        choices=(
            ("old_way", gettext_lazy("By the way we already knew")),
            ("code_word", gettext_lazy("With the code word")),
            ("in_person", gettext_lazy("In person")),
        ),
    )


class MessageForm(CleanedForm):
    """One message, by a way that is safe now."""

    channel = forms.ChoiceField(label=gettext_lazy("Way"), choices=())
    text = PlainText(label=gettext_lazy("Message"), several_lines=True, max_length=5000)
    missing = {"text": gettext_lazy("Write the message first.")}

    def __init__(self, *args: Any, ways: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = ways  # type: ignore[attr-defined]


WAY_WORDS = {
    Channel.PAGE: gettext_lazy("On their page"),
    Channel.EMAIL: gettext_lazy("On their page, and tell them by email that something is there"),
    Channel.TEXT: gettext_lazy("I have sent this as a text message"),
    Channel.CALL: gettext_lazy("I have said this on the phone"),
    Channel.LETTER: gettext_lazy("I have sent this as a letter"),
    Channel.IN_PERSON: gettext_lazy("I have said this in person"),
}


def _case(request: SignedInRequest, reference: str) -> Case:
    found = Case.objects.visible_to(request.actor).select_related("owner")
    case: Case = get_object_or_404(found, reference=reference)
    return case


def _ways(case: Case) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the ways that are safe at this moment, and why the others are not."""
    now = timezone.now()
    refused = {channel: message_actions.why_not(case, channel, at=now) for channel in Channel}
    allowed = [(channel.value, str(WAY_WORDS[channel])) for channel in Channel if not refused[channel]]
    return allowed, [reason for reason in refused.values() if reason]


def _page(request: SignedInRequest, reference: str, *, status: int = 200, **bound: CleanedForm) -> HttpResponse:
    with acting_as(request.actor):
        case = _case(request, reference)
        now = timezone.now()
        ways, refusals = _ways(case)
        standing = {row.power: row for row in Consent.objects.visible_to(request.actor).standing().filter(case=case)}
        codes = Door.objects.usable(at=now).filter(case_id=case.pk, kind=DoorKind.ACCESS_CODE)
        written = Message.objects.visible_to(request.actor).filter(case=case).order_by("-written_at", "pk")
        rules = list(SafeContact.objects.visible_to(request.actor).standing().filter(case=case).order_by("channel"))
        context = case_page(
            request,
            case,
            tab="client",
            now=now,
            rules=rules,
            waiting=[row for row in rules if row.is_allowed and not row.confirmed_at and row.channel != Channel.PAGE],
            consents=[(power.label, standing.get(power.value)) for power in Power],
            openings=door.openings(case.pk),
            code=codes.order_by("-created_at").first(),
            invitation=_invitation(case),
            passkeys=Passkey.objects.filter(user=door.client_of(case.pk)).count(),
            withdrawal=Withdrawal.objects.visible_to(request.actor).standing().filter(case=case).first(),
            outcomes=WithdrawalOutcome.choices,
            uses=PortalUse.choices,
            rows=list(written[:MESSAGES_SHOWN]),
            refusals=refusals,
            handed=request.session.pop(HANDED, None),
            code_form=bound.get("code_form") or CodeForm(),
            confirm_form=ConfirmForm(),
            message_form=bound.get("message_form") or MessageForm(ways=ways),
            form=next(iter(bound.values()), None),
            panels=_panels(request, case, now),
        )
        return render(request, "cases/client.html", context, status=status)


def _panels(request: SignedInRequest, case: Case, now: datetime) -> list[Panel]:
    """Return what upper apps tell of the client, as far as this person may see it."""
    found = [part(case, request.actor, now) for part in contributed("CLIENT_PARTS")]
    return [one for one in found if one and (one.permission is None or request.user.may(one.permission))]


def _invitation(case: Case) -> Door | None:
    usable = Door.objects.usable(at=timezone.now()).filter(case_id=case.pk, kind=DoorKind.CLIENT_INVITATION)
    return usable.order_by("-created_at").first()


@requires(Permission.CASE_VIEW)
def client(request: SignedInRequest, reference: str) -> HttpResponse:
    """Show the client's page and note that their messages were read."""
    with acting_as(request.actor):
        case = _case(request, reference)
        if Message.objects.filter(case=case, is_from_client=True, seen_at=None).exists():
            message_actions.mark_seen(case_id=case.pk, by=request.actor, at=timezone.now())
    return _page(request, reference)


def _hand_over(request: SignedInRequest, **shown: str) -> None:
    request.session[HANDED] = shown


def invitation_address(token: str) -> str:
    """Return the whole address of an invitation for a client."""
    path = reverse("portal:invite", args=[token], urlconf=settings.PORTAL_URLCONF)
    return f"{settings.SCHEME}://{settings.PORTAL_HOST}{path}"


@requires(Permission.CLIENT_INVITE, methods=("POST",))
@one_use
def invite_new(request: SignedInRequest) -> HttpResponse:
    """Open a case for somebody who will write their report themselves, and make their invitation."""
    now = timezone.now()
    with acting_as(request.actor):
        case = case_actions.open_case(by=request.actor, at=now, owner=request.user, source="portal")
        made = door.invite(case_id=case.pk, by=request.actor, at=now)
    _hand_over(request, link=invitation_address(made.token))
    return redirect("cases:client", case.reference)


@requires(Permission.CLIENT_INVITE, methods=("POST",), step_up=True)
@one_use
def invite(request: SignedInRequest, reference: str) -> HttpResponse:
    """Make an invitation and show its link once."""
    try:
        with acting_as(request.actor):
            made = door.invite(case_id=_case(request, reference).pk, by=request.actor, at=timezone.now())
    except IllegalMove as refusal:
        notices.error(request, str(refusal))
    else:
        _hand_over(request, link=invitation_address(made.token))
    return redirect("cases:client", reference)


@requires(Permission.CLIENT_INVITE, methods=("POST",), step_up=True)
@one_use
def give_code(request: SignedInRequest, reference: str) -> HttpResponse:
    """Make a code and a first PIN to read out, after a recorded check of who asks."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, status=422, code_form=form)
    try:
        with acting_as(request.actor):
            made = door.give_code(
                case_id=_case(request, reference).pk,
                checked=IdentityCheck(form.cleaned_data["checked"]),
                remark=form.cleaned_data["remark"],
                by=request.actor,
                at=timezone.now(),
            )
    except IllegalMove as refusal:
        notices.error(request, str(refusal))
    else:
        _hand_over(request, code=doors.spoken_code(made.code), pin=made.pin)
    return redirect("cases:client", reference)


@requires(Permission.CLIENT_INVITE, methods=("POST",), step_up=True)
@one_use
def close_door(request: SignedInRequest, reference: str) -> HttpResponse:
    """Close every way in, now."""
    with acting_as(request.actor):
        door.close(case_id=_case(request, reference).pk, by=request.actor, at=timezone.now())
    notices.success(request, _("The door is closed. Open pages have ended."))
    return redirect("cases:client", reference)


@requires(Permission.CLIENT_MESSAGE, methods=("POST",), step_up=True)
@one_use
def confirm_rule(request: SignedInRequest, reference: str, rule_id: UUID) -> HttpResponse:
    """Say that a new number or address is the client's."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, status=422, confirm_form=form)
    try:
        with acting_as(request.actor):
            case = _case(request, reference)
            get_object_or_404(SafeContact.objects.visible_to(request.actor).standing(), pk=rule_id, case=case)
            safe_contact.confirm(
                case_id=case.pk, rule_id=rule_id, how=form.cleaned_data["how"], by=request.actor, at=timezone.now()
            )
    except IllegalMove as refusal:
        notices.error(request, str(refusal))
    return redirect("cases:client", reference)


@requires(Permission.CLIENT_MESSAGE, methods=("POST",))
@one_use
def write(request: SignedInRequest, reference: str) -> HttpResponse:
    """Write to the client by a safe way; an unsafe one is refused, and the refusal is in the record."""
    everything = [(channel.value, str(channel.label)) for channel in Channel]
    form = MessageForm(request.POST, ways=everything)
    if not form.is_valid():
        return _page(request, reference, status=422, message_form=form)
    refusal = ""
    with acting_as(request.actor):
        case = _case(request, reference)
        channel, text = Channel(form.cleaned_data["channel"]), form.cleaned_data["text"]
        try:
            message_actions.send(case_id=case.pk, channel=channel, text=text, by=request.actor, at=timezone.now())
        except MessageRefused as refused:
            refusal = str(refused)
    if refusal:
        form.add_error("channel", refusal)
        return _page(request, reference, status=409, message_form=form)
    notices.success(request, _("Kept, and on its way if there is a way."))
    return redirect("cases:client", reference)
