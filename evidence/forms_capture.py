"""What people type to have a page captured."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.capture.offer import WITH_MEDIA


class CaptureForm(CleanedForm):
    """An address, and for who may look at material whether pictures and films are saved too."""

    missing = {"url": _("Paste the address of the page, like https://example.org/page.")}

    url = PlainText(
        label=_("Address of the page"),
        help_text=_("The program opens it, not you. Use an address that needs no sign-in."),
        max_length=4000,
    )
    with_media = forms.BooleanField(label=WITH_MEDIA, required=False)

    def __init__(self, *args: Any, may_have_media: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].widget.attrs |= {"inputmode": "url"}
        if not may_have_media:
            # Without the field a tick that was sent all the same is not read.
            del self.fields["with_media"]

    @property
    def wants_media(self) -> bool:
        """Whether media were asked for by somebody who may."""
        return bool(self.cleaned_data.get("with_media"))
