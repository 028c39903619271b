"""How a build that stops says where it stopped."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from cases import pdf
from cases.vault import VaultError
from evidence.actions.bundle import LeaseLost
from evidence.bag import PayloadChanged
from evidence.proofs.clock import ClockOff
from evidence.proofs.pades import CannotBeSigned

SAID = (pdf.PdfError, ClockOff, CannotBeSigned, VaultError)
"""Failures whose words are meant for a caseworker."""

log = logging.getLogger("recourse.bundles")


class PartFailed(Exception):
    """The build stopped; the text names the part in words for a caseworker."""


@contextmanager
def part(name: str) -> Iterator[None]:
    """Name the part that a failure inside belongs to; the cause goes to the log without its words."""
    try:
        yield
    except (PartFailed, LeaseLost):
        raise
    except PayloadChanged as cause:
        log.exception("an exhibit differs from its record", extra={"event": "bundle", "part": name})
        said = _("It stopped at: %(part)s. The stored file is not what was taken in.")
        raise PartFailed(said % {"part": str(cause).rpartition("/")[2]}) from cause
    except Exception as cause:
        log.exception("a bundle could not be built", extra={"event": "bundle", "part": name})
        said = f" {cause}" if isinstance(cause, SAID) else ""
        raise PartFailed(_("It stopped at: %(part)s.") % {"part": name} + said) from cause
