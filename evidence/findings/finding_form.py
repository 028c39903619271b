"""What the forms of findings share: what they are about, exhibits to choose from, the reason of a correction."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cases.countries import ZONES
from cases.forms import CleanedForm, PlainText
from evidence.findings.links import ToldLink
from evidence.models import Exhibit, Finding

PRINTED = _("It can be printed in a packet. Nothing explicit.")
EMPTY = ("", _("None"))


class DayInput(forms.DateInput):
    """A day as the browser's own control takes it."""

    input_type = "date"

    def __init__(self, **more: Any) -> None:
        super().__init__(format="%Y-%m-%d", **more)


def day_field(label: Any, **more: Any) -> forms.DateField:
    """Return a field for a day that has come."""
    wrong = {"invalid": _("Enter a day, like 2026-11-22.")}
    return forms.DateField(label=label, widget=DayInput(), error_messages=wrong, **more)


class FindingForm(CleanedForm):
    """What all findings share: the exhibits and links of the case to choose from, and for a correction its reason."""

    noun: ClassVar[type[Finding]]
    exhibit_fields: ClassVar[Mapping[str, str]] = {}
    """Fields that choose an exhibit, with the column each goes to."""
    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)
    why = PlainText(
        label=_("Why it is corrected"), max_length=300, help_text=_("The old version is kept, with this reason.")
    )

    def __init__(
        self,
        *args: Any,
        exhibits: Sequence[Exhibit] = (),
        links: Sequence[ToldLink] = (),
        is_correction: bool = False,
        zone: str = "UTC",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.exhibits, self.links = exhibits, links
        if not is_correction:
            del self.fields["why"], self.fields["seen"]
        else:
            self.order_fields([*(name for name in self.fields if name != "why"), "why"])
        about = [(f"exhibit:{one.pk}", f"{one.label} · {one.description}"[:100]) for one in exhibits]
        about += [(f"link:{one.id}", f"{one.label} · {one.address}"[:100]) for one in links]
        if "about" in self.fields:
            self.choose_from("about", [("", _("All material of this case")), *about])
        for name in self.exhibit_fields:
            rows = [(str(one.pk), f"{one.label} · {one.description}"[:100]) for one in exhibits]
            self.choose_from(name, [EMPTY, *rows])

    def choose_from(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        """Set what one field offers."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def finding(self, case_id: UUID) -> Finding:
        """Return the unsaved version that was typed."""
        row = self.noun(case_id=case_id)
        about = str(self.cleaned_data.get("about") or "")
        kind, _colon, pk = about.partition(":")
        if kind == "exhibit":
            row.exhibit_id = UUID(pk)
        elif kind == "link":
            row.link_id = UUID(pk)
        for name, column in self.exhibit_fields.items():
            if chosen := self.cleaned_data.get(name):
                setattr(row, f"{column}_id", UUID(chosen))
        for name, value in self.sealed_values().items():
            setattr(row, name, value)
        return row

    def sealed_values(self) -> dict[str, Any]:
        """Return the values that go into the sealed blob, days as ISO text."""
        left_out = {"about", "why", "seen", *self.exhibit_fields}
        return {name: _text(value) for name, value in self.cleaned_data.items() if name not in left_out}

    @classmethod
    def initial_of(cls, row: Finding) -> dict[str, Any]:
        """Return what the form shows of a version that is to be corrected."""
        about = f"exhibit:{row.exhibit_id}" if row.exhibit_id else f"link:{row.link_id}" if row.link_id else ""
        chosen = {name: str(getattr(row, f"{column}_id") or "") for name, column in cls.exhibit_fields.items()}
        return {**row.opened(), "about": about, **chosen, "why": "", "seen": row.pk}


def zone_choices(chosen: str) -> list[tuple[str, Any]]:
    """Return the zones to choose from, with the one that is set even if it is not in the list."""
    known = dict(ZONES)
    return [*known.items(), *([] if chosen in known else [(chosen, chosen)])]


def past(day: date | None) -> date | None:
    """Return a day that has come, or refuse it in words."""
    # A day that begins earlier elsewhere may be tomorrow here.
    if day is not None and day > timezone.now().date() and day > timezone.localdate():
        raise forms.ValidationError(_now("This day has not come yet."))
    return day


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="minutes") if hasattr(value, "hour") else value.isoformat()
    return value
