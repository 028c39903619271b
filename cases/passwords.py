"""What a password of staff must not be: known, made from something known, or about us or its owner.

Length is asked for elsewhere; kinds of signs and forced changes are not asked for (NIST SP 800-63B, section 3.1.1).
"""

import gzip
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases import breached

_SIGNS = {"@": "a", "4": "a", "8": "b", "3": "e", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"}
LEET = (str.maketrans({**_SIGNS, "1": "i"}), str.maketrans({**_SIGNS, "1": "l"}))
BEFORE, AFTER = re.compile(r"^[\W\d_]+"), re.compile(r"[\W\d_]+$")
SHORTEST_WORD = 5
"""Shorter names and words are in too many good passwords by chance."""
SHORTEST_PART = 4
PRODUCT_WORDS = ("recourse", "casework")


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Return the 20,000 commonest passwords, as Django ships them."""
    path = Path(password_validation.__file__).resolve().parent / "common-passwords.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return frozenset(line.strip().lower() for line in lines)


def _forms(password: str) -> set[str]:
    """Return what a password may have been made from: lower case, without its edges, in plain letters, once."""
    low = password.lower()
    cut = {low, BEFORE.sub("", low), AFTER.sub("", low), AFTER.sub("", BEFORE.sub("", low))}
    plain = cut | {form.translate(table) for form in cut for table in LEET}
    return {form for form in plain | {_repeated_part(form) for form in plain} if form}


def _repeated_part(text: str) -> str:
    """Return the part of which a text is made when it is the same part again and again, else the text."""
    place = (text + text).find(text, 1)
    return text[:place] if 0 < place < len(text) else text


class KnownPasswordValidator:
    """Refuse passwords that others try first."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when a password is common, made from a common one, or in the list of leaked ones."""
        forms = _forms(password)
        is_short_part = len(_repeated_part(password.lower())) <= SHORTEST_PART
        if is_short_part or any(form in _common() for form in forms):
            raise ValidationError(
                _("Others use this password, or one very like it, and it is tried first. Choose another."),
                code="password_known",
            )
        path = settings.BREACHED_PASSWORDS
        if path is not None and breached.holds(path, password):
            raise ValidationError(
                _("This password is in a list of leaked passwords. Choose another."), code="password_leaked"
            )

    def get_help_text(self) -> str:
        """Say what is not taken."""
        return _("No password that others use.")


class AboutUsValidator:
    """Refuse passwords that name the organisation, this software, or their owner."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError when a name that a stranger could look up is part of the password."""
        low = password.lower()
        if any(word in form for word in self._words(user) for form in (low, *(low.translate(table) for table in LEET))):
            raise ValidationError(
                _("Leave out names: yours, your e-mail address and the organisation’s are tried first."),
                code="password_about_us",
            )

    def _words(self, user: Any) -> set[str]:
        told = [settings.ORG_NAME, settings.PORTAL_NAME, settings.STAFF_HOST.split(":")[0], *PRODUCT_WORDS]
        told += [getattr(user, "name", "") or "", getattr(user, "email", "") or ""]
        words = {word for text in told for word in re.split(r"[\W_]+", text.lower())}
        return {word for word in words if len(word) >= SHORTEST_WORD and not word.isdigit()}

    def get_help_text(self) -> str:
        """Say what is not taken."""
        return _("Neither your name nor the organisation’s.")
