"""What people type about files, bundles and shares."""

import re
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.models import AcquisitionMethod, Exhibit, Reader


class FilesInput(forms.FileInput):
    """A plain file field that takes several files; nothing is read here, the upload handler has sealed them."""

    allow_multiple_selected = True


class UploadForm(CleanedForm):
    """What the person who brings files says about them. The files themselves never pass through the form."""

    missing = {"description": _("Say in a few words what these files are.")}

    description = PlainText(
        label=_("What it is"),
        help_text=_("Without intimate detail, like “Screenshot of the profile page”. It is printed in the packet."),
        max_length=300,
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
    discovered_at = forms.DateTimeField(
        label=_("When it was found"),
        help_text=_("Your local time. Leave it empty if nobody remembers."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Enter a date and a time, like 2026-11-22 13:40.")},
    )
    chosen = forms.FileField(
        label=_("Files"),
        required=False,
        widget=FilesInput(attrs={"multiple": True}),
        help_text=_("PNG, JPEG, GIF, WebP, MP4, MOV, WebM, PDF or plain text. Several at once are fine."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"method": AcquisitionMethod.HANDED_OVER})
        super().__init__(*args, **kwargs)
        # A file field cannot be filled again after an error, so the browser asks for the text before it sends.
        for name in ("description", "chosen"):
            self.fields[name].widget.attrs["required"] = True

    def clean_discovered_at(self) -> datetime | None:
        """Refuse a moment that has not come yet."""
        found: datetime | None = self.cleaned_data.get("discovered_at")
        if found is not None and found > timezone.now():
            raise forms.ValidationError(_("This time has not come yet."))
        return found


class BundleForm(CleanedForm):
    """For whom a bundle is, what for, and which files go inside."""

    missing = {
        "recipient": _("Say who will receive it, like “Berger & Partner, solicitors”."),
        "purpose": _("Say what it is for, like “Civil claim”."),
    }

    reader = forms.ChoiceField(label=_("Who receives it"), choices=Reader.choices, widget=forms.RadioSelect)
    recipient = PlainText(
        label=_("Name of the firm or the station"),
        help_text=_("It is printed on the cover."),
    )
    purpose = PlainText(label=_("What it is for"), help_text=_("It is printed on the cover."))
    included = forms.MultipleChoiceField(
        label=_("Files that go inside"),
        help_text=_("Pictures and videos never go in. They are described, with their hashes."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, offered: list[Exhibit], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"reader": Reader.LAWYER})
        super().__init__(*args, **kwargs)
        field = self.fields["included"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(exhibit.pk), f"{exhibit.label} · {exhibit.description}") for exhibit in offered]


class ShareForm(CleanedForm):
    """For how long, and how often."""

    missing = {"recipient": _("Say who will open it.")}

    recipient = PlainText(label=_("Who opens it"), help_text=_("A person, like “Ms Berger”."))
    purpose = PlainText(label=_("What it is for"))
    days = forms.TypedChoiceField(
        label=_("Open for"),
        choices=[(1, _("1 day")), (2, _("2 days")), (3, _("3 days")), (5, _("5 days")), (7, _("7 days"))],
        coerce=int,
    )
    for_police = ((14, _("14 days")), (30, _("30 days")))
    downloads = forms.TypedChoiceField(
        label=_("Downloads"), choices=[(number, str(number)) for number in range(1, 6)], coerce=int
    )

    def __init__(self, *args: Any, reader: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"days": 3, "downloads": 2})
        super().__init__(*args, **kwargs)
        if reader == Reader.POLICE:
            days = cast(forms.TypedChoiceField, self.fields["days"])
            days.choices = [*cast(list[Any], days.choices), *self.for_police]


class DoorForm(CleanedForm):
    """The second secret, as somebody heard it on the telephone."""

    secret = PlainText(
        label=_("Your opening code"), help_text=_("Ten letters and digits. You were told it, not sent it.")
    )


class HashForm(CleanedForm):
    """A SHA-256, however it was copied."""

    missing = {"sha256": _("Paste the 64 letters and digits, or choose the file.")}

    sha256 = PlainText(label=_("Fingerprint (SHA-256)"), help_text=_("64 letters and digits."), max_length=400)

    def clean_sha256(self) -> str:
        """Take what sha256sum, shasum and certutil print, and a copied text with blanks or colons."""
        typed = str(self.cleaned_data["sha256"]).lower()
        printed = re.match(r"\\?([0-9a-f]{64})(?![0-9a-f])", typed)
        digits = printed.group(1) if printed else re.sub(r"[\s:-]", "", typed)
        if not re.fullmatch(r"[0-9a-f]{64}", digits):
            raise forms.ValidationError(_("That is not a SHA-256. It has 64 signs: digits and the letters a to f."))
        return digits
