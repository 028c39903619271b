"""Looking on purpose: a reason, then something that is shown while it is held. No byte of a picture leaves by these."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import keys
from cases.access import acting_as
from cases.case_page import case_page
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest, one_use, requires
from cases.limits import OverLimit
from cases.models import Case, Membership, MembershipRole, Rest, User
from cases.permissions import Permission
from cases.states import IllegalMove
from evidence.actions import viewing as actions
from evidence.looking import exposure, instead
from evidence.looking.grant import CLIP, SHOWN_AT_MOST, STILL, TIMED, Variant, make_token
from evidence.looking.panels import sums_of
from evidence.looking.subject import subject_of
from evidence.models import Ending, Exhibit, ExhibitState, Tone, Viewing, ViewingReason

CLIPS = {"media-src": [f"{settings.SCHEME}://{settings.MEDIA_HOST}"]}
"""Only the pages of a granted look may play anything; pictures may stand in more pages by the base policy."""


class ReasonForm(CleanedForm):
    """Why somebody looks."""

    missing = {"reason": gettext_lazy("Say why you look. A look without a reason does not begin.")}
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you look?"), choices=ViewingReason.choices, widget=forms.RadioSelect
    )
    words = PlainText(
        label=gettext_lazy("In a few words"),
        help_text=gettext_lazy("It stands in the record, with the seconds. Say nothing of what is shown."),
        required=False,
        max_length=200,
    )


class ColleagueForm(CleanedForm):
    """Whom somebody asks to look instead."""

    colleague = forms.ChoiceField(label=gettext_lazy("Colleague"), choices=[])

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].choices = [(str(one.pk), one.name) for one in people]  # type: ignore[attr-defined]


@requires(Permission.EVIDENCE_LOOK, methods=("GET", "POST"))
@one_use
def look(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Ask for the reason, offer what is enough without looking; a POST grants the look."""
    if request.method != "POST":
        exhibit = exhibit_of(request, reference, exhibit_id)
        return _ask_page(request, exhibit, ReasonForm(initial={"reason": ""}))
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            with acting_as(request.actor):
                granted = actions.grant(
                    exhibit_id=exhibit.pk,
                    reason=ViewingReason(form.cleaned_data["reason"]),
                    words=form.cleaned_data["words"],
                    session_key=str(request.session.session_key),
                    by=request.actor,
                    at=timezone.now(),
                )
            return redirect("evidence:viewing", reference, exhibit_id, granted.viewing.pk)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        except OverLimit as stopped:
            again = stopped.again_at.astimezone(ZoneInfo(request.user.time_zone))
            said = _("You have looked %(n)d times. The cover stays until %(when)s: ask a colleague or your supervisor.")
            form.add_error(None, said % {"n": stopped.limit, "when": f"{again:%H:%M}"})
    with acting_as(request.actor):
        return _ask_page(request, exhibit, form, status=422)


@requires(Permission.EVIDENCE_LOOK)
def viewing(request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID) -> HttpResponse:
    """Show the cover of a granted look and the ways to hold it open. What is held comes from the media host."""
    exhibit = exhibit_of(request, reference, exhibit_id)
    found = _own(request, exhibit, viewing_id)
    now = timezone.now()
    if found.ended_at is not None or found.expires_at <= now:
        messages.info(request, _("That look is over. Everything is covered."))
        return redirect("evidence:look", reference, exhibit_id)
    return _stage(request, _viewing_context(request, exhibit, found, now=now, timed=False))


@requires(Permission.EVIDENCE_LOOK, methods=("POST",))
def hold(request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID) -> HttpResponse:
    """Hear from the page that something is held or covered; answer how many seconds are left. Many a minute."""
    return _told(request, reference, exhibit_id, viewing_id, is_shown=request.POST.get("shown") == "1")


@requires(Permission.EVIDENCE_LOOK, methods=("POST",))
def leave(request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID) -> HttpResponse:
    """End a look because its page was left (a beacon), or with the button that covers for good."""
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        found = _own(request, exhibit, viewing_id)
        by_hand = request.POST.get("by") == "hand"
        actions.end(
            viewing_id=found.pk,
            session_key=str(request.session.session_key),
            ending=Ending.COVERED if by_hand else Ending.LEFT,
            by=request.actor,
            at=timezone.now(),
        )
    if request.POST.get("by") == "beacon":
        return HttpResponse(status=204)
    messages.success(request, _("Covered again."))
    return redirect("evidence:exhibit", reference, exhibit_id)


