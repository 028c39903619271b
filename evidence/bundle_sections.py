"""The sections of a packet that evidence owns: what happened, exhibits, custody, how it is kept, words."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Consent, ConsentBasis, Event
from cases.version import commit, operating_system
from cases.version import version as own_version
from evidence import acquisition
from evidence.bag import Payload
from evidence.events import EvidenceEvent
from evidence.kinds import ENDINGS, Kind
from evidence.manifest import CUSTODY_PATH, REPLIES, DerivedEntry, ExhibitEntry, Omission, exhibit_path
from evidence.models import Acquisition, Bundle, Derivative, DerivativeKind, EvidenceKind, Exhibit, Share
from evidence.order import BundleOrder
from evidence.packet.profiles import ALWAYS_OUT, profile_of
from evidence.packet.redaction import HiddenKind
from evidence.probes import reading
from evidence.record_extract import extract, who_said
from evidence.sections import PacketSection, Section
from evidence.transcripts.facts import facts_for_packet as facts_of_transcript

PLAIN_WORDS = {
    Kind.TEXT: "text",
    Kind.EML: "mail",
    Kind.MSG: "mail",
    Kind.ZIP: "archive",
    Kind.HTML: "page",
    Kind.WACZ: "page",
}
READ_FOR_SHEETS = frozenset(
    (DerivativeKind.FILE_DATA, DerivativeKind.MEDIA_DATA, DerivativeKind.PAGES, DerivativeKind.CREDENTIALS)
)
KIND_WORDS = {
    HiddenKind.PARTY: gettext_lazy("A person"),
    HiddenKind.WORDS: gettext_lazy("A name or handle"),
    HiddenKind.EXHIBIT: gettext_lazy("An exhibit"),
    HiddenKind.LINK: gettext_lazy("A link"),
}
CAUTIONS = {
    "script": gettext_lazy("A script stands inside the file."),
    "page": gettext_lazy("A web page stands inside the file."),
    "PDF": gettext_lazy("A PDF stands inside the file."),
    "archive": gettext_lazy("An archive stands inside the file."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """Where the file of an exhibit lies in the bag; of an original that is sealed there, how, and what is within."""

    path: str
    sealed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitRow:
    """One exhibit as the packet's sheet shows it; width and height in pixels, 0 where they are not known.

    `acquired` are headings and answers of how it came; `made` what was made from it; `claims` what the file says of
    itself, without places, serial numbers and names.
    """

    entry: ExhibitEntry
    what: str
    width: int = 0
    height: int = 0
    notes: list[str] = field(default_factory=list)
    acquired: list[tuple[str, str]] = field(default_factory=list)
    made: list[tuple[str, str]] = field(default_factory=list)
    claims: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what a bookmark calls it."""
        return self.entry.exhibit


