"""What was typed in confidence is looked for everywhere else: logs, queue, dump, storage, mail, processes, files.

Not looked for, because they are no client's: the names and work addresses of staff. Letters to platforms hold the links
that they are about, and what the letter says; nothing else may stand in them.
"""

import base64
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from psycopg import sql

from cases.access import acting_as
from cases.actions import message as message_actions
from cases.actor import Actor
from cases.models import Audience, Case, Channel, Event, SafeContact
from cases.permissions import Role
from cases.sealed import SealedText
from takedowns.actions import notice as notice_actions
from tests.architecture.code import APPS
from tests.architecture.row_security import PLAIN
from tests.conftest import end_other_sessions, logged_in_as
from tests.factories.anything import make_anything
from tests.factories.browsers import signed_in
from tests.factories.cases import make_case, make_staff
from tests.factories.committed import committed
from tests.factories.evidence import ask_for_bundle, make_exhibit, picture
from tests.factories.portal import PIN, make_invited
from tests.factories.takedowns import make_consent, make_links
from tests.journeys.stack import RunningStack, running
from tests.journeys.visitor import Canaries, Visitor, pages_from, posting_forms

pytestmark = [pytest.mark.journey]

ENDINGS = ("/answer", "/withdraw", "/close", "/age", "/end", "/owner", "/bar", "/erase", "/leave", "/conflict")
"""Forms that would end the case, or the way to it, before everything went through it."""
REASONS = "a platform is asked about this link"


@dataclass
class Lived:
    """A stack through which everything went, and what was typed on the way."""

    stack: RunningStack
    canaries: Canaries
    letters: Canaries
    commands: list[bytes]
    case: Case
    staff: Visitor
    accepted: list[str]


def seal_everywhere(canaries: Canaries, case: Case) -> None:
    """Put a canary into every sealed text of every model, also of one that nobody has thought of yet."""
    for model in apps.get_models():
        if model._meta.app_label not in APPS or model is Event or model._meta.db_table in PLAIN:
            continue
        texts = [name for name, value in vars(model).items() if isinstance(value, SealedText)]
        if texts:
            row = make_anything(model, case=case)
            _write(model, row, {name: canaries.new(f"{model.__name__}.{name}") for name in texts})


def _write(model: type[models.Model], row: models.Model, values: dict[str, str]) -> None:
    with logged_in_as("owner"), acting_as(Actor.system("test")):
        fresh = model._base_manager.get(pk=row.pk)
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.close_seal()
    # Some rows are never changed by anybody: their guards stand aside for whoever plants canaries.
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        cluster.execute("set session_replication_role = replica")
        table = sql.Identifier(model._meta.db_table)
        changed = cluster.execute(
            sql.SQL("update {} set sealed = %s where id = %s").format(table), [bytes(fresh.sealed), fresh.pk]
        )
        assert changed.rowcount == 1


def prepare(canaries: Canaries, letters: Canaries, site: str) -> tuple[Case, str, Any]:
    """Make a case with a letter to send, a mail to the client, a packet to build, and a link to look at."""
    staff = make_staff(roles=[Role.CASEWORKER, Role.SUPERVISOR], name="Amira K.")
    seen = make_invited(case=make_case(owner=staff))
    case, actor, now = seen.case, Actor.user(staff), timezone.now()
    link = letters.new(REASONS)
    urls = make_links(case, f"{site}/v/{link}", at=now)
    make_consent(case)
    make_exhibit(
        case, picture(), name=f"{canaries.new('file name')}.png", description=canaries.new("description"), at=now
    )
    ask_for_bundle(case, at=now)
    with acting_as(actor):
        rule = SafeContact.make(
            case=case,
            channel=Channel.EMAIL,
            is_allowed=True,
            said_at=now,
            confirmed_at=now,
            address="her-own@mail.example",
            code_word=canaries.new("code word"),
        )
        rule.save()
        message_actions.send(case_id=case.pk, channel=Channel.EMAIL, text=canaries.new("message"), by=actor, at=now)
        notice = notice_actions.draft(
            case_id=case.pk, url_ids=[url.pk for url in urls], route="policy", by=actor, at=now
        )
        notice_actions.queue_mail(
            notice_id=notice.pk,
            version=notice.version,
            recipient="abuse@vidnest.localhost",
            reason=canaries.new("reason"),
            by=actor,
            at=now,
        )
    return case, seen.token, staff


