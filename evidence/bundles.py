"""Builds a requested bundle: sections, packet, bag, archive, vault. The database knows it only once it is whole."""

import hashlib
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cases import pdf
from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor, ActorKind
from cases.keys import case_key
from cases.models import Case, Consent, ConsentBasis
from cases.rvlt import Opener, sealed_size
from cases.vault import Vault
from evidence.actions import bundle as bundle_actions
from evidence.actions.bundle import MAX_TRIES, Built, LeaseLost
from evidence.bag import Payload, PayloadChanged, WrittenBag, ZipTarget, write_bag
from evidence.bundle_sections import enclosed_of, system_facts, with_files
from evidence.custody import from_jsonl
from evidence.intake import StagedFile, Staging
from evidence.manifest import CUSTODY_PATH, MANIFEST_PATH, PACKET_PATH, BundleFacts, manifest_json
from evidence.models import Bundle, Exhibit, Reader
from evidence.record_extract import who_said
from evidence.sections import Section, SectionMaker, packet_html

BUILDER = Actor.system("bundles")
LARGEST = 1 << 40
"""A sanity bound on one archive, in bytes; what goes in was bounded when it was taken in."""

log = logging.getLogger("recourse.bundles")


class PartFailed(Exception):
    """The build stopped; the text names the part in words for a caseworker."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """Everything read from the database for one bundle; no row is touched after it."""

    case_id: UUID
    reference: str
    key: bytes
    facts: BundleFacts
    sections: Sequence[Section]
    html: str
    exhibits: Sequence[tuple[str, Exhibit]]


def build_and_seal(bundle_id: UUID, *, vault: Vault | None = None) -> bool:
    """Claim, build and seal one bundle; True when it stands. A failure is recorded with the part it stopped at.

    Runs outside any transaction: a build takes seconds to minutes. A worker that is killed leaves nothing that could
    be mistaken for a bundle, and another takes over when the lease has run out.
    """
    vault = vault or Vault()
    with acting_as(BUILDER):
        lease = bundle_actions.claim(bundle_id=bundle_id, at=timezone.now())
    if lease is None:
        return False
    try:
        built = _build(bundle_id, vault)
    except PartFailed as failure:
        _give_up(bundle_id, lease, str(failure))
        return False
    try:
        with acting_as(BUILDER):
            bundle_actions.seal(bundle_id=bundle_id, lease=lease, built=built, by=BUILDER, at=timezone.now())
    except BaseException as trouble:
        with suppress(Exception):
            vault.delete(built.stored.name)
        if isinstance(trouble, LeaseLost):
            return False
        raise
    return True


def open_archive(bundle: Bundle, *, vault: Vault | None = None) -> Opener:
    """Return a sealed bundle's archive, opened with its case's key; call inside `acting_as`, read and close anywhere.

    Raises VaultError when the stored file is missing or changed, KeyMissing when the case is not the actor's.
    """
    vault = vault or Vault()
    key = case_key(bundle.case_id)
    return vault.open(bundle.object_name, key, bundle.case_id, bundle.pk, sealed_bytes=sealed_size(bundle.size))


def _give_up(bundle_id: UUID, lease: datetime, error: str) -> None:
    with suppress(LeaseLost), acting_as(BUILDER):
        bundle_actions.fail(bundle_id=bundle_id, lease=lease, error=error, by=BUILDER, at=timezone.now())


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Name the part that a failure inside belongs to; the cause goes to the log without its words."""
    try:
        yield
    except PartFailed:
        raise
    except PayloadChanged as cause:
        log.exception("an exhibit differs from its record", extra={"event": "bundle", "part": name})
        said = _("It stopped at: %(part)s. The stored file is not what was taken in.")
        raise PartFailed(said % {"part": str(cause).rpartition("/")[2]}) from cause
    except Exception as cause:
        log.exception("a bundle could not be built", extra={"event": "bundle", "part": name})
        said = f" {cause}" if isinstance(cause, pdf.PdfError) else ""
        raise PartFailed(_("It stopped at: %(part)s.") % {"part": name} + said) from cause


def _build(bundle_id: UUID, vault: Vault) -> Built:
    draft = _draft(bundle_id)
    with _part(_("the PDF")):
        packet = pdf.render(draft.html)
    with _part(_("the list of files")):
        payloads = _payloads(draft, packet, vault)
    # A folder of its own: a worker that lost its lease may still be writing the same bundle.
    folder = settings.STAGING_DIR / f"bundle-{uuid4().hex}"
    try:
        with _part(_("the archive")):
            bag, staged = _archive(draft, [noted.payload for noted in payloads], folder)
        with _part(_("the store")):
            stored = vault.put(staged)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Built(
        stored=stored,
        size=staged.plain_bytes,
        sha256=staged.sha256,
        fingerprint=bag.fingerprint,
        packet_sha256=hashlib.sha256(packet).hexdigest(),
        files=[
            {"path": noted.payload.path, "size": noted.payload.size, "sha256": noted.sha256()}
            for noted in sorted(payloads, key=lambda noted: noted.payload.path)
        ],
    )


