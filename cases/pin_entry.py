"""Entering a PIN on the client's pages: a box that hides it or shows it, never writes it back, and the wait."""

import math
from typing import Any

from django import forms
from django.utils.translation import ngettext

from cases.actions.door import Slowed
from cases.forms import PlainText

SECRET = {"inputmode": "numeric", "autocomplete": "off"}


class SeenPin(forms.TextInput):
    """A PIN that can be read while it is typed, and that no page ever writes back."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Leave the value out."""
        context: dict[str, Any] = super().get_context(name, None, attrs)
        return context


def pin_box(label: Any, hint: Any = "") -> PlainText:
    """Return a field for a PIN, hidden while it is typed."""
    return PlainText(label=label, help_text=hint, max_length=20, widget=forms.PasswordInput(attrs=SECRET))


def wait_words(slowed: Slowed) -> str:
    """Say how long to wait after too many tries, in whole minutes."""
    minutes = max(1, math.ceil(slowed.wait.total_seconds() / 60))
    return ngettext(
        "Several tries did not match. Wait %(n)d minute, then try again.",
        "Several tries did not match. Wait %(n)d minutes, then try again.",
        minutes,
    ) % {"n": minutes}
