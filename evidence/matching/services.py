"""What is told of services in which people make a fingerprint on their own device: each sentence with its source.

Compiled on 22 November 2026 from public pages, like the other reference facts; the address and what is known of the
service itself stand with the helplines.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COMPILED = date(2026, 11, 22)
ADULTS = "stopncii"
UNDER_18 = "ncmec_take_it_down"
"""Keys of cases.helplines."""


@dataclass(frozen=True)
class Told:
    """One sentence, where it was read, and how sure it is."""

    text: str | Promise
    source: str
    confidence: str


ABOUT: tuple[Told, ...] = (
    Told(
        _("The client does it themselves, on the device that has the picture. The picture stays there."),
        "https://stopncii.org/how-it-works/",
        "verified-in-source",
    ),
    Told(
        _("Only the fingerprint is sent. Companies that take part compare what is uploaded to them with it."),
        "https://stopncii.org/how-it-works/",
        "verified-in-source",
    ),
    Told(
        _("They get a case number and a PIN. Neither can be recovered: they write both down."),
        "https://stopncii.org/faq/",
        "verified-in-source",
    ),
    Told(
        _("It is for adults, and for pictures taken when they were adults."),
        "https://stopncii.org/faq/",
        "verified-in-source",
    ),
    Told(
        _("A film is found only as the very same file: one that was cut or encoded again is not found by it."),
        "https://particle.news/story/google-to-use-stopncii-hashes-to-remove-nonconsensual-intimate-imagery-from-search",
        "check-before-use",
    ),
    Told(
        _("A company that finds a match judges it by its own rules. It is not taken down by the match alone."),
        "https://swgfl.org.uk/",
        "check-before-use",
    ),
)
