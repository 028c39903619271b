"""What people type about shares."""

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.models import Reader


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
