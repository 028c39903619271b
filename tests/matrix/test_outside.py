"""Clients and recipients: every address of the portal and of shares, for who came in and for everybody else."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actor import Actor
from cases.models import Door as DoorToken
from cases.models import Membership, User
from cases.permissions import Role
from cases.sessions import OPENED_DOOR, SessionStore
from evidence.actions import share as share_actions
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_client
from tests.factories.evidence import give_consent, make_sealed_bundle
from tests.matrix.routes import addresses, filled, made_up
from tests.matrix.test_idor_matrix import STAFF, Visit, wrong_with
from tests.matrix.world import Relation

pytestmark = pytest.mark.django_db
GUARDED = [address for address in addresses() if address.urlconf == "portal_urls" and address.permission]
OF_SHARES = [address for address in addresses() if address.is_share]
DOOR = "/"


def holding(key: str, host: str) -> Client:
    """Return a browser that shows one key under every cookie name of ours."""
    browser = Client(HTTP_HOST=host)
    for name in settings.SESSION_COOKIE_NAMES.values():
        browser.cookies[name] = key
    return browser


def key_of(browser: Client, door: str) -> str:
    return str(browser.cookies[settings.SESSION_COOKIE_NAMES[door]].value)


def strangers(world) -> dict[str, Client]:
    """Return everybody who has no business at the portal."""
    ended, gone = make_client(), make_client()
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    before = signed_in(ended, door="portal")
    User.objects.filter(pk=ended.pk).update(is_active=False)
    staff = world.browsers[Role.SUPERVISOR]
    return {
        "nobody": anyone("portal"),
        "staff": holding(key_of(staff, "staff"), settings.PORTAL_HOST),
        "staff with a session of the portal": signed_in(world.people[Role.SUPERVISOR], door="portal"),
        "a client whose access ended": before,
        "a client who was closed": signed_in(gone, door="portal"),
    }


@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.route)
def test_the_portal_answers_who_came_in_by_its_door_and_nobody_else(world, address):
    path = made_up(address, world, Relation.OWN)
    wrong = []
    for name, browser in strangers(world).items():
        for method in address.methods:
            visit = Visit(browser, method, path)
            led_out = visit.location.split("?")[0] == DOOR or visit.status in (404, 405)
            wrong += [] if led_out and not visit.acted else [f"{name} {method}: {visit}"]
    her = signed_in(world.client, door="portal")
    for method in address.methods:
        visit = Visit(her, method, path)
        wrong += [f"she {method}: {visit}"] if visit.status >= 500 or visit.location == DOOR else []
    assert wrong == []


@pytest.mark.parametrize("address", STAFF, ids=lambda address: address.route or "home")
def test_a_client_reaches_no_page_of_the_staff_with_any_session(world, address):
    path = filled(address, world, Relation.OWN)
    hers = key_of(signed_in(world.client, door="portal"), "portal")
    browsers = {"portal key": holding(hers, settings.STAFF_HOST), "staff door": signed_in(world.client, door="staff")}
    found = {
        f"{name} {method}": wrong_with(Visit(browser, method, path), False)
        for name, browser in browsers.items()
        for method in address.methods
    }
    assert {name: said for name, said in found.items() if said} == {}


def test_a_client_sees_rows_of_their_own_case_only(world):
    from cases.models import Case, Message, SafeContact

    with acting_as(Actor.client(world.client)):
        mine = {world.cases[Relation.OWN].pk}
        assert set(Case.objects.values_list("pk", flat=True)) == mine
        for model in (Message, SafeContact):
            assert set(model.objects.values_list("case_id", flat=True)) <= mine
        assert set(Membership.objects.values_list("user_id", flat=True)) <= {world.client.pk}


def opened(door: DoorToken) -> Client:
    """Return a recipient's browser after the link and the code."""
    store = SessionStore(door="share")
    store[OPENED_DOOR] = str(door.pk)
    store.create()
    store[OPENED_DOOR] = str(door.pk)
    store.save()
    browser = anyone()
    browser.cookies[settings.SESSION_COOKIE_NAMES["share"]] = str(store.session_key)
    return browser


@pytest.fixture
def share(world):
    case = world.cases[Relation.OWN]
    give_consent_once(case)
    bundle = make_sealed_bundle(case, archive=b"PK\5\6" + bytes(18) + b"share")
    by, now = Actor.user(case.owner), timezone.now()
    with acting_as(by):
        return share_actions.make(
            bundle_id=bundle.pk, recipient="R", purpose="P", days=1, downloads=3, by=by, at=now
        ).share


def give_consent_once(case) -> None:
    from cases.models import Consent, Power

    with acting_as(Actor.user(case.owner)):
        if not Consent.objects.filter(case=case).allows(Power.SHARE_LAWYER):
            give_consent(case)


@pytest.mark.parametrize("address", OF_SHARES, ids=lambda address: address.route)
def test_a_share_answers_its_recipient_while_it_stands_and_nobody_else(world, share, address):
    path = made_up(address, world, Relation.OWN)
    token = DoorToken.objects.get(pk=share.door_id)
    staff = key_of(world.browsers[Role.SUPERVISOR], "staff")
    others = {"nobody": anyone(), "staff": holding(staff, settings.STAFF_HOST)}
    wrong = []
    for method in address.methods:
        # 422: a form of theirs, sent empty, is shown again.
        status = Visit(opened(token), method, path).status
        assert status < 400 or status == 422
        for name, browser in others.items():
            visit = Visit(browser, method, path)
            wrong += [f"{name} {method}: {visit}"] if visit.status != 404 or visit.acted else []
        for name, change in {
            "ended": {"revoked_at": timezone.now()},
            "run out": {"expires_at": timezone.now() - timedelta(seconds=1)},
        }.items():
            DoorToken.objects.filter(pk=token.pk).update(**change)
            visit = Visit(opened(token), method, path)
            wrong += [f"{name} {method}: {visit}"] if visit.status != 404 or visit.acted else []
            DoorToken.objects.filter(pk=token.pk).update(revoked_at=None, expires_at=token.expires_at)
    assert wrong == []


def test_a_recipient_reaches_nothing_of_the_staff(world, share):
    browser = opened(DoorToken.objects.get(pk=share.door_id))
    key = key_of(browser, "share")
    for name in ("cases:cases", "cases:today", "evidence:verify"):
        assert holding(key, settings.STAFF_HOST).get(reverse(name)).status_code == 302
