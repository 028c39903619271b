"""Draft, save, send, call back, answer and withdraw notices. The text is frozen when it goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from cases import keys, outbox
from cases.actions import approval as approval_actions
from cases.actions import case as case_actions
from cases.actor import Actor, ActorKind
from cases.ledger import record
from cases.models import Approval, ApprovalKind, Audience, Case, Door, DoorKind, Effect, Lookup, LookupKind
from cases.states import EffectState, IllegalMove, check_move
from takedowns import drafting, synthetic
from takedowns.actions.reported_url import refuse_unless_material
from takedowns.events import TakedownEvent
from takedowns.letters import LetterFacts
from takedowns.models import Means, Notice, NoticeLink, ReportedUrl, Route
from takedowns.states import NOTICE_MOVES, LinkState, NoticeState

MAIL = "notice.mail"
MOST_LINKS = 200


class StaleDraft(Exception):
    """Somebody else saved this draft meanwhile; both texts are kept and shown."""


def refuse_without_consent(case: Case) -> None:
    """Raise IllegalMove unless the client lets us ask sites in their name."""
    if not drafting.may_ask(case):
        raise IllegalMove(_("The client has not agreed that we ask sites. Ask them first, on the client page."))


@transaction.atomic
def draft(*, case_id: UUID, url_ids: Sequence[UUID], route: Route, by: Actor, at: datetime) -> Notice:
    """Start a notice to the one platform of some links, with a letter and its own reply address.

    Raises IllegalMove without links, for links of two sites, without the client's consent, or for a locked case.
    """
    case = case_actions.lock(case_id)
    refuse_unless_material(case)
    refuse_without_consent(case)
    chosen = ReportedUrl.objects.filter(case=case, pk__in=url_ids).exclude(state=LinkState.DROPPED)
    urls = list(chosen.select_related("platform")[: MOST_LINKS + 1])
    refuse_unfit(urls)
    token = drafting.new_reply_token()
    domain = settings.REPLY_DOMAIN
    notice = Notice(
        case=case,
        platform_id=urls[0].platform_id or "generic_site",
        route=route,
        created_by_id=by.id if by.kind == ActorKind.USER else None,
        created_at=at,
    )
    notice.reply_address, notice.message_id = f"{token}@{domain}", f"<{uuid4().hex}@{domain}>"
    found = synthetic.basis(case, {url.pk for url in urls})
    notice.facts = {
        "reference": drafting.new_reference(),
        "is_synthetic": found.is_synthetic,
        "synthetic_note": found.note,
    }
    notice.recipient = notice.platform.abuse_email
    facts = drafting.letter_facts(
        notice, drafting.addresses(urls), is_authorised=drafting.has_written_authority(case), on=at.date()
    )
    _write(notice, facts)
    notice.save(force_insert=True)
    NoticeLink.objects.bulk_create([NoticeLink(case=case, notice=notice, url=url) for url in urls])
    Door.objects.create(
        kind=DoorKind.REPLY, token_hash=keys.token_hash(token), case_id=case.pk, subject_id=notice.pk, created_at=at
    )
    Lookup.objects.bulk_create(
        Lookup.of(kind=kind, value=value, case_id=case.pk, subject_id=notice.pk)
        for kind, value in ((LookupKind.REPLY_TOKEN, token), (LookupKind.MESSAGE_ID, notice.message_id))
    )
    record_notice(kind=TakedownEvent.NOTICE_DRAFTED, notice=notice, by=by, at=at, links=[url.pk for url in urls])
    return notice


def refuse_unfit(urls: Sequence[ReportedUrl]) -> None:
    """Raise IllegalMove for links that cannot stand in one notice."""
    if not urls:
        raise IllegalMove(_("Choose at least one link."))
    if len(urls) > MOST_LINKS:
        raise IllegalMove(_("One notice names at most %(n)d links. Choose fewer.") % {"n": MOST_LINKS})
    if len({(url.platform_id, url.platform_id or url.site) for url in urls}) > 1:
        raise IllegalMove(_("These links are on more than one site. One notice goes to one site."))


@transaction.atomic
def save_draft(
    *,
    notice_id: UUID,
    version: int,
    subject: str,
    text: str,
    recipient: str,
    facts: Mapping[str, Any] | None = None,
    route: Route | None = None,
    rewrite: bool = False,
    is_passing: bool = False,
    is_typing: bool = False,
    by: Actor,
    at: datetime,
) -> Notice:
    """Save a draft; with `rewrite` (or a new route) the letter is written anew from what was ticked.

    A letter that nobody changed by hand follows what is ticked by itself; words typed by hand are never replaced so.
    `is_typing`: saved by itself while the page is open, so the letter on that page must not change under its hands.
    `is_passing`: saved on the way out. Neither is in the record: what goes out is.

    Raises StaleDraft when the draft is not the version that the person saw, IllegalMove once it has gone out.
    """
    notice = locked(notice_id)
    if notice.is_frozen:
        raise IllegalMove(_("This notice has gone out. Its text does not change any more."))
    if notice.version != version:
        raise StaleDraft
    shown = drafting.shown_as(notice)
    by_hand = drafting.fingerprint(subject, text) != notice.facts.get("written")
    anew = rewrite or (route is not None and route != notice.route)
    rewrite = anew or not (by_hand or is_typing)
    notice.subject, notice.text, notice.recipient = subject, text, recipient
    notice.facts = {**notice.facts, **(facts or {}), "by_hand": by_hand and not rewrite}
    notice.route = route or notice.route
    if rewrite:
        links = set(notice.urls.values_list("pk", flat=True))
        notice.facts = {**notice.facts, "synthetic_note": synthetic.basis(notice.case, links).note}
        _rewrite(notice, shown=shown, keeps_date=not anew and _is_with_a_colleague(notice), at=at)
    if drafting.shown_as(notice) != shown:
        notice.state = NoticeState.DRAFT
        end_requests(notice=notice, why=_("The letter was changed."), by=by, at=at)
    notice.version += 1
    notice.save(update_fields=["route", "state", "version", "sealed"])
    if not (is_passing or is_typing):
        changed = drafting.fingerprint(notice.subject, notice.text) != drafting.fingerprint(subject, text)
        record_notice(
            kind=TakedownEvent.NOTICE_SAVED, notice=notice, by=by, at=at, version=notice.version, rewritten=changed
        )
    return notice


@transaction.atomic
def queue_mail(*, notice_id: UUID, version: int, recipient: str, reason: str, by: Actor, at: datetime) -> Notice:
    """Send a notice by mail after a short time in which it can be called back; its text is frozen now.

    `reason` says why it goes although something that the law demands is missing. Raises StaleDraft, IllegalMove.
    """
    notice = ready_to_go(notice_id, version=version, reason=reason, at=at)
    check_move(NOTICE_MOVES, notice.state, NoticeState.SENDING, "notice")
    if not recipient:
        raise IllegalMove(_("Enter the address that takes such requests, or send it by their web form."))
    notice.state, notice.means, notice.recipient = NoticeState.SENDING, Means.MAIL, recipient
    end_requests(notice=notice, why=_("The letter went out."), by=by, at=at)
    notice.version += 1
    notice.save(update_fields=["state", "means", "is_complete", "version", "sealed"])
    outbox.put(
        MAIL,
        case=notice.case,
        audience=Audience.PLATFORM,
        due_at=at + timedelta(seconds=settings.NOTICE_UNDO_SECONDS),
        at=at,
        dedupe_key=f"{MAIL}:{notice.pk}:{notice.version}",
        subject_id=notice.pk,
    )
    record_notice(
        kind=TakedownEvent.NOTICE_QUEUED, notice=notice, by=by, at=at, missing=missing_keys(notice), reason=reason
    )
    return notice


@transaction.atomic
def call_back(*, notice_id: UUID, by: Actor, at: datetime, why: str = "") -> Notice:
    """Stop a mail that has not left; the notice is a draft again. Raises IllegalMove once a worker has it."""
    notice = locked(notice_id)
    check_move(NOTICE_MOVES, notice.state, NoticeState.DRAFT, "notice")
    waiting = Effect.objects.filter(kind=MAIL, subject_id=notice.pk, state=EffectState.NEW)
    if by.kind != ActorKind.SYSTEM and not waiting.update(state=EffectState.CANCELLED, ended_at=at):
        raise IllegalMove(_("It is leaving right now and cannot be called back."))
    notice.state = NoticeState.DRAFT
    notice.version += 1
    notice.save(update_fields=["state", "version"])
    record_notice(kind=TakedownEvent.NOTICE_CALLED_BACK, notice=notice, by=by, at=at, why=why)
    return notice


def ready_to_go(notice_id: UUID, *, version: int, reason: str, at: datetime) -> Notice:
    """The locked notice with its frozen checklist, if everything lets it go out."""
    notice = locked(notice_id)
    refuse_unless_material(notice.case)
    refuse_without_consent(notice.case)
    if notice.version != version:
        raise StaleDraft
    if not notice.is_frozen:
        checked = drafting.check(notice, _facts(notice, at=at))
        if checked.needs_reason and not reason:
            raise IllegalMove(_("Something that the law demands is missing. Add it, or say why you send it anyway."))
        notice.checklist, notice.is_complete = checked.as_rows(), not checked.missing
        notice.reason_incomplete = reason
    return notice


def end_requests(*, notice: Notice, why: str, by: Actor, at: datetime) -> None:
    """Take back what waits for a second person's yes to a letter that changed, went out, or was given up."""
    approval_actions.withdraw_for(kind=ApprovalKind.NOTICE_SEND, subject_id=notice.pk, why=why, by=by, at=at)


