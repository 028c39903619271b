"""Profiles: what each kind of reader gets, what stays out and why. One row each; the page and the build read the same.

Every profile assumes that the other side reads the bundle too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evidence.models import Reader

Words = str | Promise

ALWAYS_OUT: tuple[tuple[Words, Words], ...] = (
    (_("Names of staff"), _("A role and a sign stand for each person.")),
    (_("The client’s name, address, contacts and page"), _("Events of contact are withheld lines that still verify.")),
    (_("Notes and messages"), _("They are the work of the casework team; withheld lines keep their place.")),
    (_("Where and with which device a picture was made"), _("Place and serial numbers are taken out of the data.")),
    (_("Computers and addresses of the organisation"), _("They say nothing about the evidence.")),
)
"""What no profile holds."""

SECTION_WORDS: Mapping[str, Words] = {
    "chronology": _("Chronology on one page"),
    "timeline": _("What happened"),
    "exhibits": _("Exhibits, a sheet for each"),
    "links": _("Links and every look"),
    "notices": _("What was asked, and the answers"),
    "deepfake": _("What was said about fakes"),
    "harm": _("Harm and costs"),
    "statement": _("Statement, as a draft"),
    "certificates": _("Certificates, as drafts"),
    "captures": _("Captures of pages"),
    "custody": _("Custody log"),
    "permissions": _("Consent and release"),
    "redactions": _("What is left out"),
    "system": _("How the record is kept"),
    "glossary": _("Words used"),
}
"""What the preview calls a section, by the last part of its maker's path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of bundle.

    `without` are makers of sections (the last part of their dotted path) that are never in it; `optional` those that
    whoever asks may leave out. `file_word` names the archive. `tells_releases` says whether others who received a
    bundle are named; otherwise they are counted.
    """

    reader: Reader
    line: Words
    left_out: tuple[tuple[Words, Words], ...] = ()
    without: frozenset[str] = frozenset()
    file_word: str
    tells_releases: bool = False
    takes_originals: bool = True
    metadata: bool = True
    hint: Words = ""
    optional: frozenset[str] = field(default=frozenset({"timeline", "links", "notices"}))


_RELEASES = (_("Who else received a bundle"), _("They are counted, not named."))

PROFILES: Mapping[Reader, Profile] = {
    Reader.LAWYER: Profile(
        reader=Reader.LAWYER,
        line=_("The whole record with hashes and descriptions; drafts of certificates to sign."),
        left_out=(_RELEASES,),
        file_word="lawyer",
    ),
    Reader.POLICE: Profile(
        reader=Reader.POLICE,
        line=_("Begins with a one-page chronology; opens with nothing installed."),
        left_out=(
            _RELEASES,
            (_("Harm, costs and statement"), _("They belong to a civil claim.")),
            (_("Certificates"), _("They are for a court.")),
        ),
        without=frozenset({"harm", "certificates", "statement"}),
        file_word="police",
        hint=_("Write the officer and their reference as recipient."),
    ),
    Reader.REGULATOR: Profile(
        reader=Reader.REGULATOR,
        line=_("What was asked of platforms, when, and what they did; no metadata of files, no original."),
        left_out=(
            _RELEASES,
            (_("Metadata of the files"), _("A regulator judges the platform, not the file.")),
            (_("Statement, harm and certificates"), _("They are for a court.")),
            (_("Sealed originals"), _("Never for this reader.")),
        ),
        without=frozenset({"statement", "certificates", "harm", "chronology"}),
        file_word="regulator",
        takes_originals=False,
        metadata=False,
    ),
    Reader.COURT: Profile(
        reader=Reader.COURT,
        line=_("A binder: linked index, bookmarks with page numbers, exact addresses as text."),
        left_out=(_RELEASES,),
        file_word="binder",
        hint=_("Numbers of pages and running numbers go on in a supplement."),
    ),
    Reader.CLIENT: Profile(
        reader=Reader.CLIENT,
        line=_("Their own copy: everything that may be told, and who received what."),
        without=frozenset({"certificates"}),
        file_word="copy",
        tells_releases=True,
        hint=_("They ask for it; no consent is needed. Agree first where it is safe to keep."),
    ),
}


def profile_of(reader: Reader) -> Profile:
    """Return the profile of a reader."""
    return PROFILES[reader]
