"""The recorder of captures: claims one, sends the shut-in browser, judges what came, seals it. No client in here."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.models import User
from cases.states import IllegalMove
from cases.vault import VaultError
from evidence.actions import capture as capture_actions
from evidence.actions import derivative as derivative_actions
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.capture import Claimed, LeaseLost
from evidence.actions.exhibit import Incoming, Statement
from evidence.bundle_sections import system_facts
from evidence.capture import browser, findings, records, wacz, warc
from evidence.capture.browser import BrowserFailed, Job, Seen, Stopped, Unavailable
from evidence.capture.findings import Certificate, Found
from evidence.capture.judge import Judgement, judge
from evidence.intake import ClientName, StagedFile, Staging
from evidence.kinds import HOLDS_MEDIA, MEDIA_TYPES, Finding, Kind
from evidence.models import AcquisitionMethod, CaptureStep, DerivativeKind, EvidenceKind, Exhibit

ACTOR = Actor.system("capture")
LARGEST = 256 * 1024 * 1024
Visitor = Callable[..., Seen]
log = logging.getLogger("recourse.captures")


def capture_next(*, at: datetime, visit: Visitor = browser.visit, trouble: Callable[[], str] = browser.trouble) -> bool:
    """Make one capture that is due; return whether there was one. Whatever a page does, this does not raise.

    Between the claim and the record nothing is held open: a worker that dies here loses its lease, not the capture.
    """
    with acting_as(ACTOR):
        claimed = capture_actions.claim(at=at)
    if claimed is None:
        return False
    try:
        _make(claimed, visit=visit, trouble=trouble)
    except (LeaseLost, Stopped):
        log.info("a capture was stopped", extra={"event": "capture"})
    except IllegalMove:
        _fail(claimed, "case_locked", {})
    except Exception:
        log.exception("a capture failed", extra={"event": "capture"})
        _fail(claimed, "our_fault", {})
    return True


def _make(claimed: Claimed, *, visit: Visitor, trouble: Callable[[], str]) -> None:
    if missing := trouble():
        _fail(claimed, missing, {})
        return
    # Right before the first byte leaves: the case may have been locked while this waited.
    with acting_as(ACTOR):
        capture_actions.go_on(claimed=claimed, step=CaptureStep.OPENING)
    started_at = timezone.now()
    try:
        seen = visit(Job(url=claimed.address, with_media=claimed.with_media), stopped=lambda: not _is_held(claimed))
        found = findings.read(seen)
    except Unavailable as problem:
        _fail(claimed, problem.code, {})
        return
    except (BrowserFailed, ValueError, KeyError, TypeError):
        _fail(claimed, "browser_failed", {})
        return
    finished_at = timezone.now()
    judged = judge(found, connection_error=findings.connection_error(seen))
    if not judged.is_kept:
        _fail(claimed, judged.reason, _facts(found, judged))
        return
    with acting_as(ACTOR):
        capture_actions.go_on(claimed=claimed, step=CaptureStep.PACKING)
    packed = pack(seen, found, judged, started_at=started_at, finished_at=finished_at)
    with acting_as(ACTOR):
        capture_actions.go_on(claimed=claimed, step=CaptureStep.SEALING)
    _seal(claimed, seen, found, judged, packed, at=finished_at)


def _is_held(claimed: Claimed) -> bool:
    with acting_as(ACTOR):
        return capture_actions.is_held(claimed)


def _fail(claimed: Claimed, reason: str, facts: Mapping[str, object]) -> None:
    with suppress(LeaseLost), acting_as(ACTOR):
        capture_actions.fail(claimed=claimed, reason=reason, facts=facts, by=ACTOR, at=timezone.now())


@dataclass(frozen=True, slots=True)
class Packed:
    """The archive of one capture and the records that stand in it and beside it."""

    archive: bytes
    record: bytes
    chain: bytes
    certificates: list[Certificate]
    tool: str


def pack(seen: Seen, found: Found, judged: Judgement, *, started_at: datetime, finished_at: datetime) -> Packed:
    """Put one capture together; pure but for the versions of the programs."""
    tool = f"Recourse {system_facts()['Recourse']}, {found.browser}"
    shown = findings.certificates(found)
    software = {"recourse": system_facts()["Recourse"], "browser": found.browser, "warcio": version("warcio")}
    record = records.record(
        seen,
        found,
        judged,
        started_at=started_at,
        finished_at=finished_at,
        certificates=shown,
        software=software,
    )
    chain = records.chain(found)
    archived = warc.write(
        found, seen.blobs, record=record, chain=chain, certificates=shown, at=finished_at, software=tool
    )
    record_text = warc.as_json(record)
    archive = wacz.write(found, archived, record=record_text, at=finished_at, software=tool)
    return Packed(archive, record_text, warc.as_json(chain), shown, tool)


def _seal(claimed: Claimed, seen: Seen, found: Found, judged: Judgement, packed: Packed, *, at: datetime) -> None:
    holds_media = findings.holds_media(seen, found)
    with acting_as(ACTOR):
        key = case_key(claimed.case_id)
        asked_by = User.objects.filter(pk=claimed.requested_by).first() if claimed.requested_by else None
        producer = exhibit_actions.initials(asked_by.name if asked_by else "")
        description = _("Web capture of a page on %(site)s") % {"site": findings.host_of(claimed.address)}
    outcome = exhibit_actions.take_in(
        case_id=claimed.case_id,
        incoming=Incoming(
            staged=_stage(packed.archive, key, claimed.case_id),
            name=ClientName("capture.wacz", ""),
            finding=Finding(
                kind=Kind.WACZ,
                media_type=MEDIA_TYPES[Kind.WACZ],
                ending=".wacz",
                width=0,
                height=0,
                name_differs=False,
                claim_differs=False,
                cautions=(HOLDS_MEDIA,) if holds_media else (),
            ),
        ),
        statement=Statement(
            description=description,
            method=AcquisitionMethod.CAPTURED,
            source=claimed.address,
            discovered_at=at,
            evidence_kind=EvidenceKind.WEB,
        ),
        producer=producer,
        by=ACTOR,
        at=at,
        acquisition={"copy": "original", "edited": "no"},
        route="capture",
    )
    shot, text = seen.blobs.get("shot", b""), seen.blobs.get("text", b"")
    with acting_as(ACTOR):
        capture_actions.keep(
            claimed=claimed,
            outcome=capture_actions.Outcome(
                exhibit_id=outcome.exhibit.pk,
                result=judged.result,
                reason=judged.reason,
                final_url=found.final_url,
                title=found.title,
                text_sha256=hashlib.sha256(text).hexdigest() if "text" in seen.blobs else "",
                picture_sha256=hashlib.sha256(shot).hexdigest() if shot else "",
                facts=_facts(found, judged),
            ),
            by=ACTOR,
            at=timezone.now(),
        )
    _derive(outcome.exhibit, seen, found, packed)


def _stage(data: bytes, key: bytes, case_id: UUID) -> StagedFile:
    with Staging(settings.STAGING_DIR, key, case_id, limit=LARGEST) as staging:
        for start in range(0, len(data), 1 << 20):
            staging.write(data[start : start + (1 << 20)])
        return staging.finish()


def _derive(exhibit: Exhibit, seen: Seen, found: Found, packed: Packed) -> None:
    """Keep beside the exhibit what people look at; one that fails is written down and leaves the others alone."""
    raw = found.answer.body_name if found.answer else ""
    pem = "".join(f"# {one.origin} {one.place} sha256 {one.sha256}\n{one.pem}" for one in packed.certificates)
    parts: list[tuple[DerivativeKind, bytes | None, str, dict[str, object]]] = [
        (DerivativeKind.CAPTURE, packed.record, "application/json", {}),
        (DerivativeKind.CHAIN, packed.chain, "application/json", {"hops": len(found.main)}),
        (DerivativeKind.PAGE_TEXT, seen.blobs.get("text"), "text/plain; charset=utf-8", {}),
        (DerivativeKind.PAGE_SOURCE, seen.blobs.get("dom"), "text/plain; charset=utf-8", {"of": "shown"}),
        (DerivativeKind.PAGE_SOURCE, seen.blobs.get(raw), "text/plain", {"of": "answer"}),
        (DerivativeKind.SCREENSHOT, seen.blobs.get("shot"), "image/png", dict(found.shot or {})),
        (DerivativeKind.CERTIFICATES, pem.encode() or None, "text/plain; charset=utf-8", {}),
    ]
    for kind, data, media_type, facts in parts:
        if not data:
            continue
        try:
            derivative_actions.keep(
                exhibit_id=exhibit.pk,
                kind=kind,
                data=data,
                media_type=media_type,
                tool=packed.tool,
                facts=facts,
                by=ACTOR,
                at=timezone.now(),
            )
        except IllegalMove:
            return
        except (VaultError, OSError):
            with suppress(IllegalMove), acting_as(ACTOR):
                derivative_actions.failed(
                    exhibit_id=exhibit.pk, kind=kind, tool=packed.tool, reason="store", by=ACTOR, at=timezone.now()
                )


def _facts(found: Found, judged: Judgement) -> dict[str, object]:
    """What the pages and the packet tell of a capture, small enough for its row."""
    answer = found.answer
    return {
        "notes": list(judged.notes),
        "status": answer.status if answer else 0,
        "addresses": list(answer.addresses) if answer else [],
        "hops": len(found.main),
        "redirects": list(dict.fromkeys(leg.url for leg in found.main[:-1]))[:10],
        "blocked": dict(sorted(found.blocked.items())),
        "refused_hosts": list(found.refused_addresses)[:20],
        "bytes_down": found.bytes_down,
        "browser": found.browser,
        "picture": dict(found.shot or {}),
        "tls": {name: str(answer.tls.get(name, "")) for name in ("protocol", "issuer", "subject")}
        if answer and answer.tls
        else {},
        "error": found.error[:80],
    }