def _is_with_a_colleague(notice: Notice) -> bool:
    """Whether a second person was asked about this letter, or agreed to it."""
    asked = Approval.objects.waiting().filter(kind=ApprovalKind.NOTICE_SEND, subject_id=notice.pk)
    return notice.state == NoticeState.READY or asked.exists()


def _rewrite(notice: Notice, *, shown: str, keeps_date: bool, at: datetime) -> None:
    """Write the letter anew, of today; one that a colleague has in hand keeps its date as long as all else is the same.

    `shown` is what they were shown. A date alone is no change: what they agreed to is what goes, on whatever day.
    """
    dated = notice.facts.get("written_on")
    if keeps_date and dated:
        _write(notice, replace(_facts(notice, at=at), written_on=date.fromisoformat(dated)))
        if drafting.shown_as(notice) == shown:
            return
    _write(notice, _facts(notice, at=at))


def _facts(notice: Notice, *, at: datetime) -> LetterFacts:
    urls = drafting.addresses(notice.urls.all())
    written = drafting.has_written_authority(notice.case)
    return drafting.letter_facts(notice, urls, is_authorised=written, on=at.date())


def _write(notice: Notice, facts: LetterFacts) -> None:
    letter = drafting.write(notice, facts)
    notice.subject, notice.text = letter.subject, letter.body
    notice.facts = {
        **notice.facts,
        "written": drafting.fingerprint(letter.subject, letter.body),
        "written_on": facts.written_on.isoformat(),
    }


def missing_keys(notice: Notice) -> list[str]:
    """Return what the frozen checklist of a notice says is missing."""
    return [str(row["key"]) for row in notice.checklist if not row["have"]]


def locked(notice_id: UUID) -> Notice:
    """The notice, after its case row was locked: that lock orders the record."""
    case_actions.lock(Notice.objects.values_list("case_id", flat=True).get(pk=notice_id))
    rows = Notice.objects.select_for_update(of=("self",)).select_related("case", "platform")
    notice: Notice = rows.get(pk=notice_id)
    return notice


def record_notice(*, kind: TakedownEvent, notice: Notice, by: Actor, at: datetime, **body: Any) -> None:
    """Write one event about a notice, with its platform and route. Called by notice actions."""
    plain = {"platform": notice.platform.name, "route": notice.route, **body}
    record(kind, case=notice.case, by=by, at=at, subject=notice, **plain)
