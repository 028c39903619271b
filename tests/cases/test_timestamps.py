"""Time stamps: asked from the authority that is set, kept as they came, and good only when everything fits."""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from django.utils import timezone

from cases import timestamps
from cases.access import acting_as
from cases.actions import stamp as stamp_actions
from cases.actions.anchor import make_anchors
from cases.actor import Actor
from cases.models import Anchor, AnchorStamp, Effect, Event
from cases.states import EffectState
from cases.tasks import do_effect
from tests.factories.cases import make_case
from tests.factories.tsa import Authority, answering

MESSAGE = b"what is stamped"
ACTOR = Actor.system("anchor")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with answering(Authority(tmp_path_factory.mktemp("tsa"))) as authority:
        yield authority


@pytest.fixture
def authority(made: Authority, settings) -> Authority:
    made.behaviour = "good"
    made.asked = 0
    settings.TSA_URLS = (made.url,)
    settings.TSA_ROOTS = made.roots
    settings.TSA_LOOPBACK = frozenset({made.pair})
    return made


def ours() -> timestamps.Authority:
    return timestamps.authorities()[0]


def trusted(authority: Authority) -> tuple[x509.Certificate, ...]:
    return timestamps.roots(authority.roots)


def read(authority: Authority, reply: bytes, query: timestamps.Query, **changed) -> datetime:
    words = {"message": MESSAGE, "nonce": query.nonce, "query": query.der, "trusted": trusted(authority), **changed}
    return timestamps.read(reply, **words)


