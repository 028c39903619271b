"""What is typed about a client's own copy: by the caseworker who lays it on their page, by the client who takes it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms import CleanedForm
from cases.pin_entry import SECRET, SeenPin, pin_box

PACKET, ALL = "packet", "all"


class ClientCopyForm(CleanedForm):
    """For how long, and that it was agreed."""

    missing = {"agreed": _("Talk with them first: a file on the wrong phone can put them in danger.")}

    lie_days = forms.TypedChoiceField(
        label=_("It lies there for"),
        choices=[(3, _("3 days")), (7, _("7 days")), (14, _("14 days")), (30, _("30 days"))],
        coerce=int,
        initial=7,
    )
    agreed = forms.BooleanField(label=_("We talked about where a file is safe for them"))


class TakeCopyForm(CleanedForm):
    """What is taken, and the PIN of now: an open page alone is not enough."""

    item = forms.ChoiceField(
        label=_("What do you want?"),
        choices=((PACKET, _("The papers, to read (one PDF)")), (ALL, _("Everything, with the proofs (an archive)"))),
        widget=forms.RadioSelect,
        initial=PACKET,
    )
    current = pin_box(_("Your PIN now"))
    missing = {"item": _("Choose one."), "current": _("Enter the PIN that you use now.")}

    def __init__(self, *args: Any, shown: bool = False, hints: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].hints = hints or {}  # type: ignore[attr-defined]
        if shown:
            self.fields["current"].widget = SeenPin(attrs=SECRET)
