"""Open a way in for one recipient, let them in with a second secret, count their downloads, end it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cases import keys
from cases.access import acting_as
from cases.actions.case import lock
from cases.actor import Actor
from cases.doors import ALPHABET, Limit, tidy_code
from cases.ledger import record
from cases.models import Case, Consent, Door, DoorKind
from cases.states import IllegalMove
from evidence.actions.bundle import stop_waiting
from evidence.actions.share_task import note, tell
from evidence.events import EvidenceEvent
from evidence.models import Bundle, BundleState, Reader, Share

MAX_DAYS = {Reader.LAWYER: 7, Reader.POLICE: 30}
"""How long a share may stand: an officer on leave or in court opens it when they are back."""
MAX_DOWNLOADS = 5
TOKEN_BYTES = 32
SECRET_LENGTH = 10
TRIES = Limit(5, timedelta(minutes=1), timedelta(hours=1))
"""Free tries of one link's second secret, and the waits after them; the link itself cannot be guessed."""


class NotOpened(Exception):
    """The link and the secret opened nothing; why is never said."""


class NoneLeft(Exception):
    """Every download that was allowed has been taken, or the share has ended."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new share with what is shown once and kept nowhere: the link's token and the second secret."""

    share: Share
    token: str
    secret: str


def make_secret() -> str:
    """Return ten signs of an alphabet without look-alikes, about 46 bits: used with a link, told by another way."""
    return "".join(secrets.choice(ALPHABET) for _place in range(SECRET_LENGTH))


def spoken_secret(secret: str) -> str:
    """Return a secret as it is shown and read out: in groups of five."""
    return f"{secret[:5]} {secret[5:]}"


@transaction.atomic
def make(*, bundle_id: UUID, recipient: str, purpose: str, days: int, downloads: int, by: Actor, at: datetime) -> Made:
    """Make a way in to one sealed bundle, for at most 7 days (the police 30) and 5 downloads.

    Raises IllegalMove unless the client agreed, in writing or on their page, that this kind of reader may have it.
    """
    if by.id is None:
        raise IllegalMove(_("A share is made by a person."))
    bundle = Bundle.objects.get(pk=bundle_id)
    longest = MAX_DAYS.get(Reader(bundle.reader), 7)
    if not (1 <= days <= longest and 1 <= downloads <= MAX_DOWNLOADS):
        raise IllegalMove(_("A share lasts at most %(days)d days and 5 downloads.") % {"days": longest})
    case = lock(bundle.case_id)
    if case.is_age_locked:
        raise IllegalMove(_("This case is locked: someone shown may be under 18. Nothing can be shared."))
    if bundle.state != BundleState.SEALED:
        raise IllegalMove(_("This bundle is not built, so it cannot be shared."))
    refuse_without_consent(case, Reader(bundle.reader))
    token, secret = secrets.token_urlsafe(TOKEN_BYTES), make_secret()
    share = Share(
        case=case,
        bundle=bundle,
        door_id=uuid4(),
        made_by_id=by.id,
        made_at=at,
        expires_at=at + timedelta(days=days),
        max_downloads=downloads,
    )
    share.recipient, share.purpose = recipient, purpose
    Door.objects.create(
        id=share.door_id,
        kind=DoorKind.SHARE,
        token_hash=keys.token_hash(token),
        secret_hash=make_password(secret),
        case_id=case.pk,
        subject_id=share.pk,
        created_at=at,
        expires_at=share.expires_at,
    )
    share.save(force_insert=True)
    note(event=EvidenceEvent.SHARE_MADE, share=share, by=by, at=at, purpose=purpose, days=days, downloads=downloads)
    return Made(share, token, secret)


def refuse_without_consent(case: Case, reader: Reader) -> None:
    """Raise IllegalMove unless a standing consent covers this reader; an oral one never does.

    A client's own copy needs none: they asked for it.
    """
    power = reader.power
    if power is not None and not Consent.objects.filter(case=case).allows(power):
        raise IllegalMove(
            _("The client has not agreed in writing to “%(power)s”. Ask first; then it can be shared.")
            % {"power": str(power.label)}
        )


@transaction.atomic
def revoke(*, share_id: UUID, by: Actor, at: datetime) -> Share:
    """End a share now: its link opens nothing any more, and a session that came in by it sees nothing."""
    case_id = Share.objects.values_list("case_id", flat=True).get(pk=share_id)
    lock(case_id)
    share: Share = Share.objects.select_for_update(of=("self",)).select_related("bundle").get(pk=share_id)
    if share.revoked_at is not None:
        raise IllegalMove(_("This share was ended already."))
    share.revoked_at = at
    share.save(update_fields=["revoked_at"])
    Door.objects.filter(pk=share.door_id).update(revoked_at=at)
    note(event=EvidenceEvent.SHARE_REVOKED, share=share, by=by, at=at)
    return share


