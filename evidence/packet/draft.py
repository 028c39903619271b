"""Reads everything that one bundle tells from the database, in one transaction, so that it belongs together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.keys import case_key
from cases.models import Case, Consent, ConsentBasis
from evidence.actions.bundle import MAX_TRIES
from evidence.bundle_sections import Enclosed, enclosed_of, path_of, system_facts, with_files
from evidence.findings.papers import PaperOrder, certificate_papers
from evidence.looking.originals import Original, released_for
from evidence.manifest import BundleFacts
from evidence.models import Bundle, Derivative, DerivativeKind, Exhibit, Reader
from evidence.order import BundleOrder
from evidence.packet.failure import PartFailed, part
from evidence.packet.pieces import Script
from evidence.packet.profiles import Profile, profile_of
from evidence.packet.redaction import Hidden
from evidence.proofs.heads import Heads
from evidence.proofs.heads import of_case as heads_of_case
from evidence.record_extract import who_said
from evidence.sections import Section, SectionMaker

METADATA: Mapping[str, str] = {
    DerivativeKind.FILE_DATA: "exiftool",
    DerivativeKind.MEDIA_DATA: "ffprobe",
    DerivativeKind.CREDENTIALS: "c2pa",
    DerivativeKind.PAGES: "pages",
}
"""Derivatives that stand in metadata/ by the word that names the file."""
CERTIFICATES = "evidence.findings.sections.certificates"
"""The section whose drafts also lie in the bag as files of their own: who gets the one gets the others."""
AGE_METHOD = "age, one passphrase (age-encryption.org/v1)"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything read from the database for one bundle; no row is touched after it."""

    case_id: UUID
    key: bytes
    facts: BundleFacts
    profile: Profile
    order: BundleOrder
    script: Script
    exhibits: Sequence[tuple[str, Exhibit]]
    originals: Sequence[tuple[str, Original]]
    metadata: Sequence[tuple[str, Derivative]]
    archives: Sequence[tuple[str, Derivative]]
    papers: Sequence[tuple[str, PaperOrder]]
    heads: Heads

    @property
    def sections(self) -> Sequence[Section]:
        """Return the sections of the packet, in order."""
        return self.script.sections


def draft_of(bundle_id: UUID, *, at: datetime, by: Actor, time_source: str, signed_by: str) -> Draft:
    """Read a bundle's draft. Raises PartFailed, with the part in words."""
    with acting_as(by), part(_("the record")):
        case_id = Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id)
        # Every action of a case locks its row first: what is read here belongs together.
        case = lock(case_id)
        bundle = Bundle.objects.select_related("supersedes", "supplements").get(pk=bundle_id)
        if bundle.tries > MAX_TRIES:
            raise PartFailed(_("It was begun several times and never finished."))
        with translation.override(bundle.language):
            return _read(bundle, case, at, time_source=time_source, signed_by=signed_by)


def order_of(bundle: Bundle) -> BundleOrder:
    """Return the order that a bundle's row keeps; inside `acting_as`."""
    hidden = [Hidden.of_row(row) for row in bundle.hidden]
    return BundleOrder(
        reader=Reader(bundle.reader),
        language=bundle.language,
        hidden={one.thing: one.why for one in hidden if one.thing},
        since=bundle.supplements.last_page if bundle.supplements else 0,
        after=bundle.supplements.built_at if bundle.supplements else None,
        shown=frozenset(exhibit.pk for _path, exhibit in enclosed_of(bundle)),
        redactions=hidden,
    )


def release_basis(case: Case, reader: Reader) -> str:
    """Say on what ground a bundle may be given to its reader, or that there is none yet."""
    power = reader.power
    if power is None:
        return _("The client asked for their own copy")
    standing = Consent.objects.standing().filter(case=case, power=power, is_given=True)
    consent = standing.exclude(basis=ConsentBasis.ORAL).first()
    if consent is None:
        return _("Not to be handed over yet: no written consent is recorded")
    day = consent.given_at.astimezone(UTC).strftime("%-d %B %Y")
    return _("Consent of the client, %(day)s (%(how)s)") % {
        "day": day,
        "how": str(ConsentBasis(consent.basis).label).lower(),
    }


def makers_of(profile: Profile, without: Iterable[str] = ()) -> list[str]:
    """Return the sections of a profile by dotted path, in order, less those that somebody left out."""
    out = profile.without | (frozenset(without) & profile.optional)
    return [path for path in settings.BUNDLE_SECTIONS if path.rpartition(".")[2] not in out]


