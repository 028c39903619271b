"""Whether a capture can be offered here and now, and the words beside its button."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import pulse
from cases.health import Sign, SignGroup
from cases.models import Case, User
from cases.permissions import Permission
from evidence.capture import browser
from evidence.capture.judge import words

WITH_MEDIA = _("The client agrees that pictures and films on the page are saved too")
MEDIA_HINT = _("Needed seldom. Without this tick no picture and no film is downloaded.")


def trouble() -> str:
    """Return why captures cannot be made, as a code, or nothing: what the worker said that makes them.

    Where none has said anything yet, this machine is asked.
    """
    said = pulse.told(pulse.CAPTURE)
    return browser.trouble() if said is None else said


class Offer:
    """What a page needs to show the button: whether it is there, and why not."""

    def __init__(self, case: Case, user: User) -> None:
        self.may_ask = user.may(Permission.EVIDENCE_CAPTURE) and case.takes_more
        self.may_have_media = user.may(Permission.EVIDENCE_LOOK)
        code = trouble() if self.may_ask else ""
        self.trouble = words(code) if code else ""
        self.with_media: Promise = WITH_MEDIA
        self.media_hint: Promise = MEDIA_HINT

    @property
    def is_open(self) -> bool:
        """Whether the button stands there."""
        return self.may_ask and not self.trouble


def health(now: datetime) -> SignGroup:
    """Return for Health whether pages can be captured, and if not why."""
    code = trouble()
    sign = Sign(gettext("Shut-in browser"), words(code) if code else gettext("Works"), "late" if code else "ok")
    return SignGroup("captures", gettext("Web captures"), [sign])