@requires(Permission.EVIDENCE_LOOK, methods=("POST",))
def widen(request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID) -> HttpResponse:
    """Let the look show more: one step at one press."""
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        found = _own(request, exhibit, viewing_id)
        try:
            actions.widen(
                viewing_id=found.pk,
                session_key=str(request.session.session_key),
                step=request.POST.get("step", ""),
                by=request.actor,
                at=timezone.now(),
            )
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
    return redirect("evidence:viewing", reference, exhibit_id, viewing_id)


@requires(Permission.EVIDENCE_LOOK, methods=("POST",))
def timed(request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID) -> HttpResponse:
    """Show it for ten seconds on a page without script, which then goes back to the cover by itself."""
    now = timezone.now()
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        found = _own(request, exhibit, viewing_id)
        try:
            key = str(request.session.session_key)
            found = actions.show_timed(viewing_id=found.pk, session_key=key, by=request.actor, at=now)
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("evidence:look", reference, exhibit_id)
        if found.ended_at is not None:
            messages.info(request, _("That look is over. Everything is covered."))
            return redirect("evidence:look", reference, exhibit_id)
        return _stage(request, _viewing_context(request, exhibit, found, now=now, timed=True))


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
@one_use
def text(request: SignedInRequest, reference: str, exhibit_id: UUID, kind: str) -> HttpResponse:
    """Read the text of an exhibit instead of looking; choosing it is written down, then it is shown."""
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        if Rest.objects.standing(at=timezone.now()).filter(person=request.user).exists():
            messages.info(request, _("You are on a break. Everything stays covered until you end it."))
            return redirect("cases:my_day")
        shown = instead.read(exhibit, kind)
        if shown is None:
            messages.error(request, _("This text cannot be read here."))
            return redirect("evidence:exhibit", reference, exhibit_id)
        if request.method == "POST":
            actions.read_text(exhibit_id=exhibit.pk, what=kind, by=request.actor, at=timezone.now())
            request.session["text_chosen"] = f"{exhibit.pk}:{kind}"
            return redirect("evidence:look_text", reference, exhibit_id, kind)
        if request.session.pop("text_chosen", None) != f"{exhibit.pk}:{kind}":
            return redirect("evidence:exhibit", reference, exhibit_id)
        context = case_page(request, exhibit.case, tab="exhibits", exhibit=exhibit, shown=shown)
        return render(request, "evidence/look_text.html", context)


@requires(Permission.EVIDENCE_VIEW, methods=("GET", "POST"))
@one_use
def ask_colleague(request: SignedInRequest, reference: str, exhibit_id: UUID) -> HttpResponse:
    """Ask somebody else on the case to look instead."""
    if request.method != "POST":
        return redirect("evidence:exhibit", reference, exhibit_id)
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        form = ColleagueForm(request.POST, people=_colleagues(request, exhibit.case))
        if not form.is_valid():
            messages.error(request, _("Choose a colleague who may look."))
            return redirect("evidence:exhibit", reference, exhibit_id)
        try:
            colleague = UUID(form.cleaned_data["colleague"])
            now = timezone.now()
            actions.ask_colleague(exhibit_id=exhibit.pk, colleague_id=colleague, by=request.actor, at=now)
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Asked. It stands on their list for today."))
    return redirect("evidence:exhibit", reference, exhibit_id)


def _told(
    request: SignedInRequest, reference: str, exhibit_id: UUID, viewing_id: UUID, *, is_shown: bool
) -> HttpResponse:
    with acting_as(request.actor):
        exhibit = exhibit_of(request, reference, exhibit_id)
        found = _own(request, exhibit, viewing_id)
        key = str(request.session.session_key)
        try:
            found = actions.hold(
                viewing_id=found.pk, session_key=key, is_shown=is_shown, by=request.actor, at=timezone.now()
            )
        except IllegalMove as refusal:
            return JsonResponse({"over": True, "said": str(refusal)}, status=409)
        if found.ended_at is not None:
            said = _("The seconds of this look are used up. Everything is covered.")
            return JsonResponse({"over": True, "said": said}, status=409)
        midnight = exposure.midnight_of(timezone.now(), ZoneInfo(request.user.time_zone))
        used = exposure.seconds_since(request.user.pk, midnight)
        left = max(0, round(SHOWN_AT_MOST.total_seconds() - found.shown_ms / 1000))
        return JsonResponse({"left": left, "today": used})