def timeline(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell what happened, oldest first, as far as it may be told."""
    told = [entry for entry in extract(case.pk, order) if not entry.withheld and _is_new(entry.recorded_at, order)]
    told.sort(key=lambda entry: (entry.at, entry.seq))
    return PacketSection(
        key="timeline",
        title=_("What happened"),
        template="evidence/packet/timeline.html",
        context={"entries": told},
        rows="entries",
        per_part=250,
    )


def exhibits(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """List every exhibit with its hashes. None is enclosed here: `with_files` says which are, for one bundle.

    A hidden one is left out and named by its stand-in, with the reason.
    """
    rows = list(Exhibit.objects.sealed().filter(case=case).for_rows())
    if not rows:
        return None
    sealed = Event.objects.filter(case=case, kind=EvidenceEvent.EXHIBIT_SEALED)
    takers = {event.subject: who_said(event.actor_kind, event.actor_id) for event in sealed.iterator(chunk_size=500)}
    derived, records = _derived(case), acquisition.standing_of(case)
    aliases = {one.thing: one.alias for one in order.redactions}
    shown = [row for row in rows if not order.hides(row.pk) and _is_new(row.sealed_at, order)]
    return PacketSection(
        key="exhibits",
        title=_("Exhibits"),
        template="evidence/packet/exhibits.html",
        context={
            "exhibits": [
                ExhibitRow(
                    entry=_entry(row, taker=takers.get(f"{Exhibit._meta.db_table}:{row.pk}", ""), derived=derived),
                    what=row.kind_said,
                    width=row.findings.get("width", 0),
                    height=row.findings.get("height", 0),
                    notes=notes_of(row),
                    acquired=_acquired(row, records.get(row.pk)),
                    made=[(str(one.get_kind_display()), one.tool) for one in derived.get(row.pk, ())],
                    claims=_claims(row, derived.get(row.pk, ())),
                )
                for row in shown
            ],
            "omitted": [
                Omission(exhibit=aliases.get(str(row.pk), row.label), why=order.hidden[str(row.pk)])
                for row in rows
                if order.hides(row.pk)
            ],
            "before": sum(not order.hides(row.pk) for row in rows) - len(shown),
        },
    )


def with_files(section: Section, enclosed: Mapping[str, Enclosed]) -> Section:
    """Return the section on exhibits with the paths of those whose files are enclosed; others stay as they are."""
    if section.key != "exhibits":
        return section
    rows = []
    for row in section.context["exhibits"]:
        found = enclosed.get(row.entry.exhibit)
        entry = row.entry if found is None else replace(row.entry, path=found.path, sealed=found.sealed)
        rows.append(replace(row, entry=entry))
    return PacketSection(
        key=section.key,
        title=section.title,
        template=section.template,
        context={**section.context, "exhibits": rows},
        records=section.records,
    )


def custody(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell the whole record of the case line by line; what may not be told keeps its place and its hash."""
    told = extract(case.pk, order)
    return PacketSection(
        key="custody",
        title=_("Custody log"),
        template="evidence/packet/custody.html",
        context={
            "lines": [entry for entry in told if _is_new(entry.recorded_at, order)],
            "head": told[-1].hash if told else "",
            "withheld": sum(entry.withheld for entry in told),
        },
        records=[Payload.of(CUSTODY_PATH, b"".join(entry.line for entry in told))],
        rows="lines",
        per_part=320,
    )


def permissions(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell on what ground the bundle may be handed over, and who else received one: counted, or named to the client."""
    profile = profile_of(order.reader)
    shares = Share.objects.filter(case=case, made_at__lte=at).select_related("bundle").order_by("made_at", "pk")
    given = list(shares)
    consents = []
    if (power := order.reader.power) is not None:
        for row in Consent.objects.filter(case=case, power=power, given_at__lte=at).order_by("given_at", "pk"):
            consents.append(
                {
                    "at": row.given_at,
                    "is_given": row.is_given,
                    "how": str(ConsentBasis(row.basis).label),
                    "ended_at": row.ended_at,
                }
            )
    return PacketSection(
        key="permissions",
        title=_("Consent and release"),
        template="evidence/packet/permissions.html",
        context={
            "power": str(power.label) if power is not None else "",
            "consents": consents,
            "shares": len(given),
            "named": [
                {"at": share.made_at, "bundle": share.bundle.reference, "recipient": share.recipient}
                for share in given
                if profile.tells_releases
            ],
        },
    )


def redactions(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """List what is hidden and why, each by what stands in for it, and what no bundle of this kind holds."""
    profile = profile_of(order.reader)
    return PacketSection(
        key="redactions",
        title=_("What is left out"),
        template="evidence/packet/redactions.html",
        context={
            "hidden": [
                {"alias": one.alias, "kind": str(KIND_WORDS[one.kind]), "why": one.why} for one in order.redactions
            ],
            "left_out": [(str(what), str(why)) for what, why in (*ALWAYS_OUT, *profile.left_out)],
        },
    )


def system(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Tell how the record is kept and with what; no host and no path."""
    return PacketSection(
        key="system",
        title=_("How the record is kept"),
        template="evidence/packet/system.html",
        context={"system": system_facts()},
    )


def glossary(case: Case, order: BundleOrder, at: datetime) -> Section | None:
    """Explain the words a reader may not know."""
    return PacketSection(key="glossary", title=_("Words used"), template="evidence/packet/glossary.html", context={})


def system_facts() -> dict[str, str]:
    """Return names and versions of what makes a bundle. Neither the host nor a path is among them."""
    return {
        "Recourse": own_version(),
        "Commit": commit(),
        "Operating system": operating_system(),
        "Python": platform.python_version(),
        **{name: _version_of(name.lower()) for name in ("Django", "WeasyPrint", "pikepdf")},
    }


@lru_cache
def _version_of(package: str) -> str:
    return version(package)


def enclosed_of(bundle: Bundle) -> list[tuple[str, Exhibit]]:
    """Return the exhibits whose files go inside, with their paths in the bag. Media are left out even if listed."""
    chosen = Exhibit.objects.sealed().filter(case_id=bundle.case_id, pk__in=[UUID(text) for text in bundle.included])
    return [(path_of(exhibit), exhibit) for exhibit in chosen.for_rows() if not exhibit.is_media]


def path_of(exhibit: Exhibit) -> str:
    """Return where an exhibit's file lies in the bag: a platform's mail beside the notices that it answers."""
    if is_reply(exhibit):
        return exhibit_path(exhibit.label, "reply", ENDINGS[Kind.EML][0], folder=REPLIES)
    return exhibit_path(exhibit.label, _plain_word(exhibit), ENDINGS[Kind(exhibit.kind)][0])


def is_reply(exhibit: Exhibit) -> bool:
    """Whether an exhibit is a platform's answer as a mail, kept raw."""
    return exhibit.evidence_kind == EvidenceKind.PLATFORM and exhibit.kind == Kind.EML


def notes_of(exhibit: Exhibit) -> list[str]:
    """Return what was noticed about a file when it came in."""
    found = [_("The ending of its name does not fit what it is.")] if exhibit.has_other_extension else []
    if claimed := exhibit.findings.get("claimed_type"):
        found.append(_("It was announced as %(type)s.") % {"type": claimed})
    return found + [str(CAUTIONS[what]) for what in exhibit.findings.get("cautions", ()) if what in CAUTIONS]


def _is_new(moment: datetime | None, order: BundleOrder) -> bool:
    """Whether something came after the packet that this one goes on from, where it does."""
    return order.after is None or moment is None or moment > order.after


def _plain_word(exhibit: Exhibit) -> str:
    if exhibit.is_media:
        return exhibit.media_type.partition("/")[0]
    return PLAIN_WORDS.get(Kind(exhibit.kind), "document")


def _entry(exhibit: Exhibit, *, taker: str, derived: Mapping[UUID, Sequence[Derivative]]) -> ExhibitEntry:
    # The name a file came under stays out: people name files after people.
    return ExhibitEntry(
        exhibit=exhibit.label,
        description=exhibit.description,
        path=None,
        bytes=exhibit.size,
        sha256=exhibit.sha256,
        sha512=exhibit.sha512,
        md5=exhibit.md5,
        media_type=exhibit.media_type,
        acquired_at=exhibit.received_at,
        acquired_by=taker,
        method=exhibit.method_said,
        source=exhibit.source,
        restricted=exhibit.is_media,
        discovered_at=exhibit.discovered_at,
        derivatives=[
            DerivedEntry(
                what=str(one.kind),
                tool=one.tool,
                made_at=one.made_at,
                sha256=one.sha256,
                parent_sha256=one.parent_sha256,
            )
            for one in derived.get(exhibit.pk, ())
        ],
    )


def _derived(case: Case) -> dict[UUID, list[Derivative]]:
    found: dict[UUID, list[Derivative]] = {}
    for one in Derivative.objects.made().filter(case=case).order_by("made_at", "pk"):
        found.setdefault(one.exhibit_id, []).append(one)
    return found


def _claims(exhibit: Exhibit, made: Sequence[Derivative]) -> list[tuple[str, str]]:
    newest = {one.kind: one for one in made if one.kind in READ_FOR_SHEETS}
    told = list(reading.read(newest.values(), exhibit).lines)
    if any(one.kind == DerivativeKind.TRANSCRIPT for one in made):
        facts = facts_of_transcript(made)
        said = [facts.get("format", ""), *facts.get("counts", ()), facts.get("zone", "")]
        told.append((_("Transcript"), " · ".join(str(one) for one in said if one)))
    return told


def _acquired(exhibit: Exhibit, record: Acquisition | None) -> list[tuple[str, str]]:
    """Return how a file came, less what its sheet tells by itself; what nobody said is one line, not ten."""
    known = {_("What it is"), _("How it came to us"), _("Taken in")}
    facts = [(str(heading), str(answer)) for heading, answer in acquisition.facts_of(exhibit, record)]
    silent = [heading for heading, answer in facts if answer == _("Not said") and heading not in known]
    told = [(heading, answer) for heading, answer in facts if heading not in known and heading not in silent]
    return [*told, (_("Not said"), " · ".join(silent))] if silent else told