def _archive(draft: _Draft, payloads: Sequence[Payload], folder: Path) -> tuple[WrittenBag, StagedFile]:
    at = draft.facts.created_at
    with Staging(folder, draft.key, draft.case_id, limit=LARGEST, file_id=draft.facts.bundle_id) as staging:
        with ZipTarget(staging, root=draft.reference, at=at) as target:
            bag = write_bag(target, payloads, info=_info(draft), at=at)
        return bag, staging.finish()


def _draft(bundle_id: UUID) -> _Draft:
    now = timezone.now()
    with acting_as(BUILDER), _part(_("the record")):
        case_id = Bundle.objects.values_list("case_id", flat=True).get(pk=bundle_id)
        # Every action of a case locks its row first: what is read here belongs together.
        case = lock(case_id)
        bundle = Bundle.objects.select_related("supersedes").get(pk=bundle_id)
        if bundle.tries > MAX_TRIES:
            raise PartFailed(_("It was begun several times and never finished."))
        facts = _facts(bundle, case, now)
        enclosed = enclosed_of(bundle)
        paths = {exhibit.label: path for path, exhibit in enclosed}
        sections: list[Section] = []
        for path in settings.BUNDLE_SECTIONS:
            with _part(path.rpartition(".")[2]):
                maker: SectionMaker = import_string(path)
                if (section := maker(case, now)) is not None:
                    sections.append(with_files(section, paths))
        with _part(_("the packet’s text")):
            html = packet_html(facts, sections, counts=_counts(sections))
        return _Draft(
            case_id=case.pk,
            reference=bundle.reference,
            key=case_key(case.pk),
            facts=facts,
            sections=sections,
            html=html,
            exhibits=enclosed,
        )


def _facts(bundle: Bundle, case: Case, now: datetime) -> BundleFacts:
    asked_by = who_said(ActorKind.USER if bundle.requested_by_id else "", str(bundle.requested_by_id or ""))
    return BundleFacts(
        bundle_id=bundle.pk,
        reference=bundle.reference,
        case_ref=case.reference,
        created_at=now,
        created_by=asked_by,
        org=settings.ORG_NAME,
        recipient=bundle.recipient,
        purpose=bundle.purpose,
        release_basis=release_basis(case, Reader(bundle.reader)),
        system=system_facts(),
        time_source=_("The clock of the organisation’s server"),
        supersedes=bundle.supersedes.reference if bundle.supersedes else "",
    )


def release_basis(case: Case, reader: Reader) -> str:
    """Say on what ground a bundle may be given to its reader, or that there is none yet."""
    standing = Consent.objects.standing().filter(case=case, power=reader.power, is_given=True)
    consent = standing.exclude(basis=ConsentBasis.ORAL).first()
    if consent is None:
        return _("Not to be handed over yet: no written consent is recorded")
    day = consent.given_at.astimezone(UTC).strftime("%-d %B %Y")
    return _("Consent of the client, %(day)s (%(how)s)") % {
        "day": day,
        "how": str(ConsentBasis(consent.basis).label).lower(),
    }


def _counts(sections: Iterable[Section]) -> dict[str, int]:
    by_key = {section.key: section.context for section in sections}

    def how_many(key: str, what: str) -> int:
        return len(by_key.get(key, {}).get(what, ()))

    return {
        "exhibits": how_many("exhibits", "exhibits"),
        "links": how_many("links", "links"),
        "events": how_many("custody", "lines"),
    }


def _info(draft: _Draft) -> dict[str, str]:
    return {
        "Source-Organization": draft.facts.org,
        "External-Identifier": str(draft.facts.bundle_id),
        "Internal-Sender-Identifier": draft.reference,
        "Bag-Software-Agent": f"Recourse {draft.facts.system['Recourse']}",
    }


@dataclass(frozen=True, slots=True)
class _Noted:
    """A payload whose hash is told on the page; those held in memory are hashed when asked."""

    payload: Payload

    def sha256(self) -> str:
        if self.payload.sha256 is not None:
            return self.payload.sha256
        digest = hashlib.sha256()
        for piece in self.payload.read():
            digest.update(piece)
        return digest.hexdigest()


def _payloads(draft: _Draft, packet: bytes, vault: Vault) -> list[_Noted]:
    records = [record for section in draft.sections for record in section.records]
    log_bytes = b"".join(piece for record in records if record.path == CUSTODY_PATH for piece in record.read())
    by_key = {section.key: section.context for section in draft.sections}
    entries = [row.entry for row in by_key.get("exhibits", {}).get("exhibits", ())]
    omitted = by_key.get("exhibits", {}).get("omitted", ())
    manifest = manifest_json(draft.facts, entries, from_jsonl(log_bytes), omitted=omitted)
    own = [Payload.of(MANIFEST_PATH, manifest), Payload.of(PACKET_PATH, packet)]
    files = [_from_vault(path, exhibit, draft, vault) for path, exhibit in draft.exhibits]
    return [_Noted(payload) for payload in (*own, *records, *files)]


def _from_vault(path: str, exhibit: Exhibit, draft: _Draft, vault: Vault) -> Payload:
    def read() -> Iterator[bytes]:
        with (
            _part(_("exhibit %(exhibit)s") % {"exhibit": exhibit.label}),
            vault.open(
                exhibit.object_name, draft.key, draft.case_id, exhibit.pk, sealed_bytes=exhibit.cipher_size
            ) as opener,
        ):
            yield from opener.iter_chunks()

    return Payload(path, exhibit.size, exhibit.sha256, read)