def exhibit_of(request: SignedInRequest, reference: str, exhibit_id: UUID) -> Exhibit:
    """Return an exhibit that is kept, of a case that is not locked; else it does not exist."""
    rows = Exhibit.objects.visible_to(request.actor).filter(case__reference=reference, state=ExhibitState.SEALED)
    found: Exhibit = get_object_or_404(rows.select_related("case"), pk=exhibit_id)
    if found.case.is_age_locked:
        raise Http404
    return found


def _own(request: SignedInRequest, exhibit: Exhibit, viewing_id: UUID) -> Viewing:
    """Return one's own look in this very session; anybody else's does not exist."""
    rows = Viewing.objects.visible_to(request.actor).of_media().filter(exhibit=exhibit, person=request.user)
    found: Viewing = get_object_or_404(rows.select_related("case", "exhibit"), pk=viewing_id)
    token = _token(request, found)
    if keys.token_hash(token) != bytes(found.token_hash or b""):
        raise Http404
    return found


def _token(request: SignedInRequest, found: Viewing) -> str:
    return make_token(viewing_id=found.pk, person_id=request.user.pk, session_key=str(request.session.session_key))


def _colleagues(request: SignedInRequest, case: Case) -> list[User]:
    """Return who else works on the case and may look."""
    rows = Membership.objects.current().filter(case=case).exclude(role=MembershipRole.CLIENT).select_related("user")
    found = {row.user.pk: row.user for row in rows.order_by("since")}
    people = [one for one in found.values() if one.is_active and one.may(Permission.EVIDENCE_LOOK)]
    return [one for one in people if one.pk != request.user.pk]


def _ask_page(request: SignedInRequest, exhibit: Exhibit, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    subject = subject_of(exhibit)
    people = _colleagues(request, exhibit.case)
    used = exposure.allowance(request.user.pk, at=now, zone=ZoneInfo(request.user.time_zone))
    context = case_page(
        request,
        exhibit.case,
        tab="exhibits",
        now=now,
        exhibit=exhibit,
        form=form,
        shape=subject.shape if subject else "",
        offers=instead.offers(exhibit),
        sums=sums_of(exhibit, request.actor),
        used=used,
        day_minutes=used.day_minutes,
        rest=Rest.objects.standing(at=now).filter(person=request.user).first(),
        colleagues=ColleagueForm(people=people) if people else None,
    )
    return render(request, "evidence/look.html", context, status=status)


def _stage(request: SignedInRequest, context: dict[str, Any]) -> HttpResponse:
    response = render(request, "evidence/viewing.html", context)
    # What django-csp's own decorator sets, which knows no guarded views.
    response._csp_update = CLIPS  # type: ignore[attr-defined]
    return response


def _viewing_context(
    request: SignedInRequest, exhibit: Exhibit, found: Viewing, *, now: datetime, timed: bool
) -> dict[str, Any]:
    subject = subject_of(exhibit)
    part = CLIP if found.is_moving else STILL
    variant = Variant(part, Tone(found.tone), found.is_sounding and part == CLIP)
    path = reverse("media:preview", args=[_token(request, found), str(variant)], urlconf=settings.MEDIA_URLCONF)
    used = exposure.allowance(request.user.pk, at=now, zone=ZoneInfo(request.user.time_zone))
    steps = _steps(found, subject.shape if subject else "")
    return case_page(
        request,
        exhibit.case,
        tab="exhibits",
        now=now,
        exhibit=exhibit,
        viewing=found,
        source=f"{settings.SCHEME}://{settings.MEDIA_HOST}{path}",
        is_clip=part == CLIP,
        has_sound=variant.sound,
        steps=steps,
        is_timed=timed,
        timed_seconds=int(TIMED.total_seconds()),
        left=max(0, round(SHOWN_AT_MOST.total_seconds() - found.shown_ms / 1000)),
        used=used,
        day_minutes=used.day_minutes,
    )


def _steps(found: Viewing, shape: str) -> list[tuple[str, str]]:
    """Return what may be shown next, with the words of its button."""
    steps: list[tuple[str, str]] = []
    if found.tone == Tone.SOFT:
        steps.append((Tone.SHARP.value, _("Without blur")))
    elif found.tone == Tone.SHARP:
        steps.append((Tone.COLOUR.value, _("In colour")))
    if shape == "film" and not found.is_moving:
        steps.append((actions.MOVING, _("Let it move, mute")))
    elif found.is_moving and not found.is_sounding:
        steps.append((actions.SOUND, _("With sound")))
    return steps
