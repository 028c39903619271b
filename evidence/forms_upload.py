"""What people say about files: what they are, how they came, until when a client may send some."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import countries
from cases.forms import CleanedForm, PlainText
from evidence.acquisition import FOUND_AT, FOUND_ZONE, QUESTIONS
from evidence.models import AcquisitionMethod, EvidenceKind

LONGEST_REQUEST = timedelta(days=60)
GUESS = ""


class FilesInput(forms.FileInput):
    """A plain file field that takes several files; nothing is read here, the upload handler has sealed them."""

    allow_multiple_selected = True


class AcquisitionForm(CleanedForm):
    """The questions of evidence.acquisition, and when the file was found, in the time zone of whoever found it."""

    discovered_at = forms.DateTimeField(
        label=_("When it was found"),
        help_text=_("By the clock of whoever found it. Leave it empty if nobody remembers."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Enter a date and a time, like 2026-11-22 13:40.")},
    )
    discovered_zone = forms.ChoiceField(label=_("Time there"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            if question.choices:
                field: forms.Field = forms.ChoiceField(choices=question.choices, required=False)
            else:
                field = PlainText(required=False, max_length=500)
            field.label, field.help_text = cast(Any, question.asked), cast(Any, question.hint)
            self.fields[question.name] = field
        zones = cast(forms.ChoiceField, self.fields["discovered_zone"])
        own = timezone.get_current_timezone_name()
        known = dict(countries.ZONES)
        zones.choices = [*known.items(), *([] if own in known else [(own, own)])]
        self.initial.setdefault("discovered_zone", own)

    @property
    def questions(self) -> list[Any]:
        """Return the bound fields of the questions, in order."""
        return [self[question.name] for question in QUESTIONS]

    def clean(self) -> dict[str, Any]:
        """Read the moment by the clock of its own zone, and refuse one that has not come yet."""
        super().clean()
        found: datetime | None = self.cleaned_data.get("discovered_at")
        zone = self.cleaned_data.get("discovered_zone") or timezone.get_current_timezone_name()
        if found is not None:
            found = found.replace(tzinfo=ZoneInfo(zone))
            self.cleaned_data["discovered_at"] = found
            if found > timezone.now():
                self.add_error("discovered_at", _("This time has not come yet."))
        self.cleaned_data["discovered_zone"] = zone
        return self.cleaned_data

    def answers(self) -> dict[str, str]:
        """Return what was answered, by the names of the record; nothing for what was left empty."""
        given = {name: text for name, text in self.texts(question.name for question in QUESTIONS).items() if text}
        found = self.cleaned_data.get("discovered_at")
        if found is not None:
            given[FOUND_AT] = found.astimezone(UTC).isoformat()
            given[FOUND_ZONE] = self.cleaned_data["discovered_zone"]
        return given


class UploadForm(AcquisitionForm):
    """What the person who brings files says about them. The files themselves never pass through the form."""

    missing = {"description": _("Say in a few words what these files are.")}

    description = PlainText(
        label=_("What it is"),
        help_text=_("Without intimate detail, like “Screenshot of the profile page”. It is printed in the packet."),
        max_length=300,
    )
    evidence_kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(GUESS, _("Tell by the file")), *EvidenceKind.choices],
        required=False,
    )
    method = forms.ChoiceField(
        label=_("How it came to us"), choices=AcquisitionMethod.choices, widget=forms.RadioSelect
    )
    source = PlainText(
        label=_("Where it is from"),
        help_text=_("The address of the page, or the app and the account. Not the client’s name."),
        required=False,
        max_length=2000,
    )
    chosen = forms.FileField(
        label=_("Files"),
        required=False,
        widget=FilesInput(attrs={"multiple": True}),
        help_text=_("Pictures, videos, voice messages, e-mails, chat exports, PDF or text. Several at once are fine."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"method": AcquisitionMethod.HANDED_OVER, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        # A file field cannot be filled again after an error, so the browser asks for the text before it sends.
        for name in ("description", "chosen"):
            self.fields[name].widget.attrs["required"] = True

    def statement(self) -> dict[str, str]:
        """Return everything that was said, as it waits with an upload."""
        said = self.texts(["description", "evidence_kind", "method", "source"])
        return {name: text for name, text in said.items() if text} | self.answers()


class CorrectionForm(AcquisitionForm):
    """The same questions once more, and why the record is corrected."""

    missing = {"why": _("Say why this is corrected.")}

    evidence_kind = forms.ChoiceField(label=_("Kind"), choices=EvidenceKind.choices)
    why = PlainText(
        label=_("Why it is corrected"), help_text=_("Both records are kept, with this reason."), max_length=300
    )


class FileRequestForm(CleanedForm):
    """What a client is asked to send, and until which day."""

    missing = {"words": _("Say what you ask for."), "until": _("Choose the last day.")}

    words = PlainText(
        label=_("What we ask for"),
        help_text=_("The client reads this on their page. Use words that give nothing away."),
        several_lines=True,
        max_length=600,
    )
    until = forms.DateField(
        label=_("Until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day, like 2026-11-30.")},
    )

    def clean_until(self) -> datetime:
        """Return the end of that day here; refuse one that is over or far away."""
        day = self.cleaned_data["until"]
        end = datetime.combine(day, time(23, 59, 59), tzinfo=timezone.get_current_timezone())
        now = timezone.now()
        if end <= now:
            raise forms.ValidationError(_("This day is over already."))
        if end > now + LONGEST_REQUEST:
            raise forms.ValidationError(_("Choose a day within the next two months."))
        return end
