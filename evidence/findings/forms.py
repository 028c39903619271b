"""What people type about fakes, the chronology and harm: one form for each noun, which makes one version of it."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.findings.chronology import exists
from evidence.findings.finding_form import PRINTED, FindingForm, day_field, past, zone_choices
from evidence.models import (
    AssessedBy,
    Assessment,
    CheckAnswer,
    CheckItem,
    ChronologyEntry,
    ClaimNature,
    Comparison,
    EntryKind,
    Finding,
    HarmEntry,
    HarmKind,
    Opinion,
    Precision,
    SaidBy,
    SourceCheck,
    SyntheticClaim,
    ToldBy,
)


class ClaimForm(FindingForm):
    """What is claimed about a fake, by whom, and on what ground."""

    noun = SyntheticClaim
    missing: ClassVar[dict[str, Any]] = {
        "nature": _("Say what is claimed. Choose one."),
        "said_by": _("Say who says so. Choose one."),
        "basis": _("Write how we know that they say so."),
    }

    about = forms.ChoiceField(label=_("What it is about"), required=False)
    nature = forms.ChoiceField(label=_("What is claimed"), choices=ClaimNature.choices, widget=forms.RadioSelect)
    said_by = forms.ChoiceField(label=_("Who says so"), choices=SaidBy.choices, widget=forms.RadioSelect)
    said_on = day_field(_("When they said so"), required=False)
    basis = PlainText(
        label=_("On what ground"),
        max_length=600,
        several_lines=True,
        help_text=_("Such as “told us on the telephone”, “caption of the post”. It can be printed in a packet."),
    )

    def clean_said_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return past(self.cleaned_data.get("said_on"))


class SourceCheckForm(FindingForm):
    """The search for the source, question by question."""

    noun = SourceCheck
    exhibit_fields = {"original": "other"}
    MARKS: ClassVar[dict[str, tuple[str, str]]] = {
        f"{item.value}_{part}": (item.value, part) for item in CheckItem for part in ("answer", "notes")
    }

    about = forms.ChoiceField(label=_("What was looked at"), required=False)
    original = forms.ChoiceField(label=_("Which exhibit is said to be the original"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = {
            CheckItem.REVERSE: _("Where it was searched, and when. Never upload intimate media to a search."),
            CheckItem.INCONSISTENT: _("What a person saw, in plain words."),
            CheckItem.EARLIEST: _("Where and when."),
        }
        for item in CheckItem:
            self.fields[f"{item.value}_answer"] = forms.ChoiceField(
                label=item.label, choices=CheckAnswer.choices, initial=CheckAnswer.NOT_DONE, widget=forms.RadioSelect
            )
            self.fields[f"{item.value}_notes"] = PlainText(
                label=_("Notes"), required=False, max_length=600, help_text=hints.get(item, PRINTED)
            )
        if "why" in self.fields:
            self.order_fields([*(name for name in self.fields if name != "why"), "why"])

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Return each question's answer with its notes."""
        return [(self[f"{item.value}_answer"], self[f"{item.value}_notes"]) for item in CheckItem]

    def sealed_values(self) -> dict[str, Any]:
        """Return the answers as one value."""
        answers: dict[str, dict[str, str]] = {item.value: {} for item in CheckItem}
        for name, (item, part) in self.MARKS.items():
            answers[item][part] = str(self.cleaned_data.get(name) or "")
        return {"answers": answers}

    @classmethod
    def initial_of(cls, row: Finding) -> dict[str, Any]:
        """Return the answers of a version, each for its own field."""
        assert isinstance(row, SourceCheck)
        given = {name: row.answers.get(item, {}).get(part, "") for name, (item, part) in cls.MARKS.items()}
        return {**super().initial_of(row), **{name: value for name, value in given.items() if value}}


