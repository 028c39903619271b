"""What people type about links and notices, cleaned in the one place that cleans text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from takedowns.actions.notice_sent import ANSWERS
from takedowns.letters import Material
from takedowns.models import Route
from takedowns.states import NoticeState

MOST_SIGNS = 4_000_000
"""Ten thousand links of 400 signs: more than a person pastes, less than a request may hold."""


class LinkBox(forms.CharField):
    """A box of links. Its lines are judged one by one, so that a bad one can be quoted and the good ones kept."""

    def __init__(self, **more: Any) -> None:
        super().__init__(strip=False, widget=forms.Textarea, **more)
        self.validators = []

    def to_python(self, value: Any) -> str:
        """Return the text as it came."""
        return "" if value in self.empty_values else str(value)

    def validate(self, value: Any) -> None:
        """Ask for links, and for fewer of them when it is far too much."""
        if self.required and not str(value).strip():
            raise forms.ValidationError(_("Paste at least one link, like https://site.com/page."))
        if len(value) > MOST_SIGNS:
            raise forms.ValidationError(_("This is too much at once. Paste at most 10,000 links."))


class AddLinksForm(CleanedForm):
    """Links of a case, pasted. `corrects` names the import whose wrong lines these are."""

    links = LinkBox(
        label=_("Links"),
        help_text=_(
            "One on each line, or cells copied from a spreadsheet. Words around a link are ignored. You do not need "
            "to open them."
        ),
    )
    corrects = forms.UUIDField(required=False, widget=forms.HiddenInput)


class PlaceMailForm(CleanedForm):
    """Where a mail belongs: one of the notices that were offered, or nowhere, with a reason."""

    notice = forms.ChoiceField(label=_("It belongs to"), required=False, widget=forms.RadioSelect)
    reason = PlainText(label=_("Why it belongs to no notice"), required=False, max_length=300)

    def __init__(self, *args: Any, offered: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["notice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(one["notice"].pk), f"{one['notice'].case.reference} · {one['notice'].platform.name}")
            for one in offered
        ]

    def clean_notice(self) -> UUID | None:
        """Return the id of the chosen notice; only what was offered can be chosen."""
        chosen = self.cleaned_data["notice"]
        return UUID(chosen) if chosen else None

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("notice") and not cleaned.get("reason") and "notice" not in self.errors:
            self.add_error("notice", _("Choose the notice, or say why it belongs to none."))
        return cleaned


class ListFileForm(CleanedForm):
    """Links of a case as a file. It is read apart from the other fields, in memory."""

    list = forms.FileField(
        label=_("CSV list or spreadsheet (.xlsx)"),
        required=False,
        help_text=_("Up to 10,000 rows. Columns for link, where found, date, views and account are recognised."),
    )


class PortalLinksForm(CleanedForm):
    """Links that a client adds, or the names of sites."""

    links = LinkBox(label=_("Links"), required=False)
    sites = PlainText(label=_("Or tell us the name of the site or app"), required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two; leaving both out has its own button."""
        given = super().clean() or self.cleaned_data
        if not str(given.get("links") or "").strip() and not given.get("sites") and not self.errors:
            self.add_error(
                "links", _("Paste a link or tell us the name of a site. If you have none, press “I have none”.")
            )
        return given


class ReasonForm(CleanedForm):
    """Why something is done."""

    reason = PlainText(label=_("Why"), max_length=200)