def _read(bundle: Bundle, case: Case, at: datetime, *, time_source: str, signed_by: str) -> Draft:
    profile = profile_of(Reader(bundle.reader))
    order = order_of(bundle)
    facts = _facts(bundle, case, at, order, time_source=time_source, signed_by=signed_by)
    exhibits = [(path, exhibit) for path, exhibit in enclosed_of(bundle) if not order.hides(exhibit.pk)]
    originals = _originals(bundle, case, profile, order, at)
    enclosed = {exhibit.label: Enclosed(path=path) for path, exhibit in exhibits}
    for path, original in originals:
        enclosed[original.exhibit.label] = Enclosed(
            path=path, sealed={"sha256_plain": original.exhibit.sha256, "method": AGE_METHOD}
        )
    sections: list[Section] = []
    makers = makers_of(profile, bundle.without)
    for dotted in makers:
        with part(dotted.rpartition(".")[2]):
            maker: SectionMaker = import_string(dotted)
            if (section := maker(case, order, at)) is not None:
                sections.append(with_files(section, enclosed))
    with part(_("the certificates")):
        papers = certificate_papers(case, order, at) if CERTIFICATES in makers else []
    with part(_("the packet’s text")):
        script = Script(
            facts=facts,
            sections=sections,
            counts=_counts(sections),
            language=bundle.language,
            redactor=order.redactor,
            since=order.since,
        )
    shown = [exhibit.pk for _path, exhibit in exhibits]
    return Draft(
        case_id=case.pk,
        key=case_key(case.pk),
        facts=facts,
        profile=profile,
        order=order,
        script=script,
        exhibits=exhibits,
        originals=originals,
        metadata=_metadata(case, order) if profile.metadata else [],
        archives=_archives(case, shown),
        papers=papers,
        heads=heads_of_case(case.pk),
    )


def _facts(
    bundle: Bundle, case: Case, at: datetime, order: BundleOrder, *, time_source: str, signed_by: str
) -> BundleFacts:
    asked_by = who_said(ActorKind.USER if bundle.requested_by_id else "", str(bundle.requested_by_id or ""))
    hiding = order.redactor
    return BundleFacts(
        bundle_id=bundle.pk,
        reference=bundle.reference,
        case_ref=case.reference,
        created_at=at,
        created_by=asked_by,
        org=settings.ORG_NAME,
        recipient=hiding.text(bundle.recipient),
        purpose=hiding.text(bundle.purpose),
        release_basis=release_basis(case, order.reader),
        system=system_facts(),
        time_source=time_source,
        supersedes=bundle.supersedes.reference if bundle.supersedes else "",
        profile=order.reader.value,
        language=bundle.language,
        supplements=bundle.supplements.reference if bundle.supplements else "",
        first_page=order.since + 1,
        signed_by=signed_by,
    )


def _originals(
    bundle: Bundle, case: Case, profile: Profile, order: BundleOrder, at: datetime
) -> list[tuple[str, Original]]:
    if not profile.takes_originals or not bundle.originals:
        return []
    chosen = [UUID(text) for text in bundle.originals]
    found = released_for(case, order.reader, at=at, only=chosen)
    if len(found) != len(chosen):
        raise PartFailed(_("A release of an original is over. Ask for it anew, or leave the original out."))
    rows = [original for original in found.values() if not order.hides(original.exhibit.pk)]
    return [(f"{path_of(original.exhibit)}.age", original) for original in rows]


def _metadata(case: Case, order: BundleOrder) -> list[tuple[str, Derivative]]:
    rows = Derivative.objects.made().filter(case=case, kind__in=list(METADATA)).exclude(object_name="")
    found: dict[str, Derivative] = {}
    for row in rows.select_related("exhibit").order_by("made_at", "pk"):
        if not order.hides(row.exhibit_id):
            label = row.exhibit.label.replace("/", "-")
            # A later one takes the place of an earlier one.
            found[f"data/metadata/{label}.{METADATA[row.kind]}.json"] = row
    return sorted(found.items())


def _archives(case: Case, shown: Sequence[UUID]) -> list[tuple[str, Derivative]]:
    rows = Derivative.objects.made().filter(case=case, kind=DerivativeKind.WEB_ARCHIVE, exhibit_id__in=shown)
    found = []
    for row in rows.exclude(object_name="").select_related("exhibit").order_by("made_at", "pk"):
        label = row.exhibit.label.replace("/", "-")
        ending = "wacz" if "wacz" in row.media_type or "zip" in row.media_type else "warc.gz"
        found.append((f"data/web/{label}_page.{ending}", row))
    return list(dict(found).items())


def _counts(sections: Iterable[Section]) -> dict[str, int]:
    by_key = {section.key: section.context for section in sections}

    def how_many(key: str, what: str) -> int:
        return len(by_key.get(key, {}).get(what, ()))

    return {
        "exhibits": how_many("exhibits", "exhibits"),
        "links": how_many("links", "links"),
        "events": how_many("custody", "lines"),
    }