class AssessmentForm(FindingForm):
    """What somebody outside found."""

    noun = Assessment
    exhibit_fields = {"report": "other"}
    missing: ClassVar[dict[str, Any]] = {
        "method": _("Write how they went about it, in their words."),
        "confidence": _("Write how sure they say they are, or “not stated”."),
        "limits": _("Write which limits they name, or “not stated”."),
    }

    about = forms.ChoiceField(label=_("What was assessed"), required=False)
    kind = forms.ChoiceField(label=_("Who assessed it"), choices=AssessedBy.choices, widget=forms.RadioSelect)
    who = PlainText(label=_("Name of the person"), required=False, max_length=120)
    organisation = PlainText(label=_("Their organisation"), required=False, max_length=160)
    method = PlainText(label=_("Method"), several_lines=True, max_length=1000)
    tool = PlainText(label=_("Tool and its version"), required=False, max_length=160)
    opinion = forms.ChoiceField(label=_("What they found"), choices=Opinion.choices, widget=forms.RadioSelect)
    confidence = PlainText(label=_("Confidence, in their words"), max_length=300)
    limits = PlainText(label=_("Limits, in their words"), several_lines=True, max_length=1000)
    assessed_on = day_field(_("Date of the assessment"))
    report = forms.ChoiceField(label=_("The report, as an exhibit"), required=False)

    def clean_assessed_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return past(self.cleaned_data.get("assessed_on"))

    def clean(self) -> dict[str, Any]:
        """Ask who it was, or which program."""
        given = super().clean() or self.cleaned_data
        if given.get("kind") == AssessedBy.EXPERT and not given.get("who") and not given.get("organisation"):
            self.add_error("who", _("Write who examined it."))
        if given.get("kind") == AssessedBy.DETECTOR and not given.get("tool"):
            self.add_error("tool", _("Write which program it was, with its version."))
        return given


class ComparisonForm(FindingForm):
    """Two exhibits, and what a person saw."""

    noun = Comparison
    exhibit_fields = {"questioned": "exhibit", "original": "other"}
    missing: ClassVar[dict[str, Any]] = {"differences": _("Write what differs, in plain words.")}

    questioned = forms.ChoiceField(label=_("The exhibit in question"))
    original = forms.ChoiceField(label=_("The exhibit that is said to be its original"))
    differences = PlainText(label=_("What differs"), several_lines=True, max_length=1500, help_text=PRINTED)
    same = PlainText(label=_("What is the same"), several_lines=True, required=False, max_length=1500)
    compared_on = day_field(_("When it was compared"), required=False)

    def clean_compared_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return past(self.cleaned_data.get("compared_on"))

    def clean(self) -> dict[str, Any]:
        """Refuse one exhibit beside itself."""
        given = super().clean() or self.cleaned_data
        if given.get("questioned") and given.get("questioned") == given.get("original"):
            self.add_error("original", _("Choose another exhibit than the one in question."))
        return given


