"""What people type about handing a bundle over: how it is cut, who has it, what they ask."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm, PlainText

MB = 1_000_000


class VolumeForm(CleanedForm):
    """How large a volume may be, and how many files it may hold."""

    max_bytes = forms.TypedChoiceField(
        label=_("A volume is at most"),
        choices=[
            (10 * MB, _("10 MB, for most mail and many upload pages")),
            (25 * MB, _("25 MB")),
            (100 * MB, _("100 MB, for upload pages of the police")),
            (700 * MB, _("700 MB, for a CD")),
            (2_000 * MB, _("2 GB")),
            (4_000 * MB, _("4 GB, for a stick")),
        ],
        coerce=int,
    )
    max_files = forms.TypedChoiceField(
        label=_("and holds at most"),
        choices=[(20, _("20 files")), (100, _("100 files")), (1000, _("1,000 files")), (60_000, _("any number"))],
        coerce=int,
    )


class ReceiptForm(CleanedForm):
    """Who has the bundle, and how they find it again."""

    missing = {
        "officer": _("Write your name, or your name and number."),
        "reference": _("Write the reference under which you keep it."),
    }

    officer = PlainText(label=_("Your name or number"), help_text=_("Like “PC Lindqvist, 4471”."))
    office = PlainText(label=_("Station or firm"), required=False)
    reference = PlainText(label=_("Your reference"), help_text=_("Crime number, case number or file number."))


class QuestionForm(CleanedForm):
    """A question to whoever made the share."""

    missing = {"text": _("Write your question.")}

    text = PlainText(
        label=_("Your question"),
        help_text=_("It goes to the person who works on this case. They answer by the way they know you by."),
        several_lines=True,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