@transaction.atomic
def reissue(*, share_id: UUID, by: Actor, at: datetime) -> Made:
    """Make a fresh link and code for the same person, bundle, days and downloads; an old share that stands ends.

    For whoever lost the link, let it run out or took every download. Consent and locks are asked again.
    """
    old = Share.objects.select_related("bundle").get(pk=share_id)
    lock(old.case_id)
    if old.revoked_at is None:
        revoke(share_id=old.pk, by=by, at=at)
    return make(
        bundle_id=old.bundle_id,
        recipient=old.recipient,
        purpose=old.purpose,
        days=max(1, (old.expires_at - old.made_at).days),
        downloads=old.max_downloads,
        by=by,
        at=at,
    )


def enter(*, token: str, secret: str, at: datetime) -> Door:
    """Let a recipient in who holds the link and the second secret; return their door.

    Raises NotOpened for every failure alike, after about the same time. Tries are counted per link and slowed.
    Opens a context of its own: nobody is known before.
    """
    typed = tidy_code(secret)[:64]
    door = Door.objects.usable(at=at).filter(kind=DoorKind.SHARE, token_hash=keys.token_hash(token)).first()
    if door is None:
        # The work of a check, so that a link that opens something cannot be told by the clock.
        make_password(typed)
        raise NotOpened
    taken = Door.objects.filter(pk=door.pk)
    with transaction.atomic():
        # Counted before the check: guesses sent side by side are all counted.
        door = taken.select_for_update().get()
        is_slowed = door.slowed_until is not None and door.slowed_until > at
        if not is_slowed:
            wait = TRIES.wait_after(door.wrong_tries + 1)
            taken.update(wrong_tries=F("wrong_tries") + 1, slowed_until=at + wait if wait else None)
    if is_slowed or not check_password(typed, door.secret_hash):
        if is_slowed:
            make_password(typed)
        else:
            _record_refusal(door, at=at)
        raise NotOpened
    actor = Actor.recipient(door.pk)
    with acting_as(actor):
        share = Share.objects.visible_to(actor).select_related("bundle").filter(door_id=door.pk).first()
        if share is None:
            raise NotOpened
        taken.update(wrong_tries=0, slowed_until=None, uses=F("uses") + 1)
        note(event=EvidenceEvent.SHARE_OPENED, share=share, by=actor, at=at)
        if door.uses == 0:
            tell(share=share, kind="share_opened", at=at)
    return door


def _record_refusal(door: Door, *, at: datetime) -> None:
    actor = Actor.recipient(door.pk)
    with acting_as(actor):
        share = Share.objects.visible_to(actor).select_related("bundle").filter(door_id=door.pk).first()
        if share is not None:
            record(
                EvidenceEvent.SHARE_REFUSED,
                case=share.case_id,
                by=actor,
                at=at,
                subject=share,
                bundle=share.bundle.reference,
                tries=door.wrong_tries + 1,
            )


@transaction.atomic
def take_download(*, door_id: UUID, by: Actor, at: datetime) -> Bundle:
    """Count one download and record it; raise NoneLeft when none is left. Runs as the recipient.

    The count is one conditional update, so that presses side by side never get more than was allowed.
    """
    mine = Share.objects.visible_to(by).filter(door_id=door_id)
    taken = mine.standing(at=at).filter(downloads__lt=F("max_downloads")).update(downloads=F("downloads") + 1)
    if not taken:
        raise NoneLeft
    share: Share = mine.select_related("bundle").get()
    note(event=EvidenceEvent.SHARE_DOWNLOADED, share=share, by=by, at=at, left=share.max_downloads - share.downloads)
    return share.bundle


def freeze_for_age(*, case: Case, by: Actor, at: datetime) -> None:
    """End every share and every build of a case that was locked for age, in the transaction that locks it.

    Nothing is destroyed: sealed bundles and exhibits stay where they are, since police or a hotline may need them.
    """
    standing = list(Share.objects.filter(case=case, revoked_at=None).select_for_update(of=("self",)))
    Share.objects.filter(pk__in=[share.pk for share in standing]).update(revoked_at=at)
    Door.objects.filter(pk__in=[share.door_id for share in standing]).update(revoked_at=at)
    stopped = stop_waiting(case=case)
    if standing or stopped:
        record(
            EvidenceEvent.SHARES_FROZEN,
            case=case,
            by=by,
            at=at,
            subject=case,
            shares=len(standing),
            bundles=stopped,
        )
