"""What a client says about files that they send: few questions, in their words, none of them required."""

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText
from evidence.forms_upload import FilesInput
from evidence.models import AcquisitionMethod


class PortalFilesForm(CleanedForm):
    """A client's own words about files that they send: short, and nothing of it is required but the files."""

    description = PlainText(
        label=_("What is it?"), help_text=_("A few words are enough."), required=False, max_length=300
    )
    source = PlainText(
        label=_("Where did you see or get it?"),
        help_text=_("A site, an app, a person."),
        required=False,
        max_length=500,
    )
    device = PlainText(
        label=_("On which phone or computer was it?"),
        help_text=_("The make is enough."),
        required=False,
        max_length=200,
    )
    edited = forms.ChoiceField(
        label=_("Did you change anything in it?"),
        choices=[
            ("unknown", _("I do not know")),
            ("no", _("No")),
            ("app", _("No, but it was sent through an app")),
            ("yes", _("Yes, something was cut, covered or marked")),
        ],
        initial="unknown",
        widget=forms.RadioSelect,
        required=False,
    )
    chosen = forms.FileField(
        label=_("Files"),
        required=False,
        widget=FilesInput(attrs={"multiple": True, "accept": "image/*,video/*,audio/*,.pdf,.txt,.zip,.eml"}),
    )

    def statement(self) -> dict[str, str]:
        """Return what was said, by the names of the record."""
        said = self.texts(["description", "source", "device", "edited"])
        with translation.override(settings.LANGUAGE_CODE):
            # Staff reads it, whatever language the client's page speaks.
            said["description"] = said["description"] or gettext("Sent by the client")
        return {
            **{name: text for name, text in said.items() if text},
            "method": AcquisitionMethod.HANDED_OVER.value,
            "handed_role": "client",
            "transfer": "page",
        }
