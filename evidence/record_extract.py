"""What a bundle tells of a case's record: each event as a custody line and in words, or withheld."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import cast
from uuid import UUID

from django.conf import settings
from django.template.loader import get_template
from django.utils.html import strip_tags
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cases.actor import ActorKind
from cases.eventformat import moment
from cases.models import Event
from cases.reading import template_of
from evidence.custody import disclosed, to_jsonl, withheld
from evidence.order import BundleOrder
from evidence.packet.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as the bundle tells it; of a withheld one only number and hash are filled.

    `line` is its line in custody.jsonl: a record of tens of thousands is held as bytes and not as objects.
    """

    seq: int
    hash: str
    line: bytes
    withheld: bool
    at: datetime
    recorded_at: datetime
    kind: str = ""
    text: str = ""
    who: str = ""


def disclosure() -> dict[str, tuple[str, ...]]:
    """Return every kind of event that may be told, with the values that may be read, from all apps in settings."""
    found: dict[str, tuple[str, ...]] = {}
    for path in settings.CUSTODY_DISCLOSED:
        found |= {str(kind): tuple(names) for kind, names in import_string(path).items()}
    return found


def sign_of(actor_id: str) -> str:
    """Return the short sign that stands for one person throughout a packet, from their pseudonym in the record."""
    return actor_id.replace("-", "")[:4].upper()


def who_said(kind: str, actor_id: str) -> str:
    """Say who did something by role and sign: a packet never names staff or the client."""
    match kind:
        case ActorKind.USER:
            return _("caseworker %(sign)s") % {"sign": sign_of(actor_id)}
        case ActorKind.CLIENT:
            return _("the client")
        case ActorKind.RECIPIENT:
            return _("a recipient of a bundle")
        case ActorKind.MAILBOX:
            return _("the mailbox")
        case _:
            return _("the system")


def extract(case_id: UUID, order: BundleOrder | None = None) -> list[Told]:
    """Return the whole record of a case in order, each event told or withheld; made once for one order.

    What was done with an exhibit or a link that the order hides is withheld, and no value is opened that says a hidden
    word. Raises ValueError when an event does not give the hash that is recorded for it.
    """
    if order is not None and (made := order.shared.get("extract")) is not None:
        return cast(list[Told], made)
    may_be_told = disclosure()
    hiding = Redactor(order.redactions) if order is not None else Redactor(())
    hidden = frozenset(order.hidden) if order is not None else frozenset()
    events = Event.objects.filter(case_id=case_id).order_by("seq")
    told = [
        _told(event, may_be_told.get(event.kind), hidden=hidden, hiding=hiding)
        for event in events.iterator(chunk_size=500)
    ]
    if order is not None:
        order.shared["extract"] = told
    return told


def hashed_fields(event: Event) -> dict[str, object]:
    """Return what an event's hash covers, as cases.eventformat writes it."""
    return {
        "chain": str(event.chain),
        "seq": event.seq,
        "prev": bytes(event.prev).hex(),
        "at": moment(event.at),
        "recorded_at": moment(event.recorded_at),
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "kind": event.kind,
        "case_id": str(event.case_id) if event.case_id else "",
        "subject": event.subject,
        "sealed_sha256": hashlib.sha256(bytes(event.sealed)).hexdigest(),
        "commitments": json.loads(event.commitments),
    }


def _told(event: Event, names: tuple[str, ...] | None, *, hidden: frozenset[str], hiding: Redactor) -> Told:
    number = bytes(event.hash).hex()
    # Whatever a client did stays theirs: the portal leaves no trace in what the other side may read.
    if names is None or event.actor_kind == ActorKind.CLIENT or event.subject.rpartition(":")[2] in hidden:
        line = to_jsonl([withheld(event.seq, number)])
        return Told(seq=event.seq, hash=number, line=line, withheld=True, at=event.at, recorded_at=event.recorded_at)
    body = {name: event.body[name] for name in names if name in event.body}
    openings = {
        name: (bytes.fromhex(event.salts[name]), value) for name, value in body.items() if not hiding.holds(str(value))
    }
    return Told(
        seq=event.seq,
        hash=number,
        line=to_jsonl([disclosed(hashed_fields(event), openings, event_hash_hex=number)]),
        withheld=False,
        at=event.at,
        recorded_at=event.recorded_at,
        kind=event.kind,
        text=hiding.text(_sentence(event, body)),
        who=who_said(event.actor_kind, event.actor_id),
    )


def _sentence(event: Event, body: Mapping[str, object]) -> str:
    """Say an event with the disclosed values alone, as plain text."""
    said = get_template(template_of(event.kind)).render({"body": body, "event": None, "case": None})
    return " ".join(unescape(strip_tags(said)).split())
