"""What people type about a place or a link beside its address, and about reports that were made before."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from takedowns.actions.place import Known
from takedowns.models import Filer, Means, PlaceKind, Route

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOST_VIEWS = 10**15
WITHOUT_ADDRESS = tuple(choice for choice in PlaceKind.choices if choice[0] != PlaceKind.LINK)


class KnownForm(CleanedForm):
    """What is known of a place. `others` are links of the case that it may have been found from."""

    account = PlainText(label=_("Account that posted it"), required=False, max_length=200)
    found_where = PlainText(
        label=_("Where it was found"),
        required=False,
        max_length=500,
        help_text=_("Such as a search, a chat, a friend."),
    )
    found_from = forms.ChoiceField(
        label=_("Found from"), required=False, help_text=_("The link that led here. It shows how it spread.")
    )
    seen_on = forms.DateField(
        label=_("Day it was seen"),
        required=False,
        widget=DAY,
        error_messages={"invalid": _("Enter a day, like 22/11/2026.")},
    )
    views = forms.IntegerField(
        label=_("Views shown there"),
        required=False,
        min_value=0,
        max_value=MOST_VIEWS,
        error_messages={"invalid": _("Enter a number, like 1204.")},
    )

    def __init__(
        self, *args: Any, others: Sequence[tuple[str, str]] = (), today: date | None = None, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.today = today
        chosen = self.fields["found_from"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("Not known")), *others]

    def clean_seen_on(self) -> date | None:
        """Refuse a day that has not come."""
        day: date | None = self.cleaned_data.get("seen_on")
        if day and self.today and day > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    @property
    def known(self) -> Known:
        """What was typed."""
        given = self.cleaned_data
        return Known(
            account=given.get("account") or "",
            found_where=given.get("found_where") or "",
            seen_on=given.get("seen_on"),
            views=given.get("views"),
            found_from=UUID(given["found_from"]) if given.get("found_from") else None,
        )


class DescribeForm(KnownForm):
    """What is known of a link that is on the list."""

    kind = forms.ChoiceField(label=_("What it is"), choices=PlaceKind.choices)
    field_order = ("kind",)


class PlaceForm(KnownForm):
    """A place without an address."""

    kind = forms.ChoiceField(label=_("What it is"), choices=WITHOUT_ADDRESS, widget=forms.RadioSelect)
    platform = forms.ChoiceField(label=_("Site or app"), required=False)
    name = PlainText(
        label=_("What it is called"),
        max_length=200,
        help_text=_("The name of the account or group, or how you tell it apart."),
    )
    disappears = forms.BooleanField(
        label=_("It will disappear by itself"),
        required=False,
        help_text=_("Like a story or a message that can be seen once. It then goes to the top of Today."),
    )
    field_order = ("kind", "platform", "name", "disappears")

    def __init__(self, *args: Any, platforms: Sequence[tuple[str, str]], **kw: Any) -> None:
        super().__init__(*args, **kw)
        chosen = self.fields["platform"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("None, or not in the list")), *platforms]


class EarlierReportForm(CleanedForm):
    """A report that somebody made before."""

    links = forms.MultipleChoiceField(
        label=_("Links it was about"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one link.")},
    )
    filer = forms.ChoiceField(label=_("Who asked"), choices=Filer.choices, widget=forms.RadioSelect)
    route = forms.ChoiceField(label=_("Route"), choices=Route.choices, widget=forms.RadioSelect)
    means = forms.ChoiceField(label=_("How it was sent"), choices=Means.choices, widget=forms.RadioSelect)
    sent_at = forms.DateTimeField(
        label=_("When it was sent"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("The clock starts there. If nobody knows the time, take the end of that day."),
        error_messages={"invalid": _("Enter the day and time, like 22/11/2026 13:40.")},
    )
    ticket = PlainText(label=_("Ticket number"), required=False, max_length=80)
    was_complete = forms.BooleanField(
        label=_("It held everything that the law asks for"),
        required=False,
        help_text=_("Tick this only if you have read it. Without it no legal clock runs."),
    )
    text = PlainText(label=_("What was written"), required=False, several_lines=True, max_length=20_000)

    def __init__(self, *args: Any, rows: Sequence[tuple[str, str]], now: datetime, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.now = now
        chosen = self.fields["links"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = list(rows)

    def clean_sent_at(self) -> datetime:
        """Refuse a time that has not come."""
        sent_at: datetime = self.cleaned_data["sent_at"]
        if sent_at > self.now:
            raise forms.ValidationError(_("This time has not come yet."))
        return sent_at
