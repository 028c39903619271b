"""The sections of a packet that evidence owns: what happened, exhibits, custody, how it is kept, words."""

import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Event
from evidence.bag import Payload
from evidence.custody import to_jsonl
from evidence.events import EvidenceEvent
from evidence.kinds import ENDINGS, Kind
from evidence.manifest import CUSTODY_PATH, ExhibitEntry, exhibit_path
from evidence.models import Bundle, Exhibit
from evidence.record_extract import extract, who_said
from evidence.sections import PacketSection, Section

CAUTIONS = {
    "script": gettext_lazy("A script stands inside the file."),
    "page": gettext_lazy("A web page stands inside the file."),
    "PDF": gettext_lazy("A PDF stands inside the file."),
    "archive": gettext_lazy("An archive stands inside the file."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitRow:
    """One exhibit as the packet's sheet shows it; width and height in pixels, 0 where they are not known."""

    entry: ExhibitEntry
    what: str
    width: int = 0
    height: int = 0
    notes: list[str] = field(default_factory=list)


def timeline(case: Case, at: datetime) -> Section | None:
    """Tell what happened, oldest first, as far as it may be told."""
    told = [entry for entry in extract(case.pk) if not entry.withheld]
    told.sort(key=lambda entry: (entry.at, entry.seq))
    return PacketSection(
        key="timeline",
        title=_("What happened"),
        template="evidence/packet/timeline.html",
        context={"entries": told},
    )


def exhibits(case: Case, at: datetime) -> Section | None:
    """List every exhibit with its hashes. None is enclosed here: `with_files` says which are, for one bundle."""
    rows = list(Exhibit.objects.sealed().filter(case=case).for_rows())
    if not rows:
        return None
    sealed = Event.objects.filter(case=case, kind=EvidenceEvent.EXHIBIT_SEALED)
    takers = {event.subject: who_said(event.actor_kind, event.actor_id) for event in sealed}
    return PacketSection(
        key="exhibits",
        title=_("Exhibits"),
        template="evidence/packet/exhibits.html",
        context={
            "exhibits": [
                ExhibitRow(
                    entry=_entry(row, taker=takers.get(f"{Exhibit._meta.db_table}:{row.pk}", "")),
                    what=row.kind_said,
                    width=row.findings.get("width", 0),
                    height=row.findings.get("height", 0),
                    notes=notes_of(row),
                )
                for row in rows
            ],
            "omitted": [],
        },
    )


def with_files(section: Section, paths: Mapping[str, str]) -> Section:
    """Return the section on exhibits with the paths of those whose files are enclosed; others stay as they are."""
    if section.key != "exhibits":
        return section
    rows = [
        replace(row, entry=replace(row.entry, path=paths.get(row.entry.exhibit))) for row in section.context["exhibits"]
    ]
    return PacketSection(
        key=section.key,
        title=section.title,
        template=section.template,
        context={**section.context, "exhibits": rows},
        records=section.records,
    )


def custody(case: Case, at: datetime) -> Section | None:
    """Tell the whole record of the case line by line; what may not be told keeps its place and its hash."""
    told = extract(case.pk)
    return PacketSection(
        key="custody",
        title=_("Custody log"),
        template="evidence/packet/custody.html",
        context={
            "lines": told,
            "head": told[-1].hash if told else "",
            "withheld": sum(entry.withheld for entry in told),
        },
        records=[Payload.of(CUSTODY_PATH, to_jsonl(entry.line for entry in told))],
    )


def system(case: Case, at: datetime) -> Section | None:
    """Tell how the record is kept and with what; no host and no path."""
    return PacketSection(
        key="system",
        title=_("How the record is kept"),
        template="evidence/packet/system.html",
        context={"system": system_facts()},
    )


def glossary(case: Case, at: datetime) -> Section | None:
    """Explain the words a reader may not know."""
    return PacketSection(key="glossary", title=_("Words used"), template="evidence/packet/glossary.html", context={})


def system_facts() -> dict[str, str]:
    """Return names and versions of what makes a bundle."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "Recourse": str(project["version"]),
        "Python": platform.python_version(),
        "Django": version("django"),
        "WeasyPrint": version("weasyprint"),
    }


def enclosed_of(bundle: Bundle) -> list[tuple[str, Exhibit]]:
    """Return the exhibits whose files go inside, with their paths in the bag. Media are left out even if listed."""
    chosen = Exhibit.objects.sealed().filter(case_id=bundle.case_id, pk__in=[UUID(text) for text in bundle.included])
    return [
        (exhibit_path(exhibit.label, _plain_word(exhibit), ENDINGS[Kind(exhibit.kind)][0]), exhibit)
        for exhibit in chosen.for_rows()
        if not exhibit.is_media
    ]


def notes_of(exhibit: Exhibit) -> list[str]:
    """Return what was noticed about a file when it came in."""
    found = [_("The ending of its name does not fit what it is.")] if exhibit.has_other_extension else []
    if claimed := exhibit.findings.get("claimed_type"):
        found.append(_("It was announced as %(type)s.") % {"type": claimed})
    return found + [str(CAUTIONS[what]) for what in exhibit.findings.get("cautions", ()) if what in CAUTIONS]


def _plain_word(exhibit: Exhibit) -> str:
    return "document" if exhibit.kind == Kind.PDF else "text"


def _entry(exhibit: Exhibit, *, taker: str) -> ExhibitEntry:
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
    )
