"""Makes and serves what somebody sees in a look. Every serve asks again whether the look stands; none is a file.

A rendition is made in the sandbox when it is first asked for, and kept while the look lasts under a key that only the
look's address gives.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cases import keys
from cases.access import acting_as
from cases.actor import Actor
from cases.keys import case_key
from cases.models import Rest, Session, User
from cases.permissions import Permission
from cases.vault import VaultError
from evidence import sandbox
from evidence.actions import viewing as viewing_actions
from evidence.looking.grant import CLIP, Variant, allows, mark_of, person_of, preview_key
from evidence.looking.subject import Subject, subject_of
from evidence.models import ExhibitState, Preview, Viewing

PICTURE_SECONDS, FILM_SECONDS = 20.0, 45.0
LARGEST = 24 << 20
NONCE = 12
VERBS = {"picture": "picture", "film": "stills", "paper": "pages"}


class CannotShow(Exception):
    """The file cannot be decoded here, or the store did not give it: the look page says facts only."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """Bytes of our own making, ready to be sent."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class _Job:
    viewing: Viewing
    subject: Subject
    key: bytes
    mark: str
    kept: bytes | None


def served(token: str, name: str, *, at: datetime) -> Rendition | None:
    """Return one rendition of the look that a secret opens, or None where nothing may be shown now.

    Opens contexts of its own, as the person whose look it is. Raises CannotShow when the file does not decode.
    """
    variant, person_id = Variant.read(name), person_of(token)
    if variant is None or person_id is None:
        return None
    looker = User.objects.filter(pk=person_id, is_active=True).first()
    if looker is None or looker.is_client:
        return None
    actor = Actor.user(looker)
    with acting_as(actor):
        viewing = standing(token, variant, looker, at=at)
        if viewing is None:
            return None
        subject = subject_of(viewing.exhibit)
        if subject is None or (variant.part == CLIP and subject.shape != "film"):
            return None
        kept = Preview.objects.visible_to(actor).filter(viewing=viewing, variant=str(variant)).first()
        mark = mark_of(person_id=looker.pk, reference=viewing.case.reference, at=viewing.granted_at)
        key = case_key(viewing.case_id)
        job = _Job(viewing, subject, key, mark, bytes(kept.locked) if kept else None)
    data = _opened(job.kept, token) if job.kept is not None else _made(job, variant)
    with acting_as(actor):
        # Making takes a moment: a look that ended meanwhile shows nothing.
        if standing(token, variant, looker, at=at) is None:
            return None
        if job.kept is None:
            row = viewing_actions.keep_preview(
                viewing_id=viewing.pk,
                variant=str(variant),
                media_type=variant.media_type,
                locked=_locked(data, token),
                by=actor,
                at=at,
            )
            if row is None:
                return None
            # Two requests at once made two; both send the one that was kept, so that ranges fit together.
            data = _opened(bytes(row.locked), token)
        viewing_actions.note_served(viewing_id=viewing.pk, by=actor, at=at)
    return Rendition(data, variant.media_type)


def standing(token: str, variant: Variant, looker: User, *, at: datetime) -> Viewing | None:
    """Return the look, if all of it holds now: open, held, in a living session, of a person and a case that still may.

    Call inside `acting_as` the looker: a case that they do not reach any more has no look.
    """
    rows = Viewing.objects.visible_to(Actor.user(looker)).running().of_media().select_related("exhibit", "case")
    found: Viewing | None = rows.filter(
        person=looker, token_hash=keys.token_hash(token), expires_at__gt=at, open_until__gt=at
    ).first()
    if found is None or not allows(variant, tone=found.tone, is_moving=found.is_moving, is_sounding=found.is_sounding):
        return None
    if found.case.is_age_locked or found.exhibit.state != ExhibitState.SEALED:
        return None
    if not looker.may(Permission.EVIDENCE_LOOK) or Rest.objects.standing(at=at).of(looker.pk).exists():
        return None
    live = Session.objects.filter(pk=found.session_id, user=looker, idle_until__gt=at, ends_at__gt=at)
    return found if live.exists() else None


def _made(job: _Job, variant: Variant) -> bytes:
    shape = job.subject.shape
    verb = CLIP if variant.part == CLIP else VERBS[shape]
    words = {"verb": verb, "tone": variant.tone.value, "mark": job.mark, "sound": variant.sound}
    try:
        with job.subject.opened(job.key) as source:
            outcome = sandbox.python(
                "preview",
                words,
                source=source,
                seconds=PICTURE_SECONDS if shape == "picture" else FILM_SECONDS,
                output_limit=LARGEST,
                forks=shape != "picture",
            )
    except (VaultError, sandbox.Unavailable) as failure:
        raise CannotShow from failure
    if outcome.ended != sandbox.Ended.WELL or not outcome.out:
        raise CannotShow
    return outcome.out


def _locked(data: bytes, token: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(preview_key(token)).encrypt(nonce, data, None)


def _opened(locked: bytes, token: str) -> bytes:
    try:
        return AESGCM(preview_key(token)).decrypt(locked[:NONCE], locked[NONCE:], None)
    except InvalidTag as failure:
        raise CannotShow from failure
