"""The verbs that the fictional cases are told in: each calls the real actions, as a real actor, in the past."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from cases import mailer, outbox
from cases.access import acting_as
from cases.actions import authority, case_task, contact, message, note, reminder
from cases.actor import Actor
from cases.keys import case_key
from cases.models import AskedBy, AuthorityLevel, Case, CaseTask, Channel, Effect, NoteNature, User
from config.demo.people import Person
from config.demo.platforms import PLATFORMS
from evidence.actions import exhibit as exhibit_actions
from evidence.actions.exhibit import Incoming, Statement
from evidence.intake import ClientName, Staging
from evidence.kinds import decide
from evidence.models import AcquisitionMethod, Exhibit
from takedowns.actions import notice as notice_actions
from takedowns.actions import notice_sent, reported_url, url_check
from takedowns.actions.url_check import LEASE, Finding
from takedowns.book import platform_book
from takedowns.effects import ACTOR as NOTICES
from takedowns.models import FoundBy, Notice, ReportedUrl, Route
from takedowns.pasted import read_pasted
from takedowns.rechecks import ACTOR as RECHECK
from takedowns.states import NoticeState
from takedowns.verdicts import Answer


@dataclass(frozen=True)
class Seen:
    """What one look at a link met."""

    answer: Answer
    reason: str
    status: int


UP = Seen(Answer.STILL_UP, "page_answers", 200)
GONE = Seen(Answer.GONE, "http_404", 404)
GONE_410 = Seen(Answer.GONE, "http_410", 410)
SAYS_REMOVED = Seen(Answer.GONE, "says_removed", 200)
LOGIN = Seen(Answer.CANNOT_TELL, "login", 200)
AGE_GATE = Seen(Answer.CANNOT_TELL, "age", 200)
NO_SIGN = Seen(Answer.CANNOT_TELL, "no_sign", 200)
GEO = Seen(Answer.CANNOT_TELL, "geo", 451)


@dataclass
class Story:
    """The staff, the moment of telling, and what the demo site shall answer from now on."""

    now: datetime
    port: int
    staff: dict[Person, User]
    site: dict[tuple[str, str], str] = field(default_factory=dict)

    def on(self, days: int, clock: str) -> datetime:
        """Return a time of day (UTC) some days ago; two days or more, so that it is always past."""
        day = self.now.date() - timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=self.now.tzinfo)

    def ago(self, hours: float) -> datetime:
        """Return the moment some hours ago."""
        return self.now - timedelta(hours=hours)

    def link(self, site: str, name: str, answers: str = "") -> str:
        """Return the address of a link on the demo site; `answers` is what it answers from now on, if not its usual."""
        path = f"/{PLATFORMS[f'{site}.localhost'].letter}/{name}"
        if answers:
            self.site[site, path] = answers
        return f"http://{site}.localhost:{self.port}{path}"

    def call(self, who: Person, alias: str, at: datetime, **answers: Any) -> Case:
        """Open a case from a call of twenty minutes."""
        user = self.staff[who]
        given = {"source": "phone", "safe_now": "yes", "call_back": "no", "about": "me", "minutes": 20, **answers}
        with acting_as(Actor.user(user)) as by:
            taken = contact.start(taken_by=user, alias=alias, at=at)
            end = at + timedelta(minutes=20)
            return contact.become_case(
                contact_id=taken.pk, answers=given, version=taken.version, owner=user, by=by, at=end
            )

    def add_links(self, case: Case, who: Person, at: datetime, *addresses: str) -> None:
        """Have a caseworker paste links."""
        with acting_as(Actor.user(self.staff[who])) as by:
            items = read_pasted("\n".join(addresses), platform_book()).items
            reported_url.add(case_id=case.pk, items=items, found_by=FoundBy.STAFF, by=by, at=at)

    def show_to_client(self, case: Case, who: Person, at: datetime, address: str) -> None:
        """Have a caseworker hear the code word and let the client see a link that staff found."""
        with acting_as(Actor.user(self.staff[who])) as by:
            if not authority.may_see_list(case):
                authority.check(
                    case_id=case.pk,
                    asked_by=AskedBy.CLIENT,
                    level=AuthorityLevel.CODE_WORD,
                    remark="",
                    by=by,
                    at=at,
                )
            reported_url.release(url_id=self._ids(case, [address])[address], by=by, at=at)

    def done(self, case: Case, who: Person, kind: str, at: datetime) -> None:
        """Have a caseworker do the open task of a kind."""
        with acting_as(Actor.user(self.staff[who])) as by:
            task = CaseTask.objects.open().get(case=case, kind=kind)
            case_task.finish(task_id=task.pk, by=by, at=at)

    def write(self, case: Case, who: Person, at: datetime, text: str) -> None:
        """Have a caseworker write on the client's page."""
        with acting_as(Actor.user(self.staff[who])) as by:
            message.send(case_id=case.pk, channel=Channel.PAGE, text=text, by=by, at=at)

    def note(self, case: Case, who: Person, at: datetime, text: str, nature: NoteNature = NoteNature.FACT) -> None:
        """Have a caseworker write a note."""
        user = self.staff[who]
        with acting_as(Actor.user(user)) as by:
            note.write(case_id=case.pk, nature=nature, text=text, author=user, by=by, at=at)

    def remind(self, case: Case, at: datetime) -> None:
        """Remind of every task that is late at a time."""
        with acting_as(Actor.system("reminders")) as by:
            for task_id in CaseTask.objects.to_remind(at=at).filter(case=case).values_list("pk", flat=True):
                reminder.remind(task_id=task_id, by=by, at=at)

    def keep(
        self,
        case: Case,
        who: Person,
        at: datetime,
        name: str,
        data: bytes,
        description: str,
        *,
        method: AcquisitionMethod = AcquisitionMethod.HANDED_OVER,
        source: str = "The client",
        found_at: datetime | None = None,
    ) -> Exhibit:
        """Take a file in as evidence: sealed while it is read, its kind decided by its bytes, stored in the vault."""
        user = self.staff[who]
        with acting_as(Actor.user(user)):
            key = case_key(case.pk)
        with Staging(settings.STAGING_DIR, key, case.pk, limit=settings.MAX_UPLOAD) as staging:
            staging.write(data)
            staged = staging.finish()
        finding = decide(staged.head, tail=staged.tail, is_text=staged.is_text, name=name, claimed_type="")
        return exhibit_actions.take_in(
            case_id=case.pk,
            incoming=Incoming(staged=staged, name=ClientName.of(name), finding=finding),
            statement=Statement(description=description, method=method, source=source, discovered_at=found_at),
            producer=exhibit_actions.initials(user.name),
            by=Actor.user(user),
            at=at,
        ).exhibit

    def look(self, case: Case, at: datetime, seen: dict[str, Seen]) -> None:
        """Record looks at links of a case as the recorder does; `seen` is by address."""
        token = uuid4()
        with acting_as(RECHECK):
            ids = self._ids(case, list(seen))
            rows = ReportedUrl.objects.filter(pk__in=list(ids.values()))
            rows.update(check_token=token, check_claimed_until=at + LEASE)
            findings = [
                Finding(
                    url_id=ids[address],
                    case_id=case.pk,
                    at=at,
                    answer=what.answer,
                    reason=what.reason,
                    status=what.status,
                    milliseconds=180 + 37 * number,
                    body_sha256=sha256(f"{address} {what.reason}".encode()).hexdigest(),
                )
                for number, (address, what) in enumerate(seen.items())
            ]
            url_check.record_findings(token=token, findings=findings, by=RECHECK, at=at)

    def _ids(self, case: Case, addresses: Sequence[str]) -> dict[str, UUID]:
        held = {url.address: url.pk for url in ReportedUrl.objects.filter(case=case)}
        return {address: held[address] for address in addresses}

    def draft(
        self, case: Case, who: Person, at: datetime, addresses: Sequence[str], route: Route, *, description: str
    ) -> Notice:
        """Have a caseworker write a notice and tick what the client has said."""
        with acting_as(Actor.user(self.staff[who])) as by:
            ids = list(self._ids(case, addresses).values())
            made = notice_actions.draft(case_id=case.pk, url_ids=ids, route=route, by=by, at=at)
            return notice_actions.save_draft(
                notice_id=made.pk,
                version=made.version,
                subject=made.subject,
                text=made.text,
                recipient=made.recipient,
                facts={"states_no_consent": True, "description": description},
                rewrite=True,
                by=by,
                at=at + timedelta(minutes=4),
            )

    def send_by_form(self, notice: Notice, who: Person, at: datetime, ticket: str) -> None:
        """Have a caseworker copy a notice into the platform's own form and keep the ticket."""
        with acting_as(Actor.user(self.staff[who])) as by:
            notice_sent.sent_by_form(
                notice_id=notice.pk,
                version=notice.version,
                ticket=ticket,
                reason="",
                sent_at=at,
                by=by,
                at=at + timedelta(minutes=2),
            )

    def send_by_mail(self, notice: Notice, who: Person, at: datetime) -> None:
        """Have a notice leave by mail at a time that is past: queued, claimed, kept as it went, not delivered again."""
        with acting_as(Actor.user(self.staff[who])) as by:
            queued = notice_actions.queue_mail(
                notice_id=notice.pk, version=notice.version, recipient=notice.recipient, reason="", by=by, at=at
            )
            to, subject, text = queued.recipient, queued.subject, queued.text
            mark, answers_to = queued.message_id, queued.reply_address
        left = at + timedelta(seconds=settings.NOTICE_UNDO_SECONDS + 20)
        mail = mailer.compose(
            sender=settings.MAIL_FROM, to=to, subject=subject, text=text, message_id=mark, reply_to=answers_to, at=left
        )
        with acting_as(NOTICES):
            effect = Effect.objects.get(kind=notice_actions.MAIL, subject_id=notice.pk)
            claimed = outbox.claim(effect.pk, at=left)
            assert claimed is not None
            notice_sent.mail_left(notice_id=notice.pk, raw=mail.as_bytes().decode(), by=NOTICES, at=left)
            outbox.finish(claimed, at=left)

    def answered(
        self, notice: Notice, who: Person, at: datetime, answer: NoticeState, words: str, ticket: str = ""
    ) -> None:
        """Have a caseworker record what a platform answered."""
        with acting_as(Actor.user(self.staff[who])) as by:
            notice_sent.record_answer(
                notice_id=notice.pk,
                answer=answer,
                note=words,
                ticket=ticket,
                by=by,
                at=at + timedelta(minutes=5),
                answered_at=at,
            )
