"""Text as it comes in: the one place that refuses what cannot be stored or read, in plain words."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from cases.models import NoteNature

BREAKS = frozenset("\n\t")
"""Control characters that a text of several lines may hold."""

NOT_STORED = _("This text has a character in it that cannot be stored (at place %(place)d). Type that part again.")
ONE_LINE = _("Write this on one line.")

LINE_LENGTH = 200
TEXT_LENGTH = 20_000


def clean_text(value: str, *, several_lines: bool = False) -> str:
    """Return a text without blank ends and with one kind of line break; raise ValidationError in plain words.

    Refused are NUL and other control characters, and halves of characters (lone surrogates): Postgres or a reader of
    the record could not take them. Nothing is dropped silently. HTML is text like any other.
    """
    plain = value.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")
    allowed = BREAKS if several_lines else frozenset[str]()
    for place, sign in enumerate(plain, start=1):
        kind = unicodedata.category(sign)
        if kind == "Cs":
            raise ValidationError(_("This text has a broken character in it. Type that part again."), code="broken")
        if kind == "Cc" and sign not in allowed:
            said = ONE_LINE if sign in BREAKS else NOT_STORED
            raise ValidationError(said, code="control", params={"place": place})
    return plain


class PlainText(forms.CharField):
    """A text of one line, or of several with `several_lines=True`; `max_length` counts characters."""

    def __init__(self, *, several_lines: bool = False, max_length: int | None = None, **more: Any) -> None:
        self.several_lines = several_lines
        if several_lines:
            more.setdefault("widget", forms.Textarea)
        limit = max_length or (TEXT_LENGTH if several_lines else LINE_LENGTH)
        super().__init__(max_length=limit, **more)
        # Django's own check for NUL says less than ours, and both would show.
        self.validators = [check for check in self.validators if not isinstance(check, ProhibitNullCharactersValidator)]
        self.error_messages["max_length"] = ngettext_lazy(
            "Shorten this to %(limit_value)d character (it has %(show_value)d).",
            "Shorten this to %(limit_value)d characters (it has %(show_value)d).",
            "limit_value",
        )

    def to_python(self, value: Any) -> str:
        """Return the cleaned text, or an empty one."""
        return "" if value in self.empty_values else clean_text(str(value), several_lines=self.several_lines)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Leave `maxlength` to the server: the browser would cut pasted text without a word."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


REQUIRED = _("Fill this in.")
CHOOSE = _("Choose one of these.")
BAD_CHOICE = _("Choose from the list.")


class CleanedForm(forms.Form):
    """A form whose fields say what to do when something is missing, and whose initial text survives an error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = self._asked(name, field)
            if "invalid_choice" in field.error_messages:
                field.error_messages["invalid_choice"] = BAD_CHOICE

    def _asked(self, name: str, field: forms.Field) -> Any:
        own: Mapping[str, Any] = getattr(self, "missing", {})
        if name in own:
            return own[name]
        return CHOOSE if isinstance(field, forms.ChoiceField) else REQUIRED

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Return some cleaned values as texts, empty where nothing was given."""
        return {name: str(self.cleaned_data.get(name) or "") for name in names}


class NoteForm(CleanedForm):
    """One note."""

    nature = forms.ChoiceField(label=_("What is it?"), choices=NoteNature.choices, widget=forms.RadioSelect)
    text = PlainText(label=_("Note"), several_lines=True, max_length=5000)
    missing = {
        "nature": _("Say what it is: a fact, the client’s words or our opinion."),
        "text": _("Write the note."),
    }