class StartNoticeForm(CleanedForm):
    """Which links, and which route."""

    links = forms.MultipleChoiceField(
        label=_("Links"),
        error_messages={"required": _("Choose at least one link.")},
        widget=forms.CheckboxSelectMultiple,
    )
    route = forms.ChoiceField(label=_("Route"), choices=Route.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, links: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["links"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(link, link) for link in links]


class DraftForm(CleanedForm):
    """A notice while it is being written."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    route = forms.ChoiceField(label=_("Route"), choices=Route.choices, required=False, widget=forms.RadioSelect)
    material = forms.ChoiceField(
        label=_("The links show"),
        choices=[(Material.IMAGES, _("images")), (Material.VIDEO, _("video")), (Material.BOTH, _("images and video"))],
        required=False,
    )
    states_no_consent = forms.BooleanField(
        label=_("The client told us that it was published without their consent"), required=False
    )
    is_synthetic = forms.BooleanField(label=_("It was made or changed by a computer"), required=False)
    location_details = PlainText(label=_("Where on the page it is"), required=False)
    description = PlainText(
        label=_("What it shows, in neutral words"), required=False, max_length=300, help_text=_("Without names.")
    )
    country = PlainText(label=_("Country of the person shown"), required=False, max_length=60)
    legal_basis = PlainText(label=_("Law that it breaks"), required=False)
    depicted_name = PlainText(
        label=_("Name of the person shown"),
        required=False,
        help_text=_("Left out unless you write it here. Only with the client’s agreement."),
    )
    uploader_account = PlainText(label=_("Account that posted it"), required=False)
    recipient = PlainText(label=_("Send to"), required=False, max_length=254)
    subject = PlainText(label=_("Subject"), max_length=200)
    text = PlainText(label=_("Letter"), several_lines=True)
    reason = PlainText(label=_("Why it goes although something is missing"), required=False, max_length=300)
    note_to_colleague = PlainText(label=_("For the colleague who looks at it"), required=False, max_length=300)
    ticket = PlainText(label=_("Ticket number"), required=False, max_length=80)
    no_ticket = forms.BooleanField(label=_("None was given"), required=False)
    sent_at = forms.DateTimeField(
        label=_("Time you sent it"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Enter the day and time, like 22/11/2026 13:40.")},
    )

    SAID = (
        "material",
        "states_no_consent",
        "is_synthetic",
        "location_details",
        "description",
        "country",
        "legal_basis",
        "depicted_name",
        "uploader_account",
    )

    def __init__(self, *args: Any, asked: str = "save", now: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked, self.now = asked, now

    def clean_recipient(self) -> str:
        """Refuse what is no single address."""
        recipient = str(self.cleaned_data.get("recipient") or "")
        if recipient:
            try:
                validate_email(recipient)
            except forms.ValidationError as refusal:
                raise forms.ValidationError(_("Enter one e-mail address, like abuse@site.com.")) from refusal
        elif self.asked == "mail":
            raise forms.ValidationError(_("Enter the address that takes such requests, or use their web form."))
        return recipient

    def clean(self) -> dict[str, Any]:
        """Ask for ticket and time when it was sent by the site's own form."""
        given = super().clean() or self.cleaned_data
        if self.asked == "form":
            if not given.get("ticket") and not given.get("no_ticket"):
                self.add_error("ticket", _("Enter the ticket number, or tick “None was given”."))
            if given.get("ticket") and given.get("no_ticket"):
                self.add_error("ticket", _("Enter the ticket number or tick “None was given”, not both."))
            sent_at = given.get("sent_at")
            if not sent_at and "sent_at" not in self.errors:
                self.add_error("sent_at", _("Enter when you sent it. The clock starts there."))
            elif sent_at and self.now and sent_at > self.now:
                self.add_error("sent_at", _("This time has not come yet."))
        return given

    @property
    def said(self) -> dict[str, Any]:
        """What the letter may say."""
        return {name: self.cleaned_data.get(name) or "" for name in self.SAID}


class AnswerForm(CleanedForm):
    """What a platform answered."""

    answer = forms.ChoiceField(
        label=_("What did they say?"),
        choices=[(answer.value, answer.label) for answer in ANSWERS],
        widget=forms.RadioSelect,
    )
    note = PlainText(label=_("In their words"), required=False, several_lines=True, max_length=5000)
    ticket = PlainText(label=_("Ticket number"), required=False, max_length=80)

    def chosen(self) -> NoticeState:
        """Return the answer."""
        return NoticeState(self.cleaned_data["answer"])


class ClockForm(CleanedForm):
    """What happened to a clock of a notice, why, and since when if not now."""

    clock = forms.UUIDField(widget=forms.HiddenInput)
    do = forms.ChoiceField(choices=[(kind, kind) for kind in ("paused", "resumed", "restarted")])
    why = PlainText(label=_("Why"), required=False, max_length=200)
    since = forms.DateTimeField(
        label=_("Since when, if not now"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Enter the day and time, like 22/11/2026 13:40.")},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the reason: a clock does not stand still without one."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("do") in ("paused", "restarted") and not given.get("why") and "why" not in self.errors:
            self.add_error("why", _("Say why: whoever reads this later must understand it."))
        return given