def use_portal(stack: RunningStack, token: str, canaries: Canaries, site: str) -> None:
    """Walk a client through their pages over real connections."""
    her = Visitor(stack.port, f"portal.localhost:{stack.port}")
    walk: list[tuple[str, dict[str, Any]]] = [
        (f"/i/{token}", {}),
        ("/a/1", {"idle": "1200"}),
        ("/b/1", {"may": "no"}),
        ("/c", {"pin": PIN, "again": PIN}),
        ("/d/1", {"about": "me", "name": canaries.new("client's name"), "country": "GB"}),
        ("/d/2", {"answer": "adult"}),
        ("/d/3", {"kinds": ["shared"], "threat_now": "no", "text": canaries.new("what happened")}),
        ("/e", {"links": f"{site}/v/{canaries.new('her link')}"}),
        ("/d/5", {"powers": ["ask_sites"], "signed_name": canaries.new("signature")}),
        ("/d/6", {}),
        ("/m", {"text": canaries.new("her message")}),
    ]
    for path, typed in walk:
        answer = her.press(path, **typed)
        assert answer.status in (302, 303), (path, answer.status, answer.body[-3000:])
    assert her.get(f"/{canaries.new('an address that is not there')}?q={canaries.new('its query')}").status == 404


def use_staff_pages(staff: Visitor, case: Case, canaries: Canaries, site: str) -> list[str]:
    """Send every form of a case's pages and of the house with a canary in every field; return those that were taken."""
    starts = [f"/cases/{case.reference}/", "/contacts/new", "/look-up", "/emergency", "/register/new", "/search"]
    accepted: list[str] = []
    tried: set[str] = set()
    for page in pages_from(staff, starts, wanted=rf"/cases/{case.reference}/|/contacts/|/register"):
        for form in posting_forms(staff, page):
            if form.path.endswith(ENDINGS) or form.path in tried:
                continue
            tried.add(form.path)
            given = staff.fill(page, form, canaries, links=site)
            assert given.status < 500, (form.path, given.status)
            accepted += [form.path] if 300 <= given.status < 400 else []
    for path in ("/search?q=", "/cases?q=", "/nothing?token=", "/share/", "/join/"):
        staff.get(path + canaries.new(path))
    name, words = f"{canaries.new('uploaded file')}.png", canaries.new("its description")
    statement = {"description": words, "method": "handed_over", "source": canaries.new("its source")}
    page = f"/cases/{case.reference}/evidence"
    content = picture() + canaries.new("inside a file").encode()
    sent = staff.press(page, to=f"{page}/add", files={"chosen": (name, content)}, **statement)
    assert sent.status < 500
    return [*accepted, *([f"{page}/add"] if sent.status == 302 else [])]


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Everything that people and the worker do, once."""
    data, canaries, letters = tmp_path_factory.mktemp("canary"), Canaries(), Canaries()
    with committed(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": data / "vault"}}
        patch.setattr(settings, "STORAGES", {**settings.STORAGES, "vault": place})
        patch.setattr(settings, "STAGING_DIR", data / "staging")
        case, token, person = prepare(canaries, letters, "http://vidnest.localhost:8100")
        seal_everywhere(canaries, make_case())
        cookie = signed_in(person).cookies[settings.SESSION_COOKIE_NAMES["staff"]].value
        connection.close()
        template = str(connection.settings_dict["NAME"])
        end_other_sessions(template)
        with running(template, data) as stack:
            commands, stop = listen(stack.environment["REDIS_URL"])
            staff = Visitor(stack.port, f"localhost:{stack.port}", {settings.SESSION_COOKIE_NAMES["staff"]: cookie})
            use_portal(stack, token, canaries, stack.demo.url("vidnest"))
            accepted = use_staff_pages(staff, case, canaries, stack.demo.url("vidnest"))
            wait_for_the_worker(stack)
            yield Lived(stack, canaries, letters, commands, case, staff, accepted)
            stop.set()


def listen(url: str) -> tuple[list[bytes], threading.Event]:
    """Write down every command that reaches the queue from now on: the arguments of every task are among them."""
    parts, heard, stop = urlsplit(url), [], threading.Event()
    line = redis.Connection if parts.hostname else redis.UnixDomainSocketConnection
    where = {"host": parts.hostname, "port": parts.port} if parts.hostname else {"path": unquote(parts.path)}
    connected = line(**where, socket_timeout=1)
    connected.connect()
    connected.send_command("MONITOR")

    def hear() -> None:
        while not stop.is_set():
            try:
                told = connected.read_response(disable_decoding=True)
            except redis.TimeoutError:
                continue
            except (redis.RedisError, OSError):
                return
            heard.append(told if isinstance(told, bytes) else str(told).encode())

    threading.Thread(target=hear, daemon=True).start()
    return heard, stop


def wait_for_the_worker(stack: RunningStack) -> None:
    """Wait until letters, mails and the packet are done."""
    end = time.monotonic() + 60
    waiting = "select count(*) from cases_effect where state in ('new', 'claimed') and due_at <= now()"
    building = "select count(*) from evidence_bundle where state not in ('sealed', 'failed')"
    while stack.sql(waiting)[0][0] or stack.sql(building)[0][0] or not stack.demo.mails():
        assert time.monotonic() < end, "letters, mails and the packet are not done after a minute"
        time.sleep(0.3)


def forms(text: str) -> list[bytes]:
    """Return how a text may look: plain, as hex, in base64 at each of its three places, and in two-byte letters."""
    raw = text.encode()
    shifted = [base64.b64encode(b"\0" * place + raw)[place + 2 : -4] for place in range(3)]
    return [raw, raw.hex().encode(), text.encode("utf-16-le"), *shifted]


def found_in(content: bytes, canaries: Canaries) -> list[str]:
    """Return what can be read in some bytes."""
    return sorted({what for text, what in canaries.made.items() if any(form in content for form in forms(text))})


def files_below(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


def test_everything_went_its_way(lived):
    """Proves that the search below searches something: pages show what was typed, mail left, a packet was built."""
    assert len(lived.canaries.made) > 80
    assert len(lived.accepted) >= 6, lived.accepted
    shown = b"".join(
        lived.staff.get(f"/cases/{lived.case.reference}/{page}").body for page in ("", "client", "timeline")
    )
    assert found_in(shown, lived.canaries), lived.accepted
    assert found_in(b"".join(forms(next(iter(lived.canaries.made)))), lived.canaries)
    assert [mail for mail in lived.stack.demo.mails() if "vidnest" in str(mail)]
    assert lived.stack.sql("select count(*) from evidence_bundle where state = 'sealed'")[0][0]
    assert any(b"sweep" in command for command in lived.commands)


def test_no_log_can_be_read(lived):
    folder = Path(lived.stack.environment["RECOURSE_DATA"])
    for name in ("web", "worker", "beat"):
        log = (folder / f"{name}.log").read_bytes()
        assert found_in(log, lived.canaries) == [], name
        assert found_in(log, lived.letters) == [], name


def test_neither_the_queue_nor_an_argument_of_a_task_can_be_read(lived):
    assert found_in(b"\n".join(lived.commands), lived.canaries) == []
    assert found_in(b"\n".join(lived.commands), lived.letters) == []
    parts = urlsplit(lived.stack.environment["REDIS_URL"])
    number = int(parts.query.rpartition("=")[2])
    queue = redis.Redis(unix_socket_path=unquote(parts.path), db=number)
    kept = b"\n".join([key + b" " + (queue.dump(key) or b"") for key in queue.scan_iter()])
    assert found_in(kept, lived.canaries) == []


def test_nothing_in_a_dump_of_the_database_can_be_read(lived):
    name = urlsplit(lived.stack.environment["DATABASE_URL"]).path.strip("/")
    wrong = {}
    with psycopg.connect(os.environ["RECOURSE_CLUSTER_URL"], dbname=name) as cluster:
        tables = cluster.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        for (table,) in tables.fetchall():
            with cluster.cursor().copy(f'copy "{table}" to stdout (format binary)') as pieces:  # type: ignore[arg-type]
                found = found_in(b"".join(bytes(piece) for piece in pieces), lived.canaries)
            wrong |= {table: found} if found else {}
    assert wrong == {}


def test_no_stored_file_and_no_file_beside_it_can_be_read(lived):
    folder = Path(lived.stack.environment["RECOURSE_DATA"])
    wrong = {}
    for path in files_below(folder):
        if folder / "demo" in path.parents:
            continue  # the outside world
        found = [*found_in(path.read_bytes(), lived.canaries), *found_in(str(path).encode(), lived.canaries)]
        wrong |= {str(path): found} if found else {}
    assert wrong == {}
    assert any(path.stat().st_size for path in files_below(folder / "vault"))


def test_mail_says_nothing_but_what_a_letter_is_about(lived):
    sent = [lived.stack.demo.received(mail).as_bytes() for mail in lived.stack.demo.mails()]
    assert sent
    for letter in sent:
        assert found_in(letter, lived.canaries) == []
        if found_in(letter, lived.letters):
            assert b"vidnest.localhost" in letter.split(b"\n\n", 1)[0], "only the platform is told of the link"
    assert Audience.CLIENT


def test_no_process_carries_it_in_its_command_line_or_environment(lived):
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                content = (place / name).read_bytes()
            except OSError:
                continue
            assert found_in(content, lived.canaries) == [], place
