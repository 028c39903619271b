"""How we may reach a client: asked, never assumed, one thing per page; changed later by the same pages."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.core.validators import validate_email
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import countries, portal
from cases.actions import report, safe_contact
from cases.actions.safe_contact import Rule
from cases.forms import CleanedForm, PlainText
from cases.http import SignedInRequest
from cases.models import Channel, SafeContact
from cases.models.safe_contact import DAYS, EVERY_DAY
from cases.permissions import Permission
from cases.portal import Stage, Visit, client_page

YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
WAYS = (Channel.TEXT, Channel.CALL, Channel.EMAIL)
ASK_YES_NO = gettext_lazy("Select yes or no.")


def yes_no(label: Any) -> forms.ChoiceField:
    """A question without a default answer."""
    field = forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect)
    field.error_messages["required"] = ASK_YES_NO
    return field


class MayForm(CleanedForm):
    """The first question: at all?"""

    may = forms.ChoiceField(
        label=gettext_lazy("May we contact you?"),
        widget=forms.RadioSelect,
        choices=(
            ("yes", gettext_lazy("Yes, in the ways I choose")),
            ("no", gettext_lazy("No, I will come back to this page myself")),
        ),
    )
    missing = {"may": ASK_YES_NO}


class WaysForm(CleanedForm):
    """Which ways."""

    ways = forms.MultipleChoiceField(
        label=gettext_lazy("Which ways are safe for you?"),
        help_text=gettext_lazy("Choose all that are safe. We use no other."),
        widget=forms.CheckboxSelectMultiple,
        choices=(
            ("text", gettext_lazy("Text message")),
            ("call", gettext_lazy("Phone call")),
            ("email", gettext_lazy("Email")),
            ("page", gettext_lazy("This page only")),
        ),
    )
    missing = {"ways": gettext_lazy("Choose at least one. “This page only” is a good answer too.")}


class DetailsForm(CleanedForm):
    """For each way that was chosen: where, and what we may say there."""

    def __init__(self, *args: Any, ways: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for way in ways:
            self.fields.update(ASKED[way]())
        for name, field in self.fields.items():
            if name.endswith("_address"):
                field.error_messages["required"] = MISSING_ADDRESS[name.split("_")[0]]

    def clean_text_address(self) -> str:
        """A number to text."""
        return phone_number(self.cleaned_data["text_address"])

    def clean_call_address(self) -> str:
        """A number to call."""
        return phone_number(self.cleaned_data["call_address"])

    def clean_email_address(self) -> str:
        """An address to mail."""
        address = str(self.cleaned_data["email_address"])
        try:
            validate_email(address)
        except forms.ValidationError:
            raise forms.ValidationError(gettext_lazy("Enter an email address, like name@example.org.")) from None
        return address


MISSING_ADDRESS = {
    "text": gettext_lazy("Enter a number for text messages."),
    "call": gettext_lazy("Enter a number to call."),
    "email": gettext_lazy("Enter an email address."),
}


def phone_number(text: str) -> str:
    """Return a phone number as typed, if it can be one."""
    digits = [sign for sign in text if sign.isdecimal()]
    if not 5 <= len(digits) <= 17 or any(not (sign.isdecimal() or sign in "+()-./ ") for sign in text):
        raise forms.ValidationError(gettext_lazy("Enter a phone number, like +44 20 7946 0018."))
    return text


def _number(label: Any) -> PlainText:
    return PlainText(label=label, max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"}))


def _text() -> dict[str, forms.Field]:
    return {
        "text_address": _number(gettext_lazy("Number for text messages")),
        "text_say": yes_no(gettext_lazy("May a text message say who we are?")),
    }


def _call() -> dict[str, forms.Field]:
    return {
        "call_address": _number(gettext_lazy("Number to call")),
        "call_leave": yes_no(gettext_lazy("If you do not answer, is it safe to leave a message?")),
        "call_say": yes_no(gettext_lazy("If someone else answers, may we say who we are?")),
    }


def _email() -> dict[str, forms.Field]:
    hint = gettext_lazy("We only write: “There is something new on your page.” No name, no reason.")
    box = forms.TextInput(attrs={"inputmode": "email"})
    return {"email_address": PlainText(label=gettext_lazy("Email address"), help_text=hint, max_length=200, widget=box)}


ASKED: Mapping[str, Callable[[], dict[str, forms.Field]]] = {"text": _text, "call": _call, "email": _email}
HOURS = tuple((f"{hour:02}:00", f"{hour:02}:00") for hour in range(24))


class HoursForm(CleanedForm):
    """When: at any time, or between two hours of the client's own clock."""

    when = forms.ChoiceField(
        label=gettext_lazy("When is it safe to reach you?"),
        widget=forms.RadioSelect,
        choices=(("any", gettext_lazy("At any time")), ("hours", gettext_lazy("Only between these hours"))),
    )
    starts = forms.ChoiceField(label=gettext_lazy("From"), choices=[("", "–"), *HOURS], required=False)
    ends = forms.ChoiceField(label=gettext_lazy("Until"), choices=[("", "–"), *HOURS], required=False)
    days = forms.MultipleChoiceField(
        label=gettext_lazy("On which days?"),
        help_text=gettext_lazy("If you choose none, every day is fine."),
        choices=list(DAYS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Which clock do you use?"),
        help_text=gettext_lazy("The town that has the same time as you."),
        choices=[("", "–"), *countries.ZONES.items()],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Hours need a beginning, an end and a clock."""
        given: dict[str, Any] = self.cleaned_data
        some_days = bool(given.get("days")) and len(given["days"]) < len(DAYS)
        if some_days and not given.get("zone") and given.get("when") != "hours":
            self.add_error("zone", gettext_lazy("Choose a town with your time."))
        if given.get("when") != "hours":
            return given
        for name, words in (
            ("starts", gettext_lazy("Choose the hour from which it is safe.")),
            ("ends", gettext_lazy("Choose the hour until which it is safe.")),
            ("zone", gettext_lazy("Choose a town with your time.")),
        ):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, words)
        if given.get("starts") and given.get("starts") == given.get("ends"):
            self.add_error("ends", gettext_lazy("Choose an end that is not the beginning."))
        return given


class SharedForm(CleanedForm):
    """Who else is near the phone, and a word that proves it is the client."""

    who_else_sees = PlainText(
        label=gettext_lazy("Does anyone else see this phone or these accounts?"),
        help_text=gettext_lazy("For example: my partner knows my PIN."),
        several_lines=True,
        max_length=500,
        required=False,
    )
    code_word = PlainText(
        label=gettext_lazy("A code word, if you want one"),
        help_text=gettext_lazy("We ask for it when we call, so that we know it is you."),
        max_length=60,
        required=False,
    )


STEPS = 5


def _form(step: int, draft: Mapping[str, Any], typed: Any) -> CleanedForm:
    ways = [way for way in draft.get("ways", []) if way in ASKED]
    if step == 3:
        return DetailsForm(typed, initial=draft, ways=ways)
    known: dict[int, type[CleanedForm]] = {1: MayForm, 2: WaysForm, 4: HoursForm, 5: SharedForm}
    # What is safe is asked anew each time and never shown as chosen already; typed words are kept.
    return known[step](typed, initial=draft if step == 5 or "may" in draft else {})


@client_page(Permission.PORTAL_CONTACT, stage=Stage.ALWAYS, methods=("GET", "POST"))
def step(request: SignedInRequest, visit: Visit, step: int) -> HttpResponse:
    """One of five pages; each is kept when it is answered."""
    if not 1 <= step <= STEPS:
        raise Http404
    draft = dict(visit.report.answers.get("safe_draft", {}))
    earliest = _earliest(draft)
    if step > earliest:
        return HttpResponseRedirect(reverse("portal:safe", args=[earliest]))
    form = _form(step, draft, request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = {**draft, **form.cleaned_data}
        if step == STEPS or _closes(step, draft):
            return _finish(request, visit, draft)
        report.save_step(case_id=visit.case.pk, step="safe_draft", answer=draft, by=request.actor, at=visit.at)
        return HttpResponseRedirect(reverse("portal:safe", args=[step + 1]))
    context = {
        "form": form,
        "step": step,
        "steps": STEPS,
        "later": "safe" in visit.report.answers,
        "back_url": _back(visit, step),
    }
    return portal.show(request, "portal/safe.html", context, exact=True, status=422 if form.is_bound else 200)


def _earliest(draft: Mapping[str, Any]) -> int:
    """Return the last page that what was answered so far leads to."""
    if draft.get("may") != "yes":
        return 1
    if not draft.get("ways"):
        return 2
    if any(f"{way}_address" not in draft for way in draft["ways"] if way in ASKED):
        return 3
    return 4 if "when" not in draft else STEPS


def _closes(step: int, draft: Mapping[str, Any]) -> bool:
    """Whether nothing else needs to be asked: no contact, or this page only."""
    only_page = step == 2 and not [way for way in draft["ways"] if way in ASKED]
    return (step == 1 and draft["may"] == "no") or only_page


def _back(visit: Visit, step: int) -> str:
    if step > 1:
        return reverse("portal:safe", args=[step - 1])
    return reverse("portal:contact") if "safe" in visit.report.answers else reverse("portal:start")


def _finish(request: SignedInRequest, visit: Visit, draft: Mapping[str, Any]) -> HttpResponse:
    first_time = "safe" not in visit.report.answers
    report.save_contact_rules(case_id=visit.case.pk, rules=rules_of(draft), by=request.actor, at=visit.at)
    if first_time and not visit.case.is_age_locked:
        return HttpResponseRedirect(reverse("portal:resume"))
    notices.success(request, _("Saved. A new number or address is used only after we have checked it with you."))
    return HttpResponseRedirect(reverse("portal:contact"))


def rules_of(draft: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that the answers of the five pages make; a way that was not chosen is closed."""
    ways = draft.get("ways", []) if draft.get("may") == "yes" else []
    shared = {"code_word": draft.get("code_word", ""), "who_else_sees": draft.get("who_else_sees", "")}
    hours: dict[str, Any] = {"days": "".join(sorted(draft.get("days") or EVERY_DAY))}
    if draft.get("zone"):
        hours["time_zone"] = draft["zone"]
    if draft.get("when") == "hours":
        hours |= {
            "window_starts": time.fromisoformat(draft["starts"]),
            "window_ends": time.fromisoformat(draft["ends"]),
            "time_zone": draft["zone"],
        }
    opened = [
        Rule(
            way,
            is_allowed=True,
            address=draft[f"{way.value}_address"],
            may_leave_message=draft.get(f"{way.value}_leave") == "yes",
            may_say_who_we_are=draft.get(f"{way.value}_say") == "yes",
            **hours,
            **shared,
        )
        for way in WAYS
        if way.value in ways
    ]
    closed = [Rule(way, is_allowed=False) for way in WAYS if way.value not in ways]
    return [Rule(Channel.PAGE, is_allowed=True, **shared), *opened, *closed]


@client_page(Permission.PORTAL_CONTACT, stage=Stage.ALWAYS)
def contact(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Read back the rules; change them, or stop all contact with one press."""
    rules = list(SafeContact.objects.visible_to(request.actor).standing().filter(case=visit.case).order_by("channel"))
    outward = [rule for rule in rules if rule.is_allowed and rule.channel != Channel.PAGE]

    def context() -> dict[str, Any]:
        waiting = [rule for rule in outward if rule.confirmed_at is None]
        words = words_of(rules, at=visit.at)
        return {"words": words, "waiting": waiting, "reachable": outward, "back_url": visit.resume_url()}

    return portal.show(request, "portal/contact.html", context, exact=True)


def words_of(rules: Iterable[SafeContact], *, at: datetime) -> str:
    """Say the rules back to the client: which ways, and at which hours; empty when nothing was said yet."""
    standing = list(rules)
    live = [rule for rule in standing if rule.is_allowed and (rule.valid_until is None or rule.valid_until > at)]
    outward = [rule for rule in live if rule.channel != Channel.PAGE]
    if not outward:
        return _("On this page only. We do not call, write or text.") if standing else ""
    ways = ", ".join(str(Channel(rule.channel).label) for rule in outward)
    first = outward[0]
    if first.days_named:
        ways = _("%(ways)s (%(days)s)") % {"ways": ways, "days": first.days_named}
    if first.window_starts is None or first.window_ends is None:
        return ways
    hours = {"ways": ways, "start": f"{first.window_starts:%H:%M}", "end": f"{first.window_ends:%H:%M}"}
    return _("%(ways)s, from %(start)s to %(end)s") % hours


@client_page(Permission.PORTAL_CONTACT, stage=Stage.ALWAYS, methods=("POST",))
def stop(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """Stop every way but this page, at once."""
    safe_contact.stop(case_id=visit.case.pk, by=request.actor, at=visit.at)
    notices.success(request, _("Done. We do not call, write or text. You can come back to this page."))
    return HttpResponseRedirect(reverse("portal:contact"))
