"""A call, a walk-in, a mail: one screen that saves itself, and one press that makes a case of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from cases import intake, naming
from cases.access import acting_as
from cases.actions import contact as contact_actions
from cases.actions.contact import MET, Met, Stale
from cases.actions.look_up import Answer
from cases.contact_form import ContactForm
from cases.forms import clean_text
from cases.helplines import for_country
from cases.http import TOKEN_FIELD, SignedInRequest, one_use, requires
from cases.intake import KEPT_WHEN_LOCKED
from cases.models import Contact, ContactState
from cases.permissions import Permission
from cases.states import IllegalMove

OURS = frozenset({"csrfmiddlewaretoken", TOKEN_FIELD, "version", "do", "shown", MET})
MOST_PART_FIELDS = 20
PART_LENGTH = 2_000_000
"""A part of another app may take a long list of links."""


@requires(Permission.CONTACT_TAKE, methods=("GET", "POST"))
@one_use
def new(request: SignedInRequest) -> HttpResponse:
    """Show what to say first; a POST starts the contact."""
    now = timezone.now()
    if request.method == "POST":
        with acting_as(request.actor):
            contact = contact_actions.start(taken_by=request.user, alias=naming.suggest_alias(), at=now)
        return redirect("cases:contact", contact.pk)
    mine = Contact.objects.visible_to(request.actor).filter(taken_by=request.user, state=ContactState.OPEN)
    return render(request, "cases/new_contact.html", {"unfinished": list(mine.order_by("-saved_at")[:10])})


@requires(Permission.CONTACT_TAKE, methods=("GET", "POST"))
@one_use
def contact(request: SignedInRequest, contact_id: UUID) -> HttpResponse:
    """Show one contact; a POST saves it, ends it, or opens a case."""
    with acting_as(request.actor):
        found = get_object_or_404(Contact.objects.visible_to(request.actor), pk=contact_id)
        answers = dict(found.answers)
    if found.state != ContactState.OPEN:
        reference = answers.get("case")
        return redirect("cases:case", reference) if reference else redirect("cases:new_contact")
    if request.method != "POST":
        return _page(request, found, ContactForm(initial=_initial(answers)), answers)
    form = ContactForm(request.POST)
    given, problems = _given(request.POST, form)
    typed = {**answers, **given}
    if problems:
        return _page(request, found, form, typed, status=422, extra=problems)
    do = request.POST.get("do", "save")
    missing = intake.gaps(typed) if do == "open" else {}
    if do == "end" and not given.get("outcome"):
        missing = {"outcome": _("Choose how it ended.")}
    if missing:
        return _page(request, found, form, typed, status=422, extra=_put(form, missing))
    return _act(request, found, form, given, do=do)


def _act(
    request: SignedInRequest, found: Contact, form: ContactForm, given: dict[str, Any], *, do: str
) -> HttpResponse:
    """Call the one action that was asked for, and lead on."""
    change: dict[str, Any] = {"contact_id": found.pk, "answers": given, "version": _version(request.POST)}
    now = timezone.now()
    try:
        with acting_as(request.actor):
            if do == "open":
                met = contact_actions.look_up_caller(contact_id=found.pk, answers=given, by=request.actor, at=now)
                case = contact_actions.become_case(**change, owner=request.user, by=request.actor, at=now)
                _tell(request, met)
                return redirect("cases:case", case.reference)
            if do == "end":
                contact_actions.end(**change, at=now)
                messages.success(request, _("Contact ended. Only the figures were kept."))
                return redirect("cases:new_contact")
            contact_actions.save(**change, at=now)
            contact_actions.look_up_caller(contact_id=found.pk, answers=given, by=request.actor, at=now)
    except Stale as newer:
        return _both(request, found, form, given, newer)
    except IllegalMove as refusal:
        messages.error(request, str(refusal))
        return redirect("cases:contact", found.pk)
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('cases:contact', args=[found.pk])}{'#where' if do == 'on' else ''}")


def _tell(request: SignedInRequest, met: Met) -> None:
    """Say what the look-up of the caller answered, where it answered anything."""
    if met.answer == Answer.YOURS:
        messages.info(request, _("This person may be in a case of yours: %(cases)s.") % {"cases": ", ".join(met.cases)})
    elif met.answer == Answer.SUPERVISOR:
        messages.info(request, _("Ask your supervisor about this case before you go on. They were told."))


@requires(Permission.CONTACT_TAKE, methods=("POST",))
def save(request: SignedInRequest, contact_id: UUID) -> HttpResponse:
    """Keep what is being typed. Answers JSON; 409 when it was saved elsewhere meanwhile, 422 for broken text."""
    now = timezone.now()
    with acting_as(request.actor):
        get_object_or_404(Contact.objects.visible_to(request.actor), pk=contact_id)
    given, problems = _given(request.POST, ContactForm(request.POST))
    try:
        with acting_as(request.actor):
            saved = contact_actions.save(contact_id=contact_id, answers=given, version=_version(request.POST), at=now)
    except (Stale, IllegalMove):
        return JsonResponse({"error": "stale"}, status=409)
    said = {"saved_at": time_format(timezone.localtime(now), "H:i"), "version": saved.version}
    return JsonResponse(said | ({"problems": problems} if problems else {}), status=200)


def _version(posted: QueryDict) -> int:
    text = posted.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _given(posted: QueryDict, form: ContactForm) -> tuple[dict[str, Any], list[str]]:
    """Return the answers that can be kept, and what is wrong with the others (each also stands at its field)."""
    form.is_valid()
    answers = form.answers()
    if posted.get("shown") == "short":
        answers = {name: value for name, value in answers.items() if name in KEPT_WHEN_LOCKED}
    problems: list[str] = []
    others = [name for name in posted if name not in form.fields and name not in OURS]
    for name in others[:MOST_PART_FIELDS]:
        try:
            values = [_part_text(text) for text in posted.getlist(name)]
        except ValidationError as refusal:
            problems += refusal.messages
            continue
        answers[name] = values[0] if len(values) == 1 else values
    return answers, problems if problems else ([""] if form.errors else [])


def _part_text(text: str) -> str:
    if len(text) > PART_LENGTH:
        raise ValidationError(_("This is too much for one box. Open the case first and add the rest there."))
    return clean_text(text, several_lines=True)


def _put(form: ContactForm, missing: Mapping[str, str]) -> list[str]:
    """Put each gap at its field; return those that belong to no field of this form."""
    for name, text in missing.items():
        if name in form.fields:
            form.add_error(name, text)
    return [text for name, text in missing.items() if name not in form.fields]


def _initial(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"time_zone": str(timezone.get_current_timezone()), **answers}


def _both(
    request: SignedInRequest, found: Contact, form: ContactForm, given: dict[str, Any], newer: Stale
) -> HttpResponse:
    """Show what is typed here and what was saved elsewhere; the next press keeps what is typed here."""
    labels = {name: str(field.label) for name, field in form.fields.items()}
    differing = [
        {"label": labels.get(name, name), "here": _said(value), "there": _said(newer.saved.get(name))}
        for name, value in given.items()
        if _said(value) != _said(newer.saved.get(name))
    ]
    found.version = newer.version
    return _page(request, found, form, {**newer.saved, **given}, status=409, differing=differing)


def _said(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else "" if value is None else str(value)


def _page(
    request: SignedInRequest,
    found: Contact,
    form: ContactForm,
    answers: Mapping[str, Any],
    *,
    status: int = 200,
    extra: list[str] | None = None,
    differing: list[dict[str, str]] | None = None,
) -> HttpResponse:
    is_locked = intake.locks(answers)
    parts = intake.parts() if intake.takes_material(answers) else []
    errors = intake.gaps(answers) if status == 422 else {}
    context = {
        "contact": found,
        "form": form,
        "extra": [text for text in extra or [] if text],
        "differing": differing,
        "is_locked": is_locked,
        "age_known": bool(answers.get("age")),
        "helplines": for_country(str(answers.get("country") or ""), under_18=True)[:4] if is_locked else [],
        "signed_in_name": request.user.name,
        "met": found.answers.get(MET, {}) if not is_locked else {},
    }
    with acting_as(request.actor):
        shown = [(part.template, part.context(answers)) for part in parts]
        context["parts"] = [
            render_to_string(template, {"part": values, "errors": errors}, request) for template, values in shown
        ]
        return render(request, "cases/contact.html", context, status=status)
