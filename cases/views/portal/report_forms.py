"""The questions of the report's steps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases import countries
from cases.forms import CleanedForm, PlainText
from cases.models import Power
from cases.states import AgeAnswer

MOST_WORDS = 500
ABOUT = {"me": _("Me"), "child": _("My child"), "someone": _("Someone I support")}
KINDS = {
    "shared": _("Images or video of me were shared"),
    "threatened": _("Someone threatens to share them"),
    "made": _("They were made or changed by a computer"),
    "money": _("Someone asks for money or something else"),
    "not_sure": _("I am not sure"),
}


def _country_choices() -> list[tuple[str, Any]]:
    return [("", _("I would rather not say")), *countries.choices(), ("ZZ", _("Another country"))]


class WhoForm(CleanedForm):
    """Who this is about, and how we talk with them."""

    about = forms.ChoiceField(label=_("Who is this about?"), choices=list(ABOUT.items()), widget=forms.RadioSelect)
    name = PlainText(
        label=_("What may we call you?"), help_text=_("It can be invented."), max_length=100, required=False
    )
    pronouns = PlainText(label=_("Pronouns"), help_text=_("For example: she, he, they."), max_length=40, required=False)
    country = forms.ChoiceField(
        label=_("Which country are you in?"),
        help_text=_("So that we can name help near you."),
        choices=_country_choices,
        required=False,
    )
    needs = PlainText(
        label=_("What helps us talk with you?"),
        help_text=_("A language, an interpreter, someone who reads aloud."),
        max_length=200,
        required=False,
    )
    missing = {"about": _("Choose who this is about.")}

    def clean_country(self) -> str:
        """Another country is no country of the list."""
        chosen = str(self.cleaned_data["country"])
        return "" if chosen == "ZZ" else chosen


class AgeForm(CleanedForm):
    """The age of everyone shown, when it was made."""

    answer = forms.ChoiceField(
        label=_("Was anyone shown under 18 when it was made?"),
        help_text=_("Think of everyone who can be seen, also in the background."),
        widget=forms.RadioSelect,
        choices=(
            (AgeAnswer.ADULT.value, _("No, everyone was 18 or older")),
            (AgeAnswer.UNDER_18.value, _("Yes")),
            (AgeAnswer.NOT_SURE.value, _("I am not sure")),
        ),
    )
    missing = {"answer": _("Choose one. “I am not sure” is a good answer too.")}


class WhatForm(CleanedForm):
    """What happened. Nothing here must be answered but whether there is danger now."""

    kinds = forms.MultipleChoiceField(
        label=_("What happened?"),
        help_text=_("Choose all that fit."),
        choices=list(KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    threat_now = forms.ChoiceField(
        label=_("Is someone threatening you now?"),
        choices=(("yes", _("Yes")), ("no", _("No"))),
        widget=forms.RadioSelect,
    )
    text = PlainText(
        label=_("In your words"), help_text=_("Links come on the next page."), several_lines=True, required=False
    )
    missing = {"threat_now": _("Select yes or no.")}

    def clean_text(self) -> str:
        """500 words at most: more can be told later, to a person."""
        text = str(self.cleaned_data["text"])
        if len(text.split()) > MOST_WORDS:
            raise forms.ValidationError(_("Shorten this to 500 words. You can tell us more later."))
        return text


MEANS = {
    Power.ASK_SITES: _("We write to the sites and apps where it is."),
    Power.ASK_HOSTS: _("When a site does not answer, we write to the company that runs its computers."),
    Power.ASK_SEARCH: _("The pages are then harder to find."),
    Power.SHARE_POLICE: _("Only what you choose, and only after we have talked about it."),
    Power.SHARE_LAWYER: _("Only what you choose, and only to the lawyer you name."),
    Power.SHARE_REGULATOR: _("Only what you choose, to make a site keep the law."),
    Power.KEEP_FINGERPRINT: _("A number made from the file. The picture cannot be seen in it."),
}


class AgreeForm(CleanedForm):
    """Powers, each by its own tick, none ticked before, signed with a name."""

    powers = forms.MultipleChoiceField(
        label=_("What may we do in your name?"),
        help_text=_("Choose none, some or all. You can change this later."),
        choices=Power.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    signed_name = PlainText(
        label=_("Sign by typing your name"),
        help_text=_("Some sites ask for your full name. We tell you before we use it."),
        max_length=100,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["powers"].hints = {power.value: words for power, words in MEANS.items()}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A yes needs a signature."""
        given: dict[str, Any] = self.cleaned_data
        if given.get("powers") and not given.get("signed_name") and "signed_name" not in self.errors:
            self.add_error("signed_name", _("Type your name to sign, or untick everything."))
        return given
