"""The screen of a first contact as a form: every question, in the order it is asked."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cases import countries, naming
from cases.forms import CleanedForm, PlainText
from cases.models import Channel, Power
from cases.models.safe_contact import DAYS
from cases.states import AgeAnswer

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def _ask(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect, **more)


class ContactForm(CleanedForm):
    """Everything that may be asked. Nothing is required while it is typed: `intake.gaps` says what a case needs."""

    safe_now = _ask(_("Is it safe for you to talk right now?"), [*YES_NO, ("unsure", _("Not sure"))])
    call_back = _ask(_("If we are cut off, may we call you back?"), YES_NO)
    call_back_on = PlainText(label=_("On which number?"), required=False, max_length=40)
    source = forms.ChoiceField(
        label=_("How did they come?"),
        choices=[("phone", _("Phone")), ("walk_in", _("In person")), ("mail", _("E-mail")), ("chat", _("Chat"))],
        required=False,
    )
    about = _ask(
        _("Who is this about?"),
        [("me", _("The caller")), ("child", _("The caller’s child")), ("someone", _("Someone the caller supports"))],
    )
    age = _ask(
        _("Was everyone shown 18 or over when it was made?"),
        [
            (AgeAnswer.ADULT.value, _("Yes, everyone was 18 or over")),
            (AgeAnswer.UNDER_18.value, _("No, someone was under 18")),
            (AgeAnswer.NOT_SURE.value, _("Not sure")),
        ],
        help_text=_("Ask about everyone shown, not only the caller."),
    )
    alias = forms.ChoiceField(
        label=_("Name for the case"),
        choices=[(word, word) for word in naming.WORDS],
        required=False,
        help_text=_("A word from our list. It never says who the person is."),
    )
    name = PlainText(label=_("Name to use"), required=False, max_length=100, help_text=_("It can be invented."))
    pronouns = PlainText(label=_("Pronouns"), required=False, max_length=40)
    needs = PlainText(
        label=_("Needs"), required=False, help_text=_("An interpreter, somebody who reads for them, other help.")
    )
    may_contact = _ask(
        _("May we contact them at all?"), [("yes", _("Yes")), ("no", _("No, they come back by themselves"))]
    )
    channels = forms.MultipleChoiceField(
        label=_("Which ways are safe?"),
        choices=[(c.value, c.label) for c in (Channel.TEXT, Channel.CALL, Channel.EMAIL)],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    phone = PlainText(label=_("Phone number"), required=False, max_length=40)
    email = PlainText(label=_("E-mail address"), required=False)
    window_starts = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    window_ends = forms.TimeField(
        label=_("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=_("Their time"), required=False)
    days = forms.MultipleChoiceField(
        label=_("On which days? None ticked means every day."),
        choices=list(DAYS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    may_leave_message = _ask(_("Is it safe to leave a message?"), YES_NO)
    may_say_who_we_are = _ask(_("May we say who we are?"), YES_NO)
    code_word = PlainText(label=_("Code word"), required=False, max_length=60)
    who_else_sees = PlainText(label=_("Who else may see or answer this?"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    what_happened = PlainText(
        label=_("What happened"),
        required=False,
        several_lines=True,
        max_length=20_000,
        help_text=_("In their words where you can. This can be read in court."),
    )
    witness = PlainText(label=_("Who heard it"), required=False, max_length=100)
    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[
            ("", _("Choose")),
            ("advice", _("We gave advice")),
            ("referral", _("We named another service")),
            ("silent", _("Silent, or cut off")),
            ("other", _("Something else")),
        ],
        required=False,
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Not known")), *countries.choices()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = list(countries.ZONES.items())  # type: ignore[attr-defined]
        for power in Power:
            self.fields[f"agrees_{power.value}"] = _ask(power.label, YES_NO)

    @property
    def powers(self) -> list[Any]:
        """Return the bound fields of the powers, in order."""
        return [self[f"agrees_{power.value}"] for power in Power]

    def answers(self) -> dict[str, Any]:
        """Return what was answered as JSON values; an empty answer is an answer taken back."""
        given: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            given[name] = value.strftime("%H:%M") if hasattr(value, "strftime") else value
        return given