def test_a_stamp_of_the_right_message_tells_the_authoritys_time(authority):
    query = timestamps.make_query(MESSAGE)
    reply = timestamps.fetch(ours(), query)
    assert abs(read(authority, reply, query) - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_question_holds_the_hash_and_not_the_message(authority):
    assert MESSAGE not in timestamps.make_query(MESSAGE).der
    assert timestamps.make_query(MESSAGE).nonce != timestamps.make_query(MESSAGE).nonce


def test_a_stamp_of_another_message_is_refused(authority):
    query = timestamps.make_query(MESSAGE)
    with pytest.raises(timestamps.BadStamp, match="messages"):
        read(authority, authority.reply(query.der), query, message=b"another")


def test_a_stamp_that_answers_another_question_is_refused(authority):
    query = timestamps.make_query(MESSAGE)
    with pytest.raises(timestamps.BadStamp, match="Nonce"):
        read(authority, authority.reply(query.der), query, nonce=query.nonce + 1)


def test_a_stamp_under_a_root_that_is_not_trusted_is_refused(authority, tmp_path):
    query = timestamps.make_query(MESSAGE)
    stranger = trusted(Authority(tmp_path / "stranger"))
    with pytest.raises(timestamps.BadStamp):
        read(authority, authority.reply(query.der), query, trusted=stranger)


def test_a_stamp_is_not_good_without_any_root(authority):
    query = timestamps.make_query(MESSAGE)
    with pytest.raises(timestamps.BadStamp, match="root"):
        read(authority, authority.reply(query.der), query, trusted=())


def test_a_stamp_of_a_signer_whose_time_was_over_is_refused(tmp_path):
    past = Authority(tmp_path / "past", signer_days=-1)
    query = timestamps.make_query(MESSAGE)
    with pytest.raises(timestamps.BadStamp):
        read(past, past.reply(query.der), query)


def test_a_stamp_with_any_signed_byte_changed_is_refused(authority):
    query = timestamps.make_query(MESSAGE)
    reply = authority.reply(query.der)
    about = reply.index(sha256(MESSAGE).digest())
    of_the_time = reply.index(datetime.now(UTC).strftime("%Y%m%d").encode())
    signature = range(len(reply) - 20, len(reply))
    for place in (*range(about, about + 32), *range(of_the_time, of_the_time + 15), *signature):
        forged = bytearray(reply)
        forged[place] ^= 1
        with pytest.raises(timestamps.BadStamp):
            read(authority, bytes(forged), query)


def test_a_reply_that_is_cut_or_garbage_is_refused(authority):
    query = timestamps.make_query(MESSAGE)
    whole = authority.reply(query.der)
    for reply in (b"", b"\x30", whole[:-1], whole[: len(whole) // 2], b"garbage" * 50):
        with pytest.raises(timestamps.BadStamp):
            read(authority, reply, query)


def chained(tmp_path: Path) -> tuple[Authority, timestamps.Query, bytes]:
    """An authority that sends its root along, in the order that the strict parser refuses."""
    for attempt in range(20):
        sends_root = Authority(tmp_path / f"chained{attempt}", with_root_in_reply=True)
        query = timestamps.make_query(MESSAGE)
        reply = sends_root.reply(query.der)
        try:
            timestamps.rfc3161.decode_timestamp_response(reply)
        except ValueError:
            return sends_root, query, reply
    raise AssertionError("no reply in the order that is refused")


def test_a_reply_that_the_strict_parser_refuses_is_read_with_openssl(tmp_path):
    sends_root, query, reply = chained(tmp_path)
    assert abs(read(sends_root, reply, query) - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_second_reading_is_as_strict_as_the_first(tmp_path):
    sends_root, query, reply = chained(tmp_path)
    other = timestamps.make_query(MESSAGE)
    for changed in (
        {"message": b"another"},
        {"query": other.der},
        {"trusted": trusted(Authority(tmp_path / "stranger"))},
    ):
        words = {"message": MESSAGE, "nonce": query.nonce, "query": query.der, "trusted": trusted(sends_root)}
        with pytest.raises(timestamps.BadStamp, match="second check"):
            timestamps.read(reply, **{**words, **changed})


def test_without_openssl_such_a_reply_is_refused_and_not_taken(tmp_path, monkeypatch):
    sends_root, query, reply = chained(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(timestamps.BadStamp, match="cannot be read"):
        read(sends_root, reply, query)


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("a page", "not a time-stamp reply"),
        ("elsewhere", "status 302"),
        ("broken", "status 500"),
        ("too much", "too large"),
    ],
)
def test_what_is_not_a_reply_is_not_taken(authority, behaviour, words):
    authority.behaviour = behaviour
    with pytest.raises(timestamps.NoReply, match=words):
        timestamps.fetch(ours(), timestamps.make_query(MESSAGE))
    assert authority.asked == 1


def test_an_authority_that_says_nothing_is_given_up(authority, monkeypatch):
    monkeypatch.setattr(timestamps, "CONNECT_SECONDS", 0.2)
    authority.behaviour = "slow"
    with pytest.raises(timestamps.NoReply, match="broken off"):
        timestamps.fetch(ours(), timestamps.make_query(MESSAGE))


def test_a_reply_that_comes_drop_by_drop_is_cut_off(authority, monkeypatch):
    monkeypatch.setattr(timestamps, "TOTAL_SECONDS", 0.4)
    authority.behaviour = "drops"
    began = timezone.now()
    with pytest.raises(timestamps.NoReply):
        timestamps.fetch(ours(), timestamps.make_query(MESSAGE))
    assert timezone.now() - began < timedelta(seconds=5)


def test_nobody_listening_is_no_reply(authority, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.TSA_LOOPBACK = frozenset({("tsa.localhost", port)})
    with pytest.raises(timestamps.NoReply, match="no connection"):
        timestamps.fetch(timestamps.Authority("x", f"http://tsa.localhost:{port}/"), timestamps.make_query(MESSAGE))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/stamp", "http://localhost:{port}/stamp", "http://tsa.localhost:1/", "http://10.0.0.1/"],
)
def test_an_address_inside_is_not_reached(authority, url):
    with pytest.raises(timestamps.NoReply, match="address refused"):
        timestamps.fetch(timestamps.Authority("x", url.format(port=authority.port)), timestamps.make_query(MESSAGE))
    assert authority.asked == 0


def test_a_public_name_that_leads_inside_is_not_reached(authority, monkeypatch):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", authority.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    turned = timestamps.Authority("x", f"http://stamps.casework.org:{authority.port}/stamp")
    with pytest.raises(timestamps.NoReply, match="ip_not_public"):
        timestamps.fetch(turned, timestamps.make_query(MESSAGE))
    assert authority.asked == 0


def test_loopback_is_open_in_tests_only(settings):
    from config.settings import base

    assert frozenset() == base.TSA_LOOPBACK


def anchored() -> Anchor:
    make_case()
    with acting_as(ACTOR):
        (anchor,) = make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=1, minutes=10))
        stamp_actions.ask(by=ACTOR, at=timezone.now())
    return anchor


def do_all() -> None:
    for effect in list(Effect.objects.filter(kind=stamp_actions.KIND, state=EffectState.NEW)):
        do_effect(str(effect.pk))


def test_an_anchor_is_stamped_by_the_worker_and_the_record_tells(authority, as_worker):
    anchor = anchored()
    do_all()
    stamp = AnchorStamp.objects.get()
    assert stamp.anchor == anchor
    assert stamp.stamped_at is not None
    assert Effect.objects.get(kind=stamp_actions.KIND).state == EffectState.DONE
    with acting_as(ACTOR):
        event = Event.objects.get(kind="cases.anchor_stamped")
        assert event.body["day"] == str(anchor.day)


def test_a_stamp_can_be_checked_without_recourse(authority, as_worker, tmp_path):
    import subprocess

    anchor = anchored()
    do_all()
    (tmp_path / "reply").write_bytes(bytes(AnchorStamp.objects.get().reply))
    digest = bytes(anchor.hash).hex()
    root = str(authority.roots / "root.pem")
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-in", "reply", "-digest", digest, "-CAfile", root],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert b"Verification: OK" in done.stdout


def test_every_authority_stamps_every_anchor_once(authority, as_worker, settings, tmp_path):
    with answering(Authority(tmp_path / "second")) as second:
        both = tmp_path / "both"
        both.mkdir()
        for one in (authority, second):
            shutil.copy(one.roots / "root.pem", both / f"{one.port}.pem")
        settings.TSA_URLS = (authority.url, second.url)
        settings.TSA_ROOTS = both
        settings.TSA_LOOPBACK = frozenset({authority.pair, second.pair})
        anchored()
        do_all()
        with acting_as(ACTOR):
            assert stamp_actions.ask(by=ACTOR, at=timezone.now()) == 0
    assert AnchorStamp.objects.good().count() == 2


@pytest.mark.parametrize("behaviour", ["a page", "elsewhere", "broken", "too much", "garbage", "another question"])
def test_a_stamp_that_failed_is_tried_again_and_seen_meanwhile(authority, as_worker, behaviour):
    (authority.folder / "other").write_bytes(timestamps.make_query(b"another").der)
    anchor = anchored()
    authority.behaviour = behaviour
    do_all()
    effect = Effect.objects.get(kind=stamp_actions.KIND)
    assert effect.state == EffectState.NEW
    assert effect.due_at > timezone.now()
    assert effect.error
    assert not AnchorStamp.objects.good().exists()
    authority.behaviour = "good"
    Effect.objects.update(due_at=timezone.now())
    do_all()
    assert AnchorStamp.objects.good().get().anchor == anchor


def test_a_reply_is_kept_as_it_came_before_it_is_judged(authority, as_worker):
    anchored()
    authority.behaviour = "garbage"
    do_all()
    kept = AnchorStamp.objects.get()
    assert bytes(kept.reply).endswith(b"this is no reply")
    assert kept.error == "it cannot be read"
    with acting_as(ACTOR):
        assert Event.objects.get(kind="cases.stamp_refused").body["error"] == "it cannot be read"


def test_a_stamp_whose_time_is_not_ours_is_refused(authority, as_worker, monkeypatch):
    from cases import anchor_effects

    anchored()
    monkeypatch.setattr(anchor_effects, "CLOCKS_DIFFER", timedelta(seconds=-1))
    do_all()
    assert AnchorStamp.objects.get().error == "its time does not fit ours"


def test_what_failed_for_good_today_is_asked_again_tomorrow(authority, as_worker):
    anchored()
    Effect.objects.update(state=EffectState.FAILED)
    with acting_as(ACTOR):
        stamp_actions.ask(by=ACTOR, at=timezone.now())
        assert not Effect.objects.filter(state=EffectState.NEW).exists()
        stamp_actions.ask(by=ACTOR, at=timezone.now() + timedelta(days=1))
    assert Effect.objects.filter(kind=stamp_actions.KIND, state=EffectState.NEW).count() == 1


def test_an_anchor_that_is_stamped_is_not_asked_about_again(authority, as_worker):
    anchored()
    do_all()
    first = Effect.objects.get(kind=stamp_actions.KIND)
    Effect.objects.filter(pk=first.pk).update(state=EffectState.NEW, due_at=timezone.now())
    do_all()
    assert authority.asked == 1
    assert Effect.objects.get(pk=first.pk).state == EffectState.DONE
    assert AnchorStamp.objects.count() == 1


def test_an_authority_that_was_away_for_a_week_is_asked_about_the_newest_anchor_only(authority, as_worker):
    make_case()
    with acting_as(ACTOR):
        made = make_anchors(by=ACTOR, at=timezone.now() + timedelta(days=7, minutes=10))
        assert stamp_actions.ask(by=ACTOR, at=timezone.now()) == 1
    assert Effect.objects.get(kind=stamp_actions.KIND).subject_id == made[-1].pk


def test_an_authority_that_is_no_longer_set_is_not_asked(authority, as_worker, settings):
    anchored()
    settings.TSA_URLS = ()
    do_all()
    assert authority.asked == 0
    assert Effect.objects.get(kind=stamp_actions.KIND).state == EffectState.CANCELLED