class ChronologyForm(FindingForm):
    """What happened outside our record."""

    noun = ChronologyEntry
    exhibit_fields = {"shown_by": "exhibit"}
    missing: ClassVar[dict[str, Any]] = {
        "precision": _("Say how exactly the time is known."),
        "words": _("Write what happened, in a sentence."),
        "told_by": _("Say where we know it from."),
    }

    precision = forms.ChoiceField(
        label=_("How exactly is the time known?"), choices=Precision.choices, widget=forms.RadioSelect
    )
    day = day_field(_("Day"), required=False, help_text=_("For a month, any day of it."))
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("Only when it is known to the minute."),
        error_messages={"invalid": _("Enter a time, like 13:40.")},
    )
    zone = forms.ChoiceField(label=_("In whose time"))
    kind = forms.ChoiceField(label=_("What it was"), choices=EntryKind.choices)
    words = PlainText(label=_("What happened"), several_lines=True, max_length=600, help_text=PRINTED)
    told_by = forms.ChoiceField(label=_("Where we know it from"), choices=ToldBy.choices, widget=forms.RadioSelect)
    shown_by = forms.ChoiceField(label=_("Which exhibit shows it"), required=False)
    account = PlainText(label=_("Account that was used"), required=False, max_length=160)
    address = PlainText(label=_("Address"), required=False, max_length=2000)

    def __init__(self, *args: Any, zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose_from("zone", zone_choices(str(self.initial.get("zone") or zone)))
        self.initial.setdefault("zone", zone)

    def clean_day(self) -> date | None:
        """Refuse a day that has not come yet."""
        return past(self.cleaned_data.get("day"))

    def clean(self) -> dict[str, Any]:
        """Ask for what the exactness needs, and refuse a time that clocks never showed."""
        given = super().clean() or self.cleaned_data
        precision, day, time = given.get("precision"), given.get("day"), given.get("time")
        if precision and precision != Precision.UNKNOWN and day is None and "day" not in self.errors:
            self.add_error("day", _("Enter the day, or choose “Not known”."))
        if precision == Precision.EXACT and time is None and "time" not in self.errors:
            self.add_error("time", _("Enter the time, or choose “That day”."))
        zone = given.get("zone")
        if precision == Precision.EXACT and day and time and zone and not exists(day, time, ZoneInfo(zone)):
            self.add_error("time", _("Clocks never showed this time: they were put forward. Ask again."))
        if given.get("told_by") == ToldBy.EXHIBIT and not given.get("shown_by"):
            self.add_error("shown_by", _("Choose the exhibit that shows it."))
        return given

    def sealed_values(self) -> dict[str, Any]:
        """Return the values; what the exactness does not claim is not kept."""
        values = super().sealed_values()
        if values["precision"] == Precision.UNKNOWN:
            values["day"] = ""
        if values["precision"] != Precision.EXACT:
            values["time"] = ""
        return values


class HarmForm(FindingForm):
    """What it cost."""

    noun = HarmEntry
    exhibit_fields = {"proof": "exhibit"}

    on = day_field(_("Day"), required=False)
    kind = forms.ChoiceField(label=_("What it was"), choices=HarmKind.choices, widget=forms.RadioSelect)
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        min_value=Decimal("0"),
        max_digits=12,
        decimal_places=2,
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "invalid": _("Enter a number, like 120.50."),
            "min_value": _("Enter a number that is not below zero."),
        },
    )
    currency = PlainText(
        label=_("Currency"), required=False, max_length=3, help_text=_("Three letters, like EUR, GBP or USD.")
    )
    words = PlainText(label=_("In words"), several_lines=True, required=False, max_length=600, help_text=PRINTED)
    proof = forms.ChoiceField(label=_("The proof, as an exhibit"), required=False)

    def clean_on(self) -> date | None:
        """Refuse a day that has not come yet."""
        return past(self.cleaned_data.get("on"))

    def clean_currency(self) -> str:
        """Take three letters, in capitals."""
        typed = str(self.cleaned_data.get("currency") or "").upper()
        if typed and not (len(typed) == 3 and typed.isascii() and typed.isalpha()):
            raise forms.ValidationError(_("Enter three letters, like EUR."))
        return typed

    def clean(self) -> dict[str, Any]:
        """Ask for the currency of an amount, and for something to say."""
        given = super().clean() or self.cleaned_data
        if given.get("amount") is not None and not given.get("currency") and "currency" not in self.errors:
            self.add_error("currency", _("Enter the currency of the amount."))
        if given.get("amount") is None and not given.get("words") and not self.errors:
            self.add_error("words", _("Enter an amount, or say in words what it was."))
        return given


FORMS: dict[str, type[FindingForm]] = {
    form.noun.NOUN: form
    for form in (ClaimForm, SourceCheckForm, AssessmentForm, ComparisonForm, ChronologyForm, HarmForm)
}
"""The form of each noun that is written down entry by entry."""


class WhyForm(CleanedForm):
    """Why something is taken back."""

    why = PlainText(label=_("Why it is taken back"), max_length=300)
