"""Hostile values in every form of every page: nothing breaks, nothing typed is lost, nothing becomes mark-up."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.access import acting_as
from cases.actions import staff as staff_actions
from cases.actor import Actor
from cases.models import Case, Contact
from cases.permissions import Role
from evidence.actions import share as share_actions
from takedowns.actions import notice_sent
from takedowns.models import ReportedUrl
from tests.factories.browsers import anyone, press, signed_in
from tests.factories.cases import make_case, make_client, make_staff
from tests.factories.crawl import (
    FoundForm,
    Undone,
    addresses_of,
    encoded,
    forms_of,
    send,
    typed_values,
)
from tests.factories.evidence import give_consent, make_exhibit, make_sealed_bundle, picture
from tests.factories.portal import Browser, come_in, make_invited
from tests.factories.takedowns import make_links, make_notice

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>{{7*7}}"
KEPT = "Kept words 7391"
HOSTILE: dict[str, str | bytes] = {
    "empty": "",
    "nul": "a\0b",
    "control": "\x01\x0b\x1f\x7f\x85",
    "long": "a" * 100_000,
    "script": SCRIPT,
    "formula": '=cmd("x")\u202egnp.exe\u2066',
    "half": b"\xed\xa0\x80 \xff\xfe\xc3(",
    "number": "9" * 40,
    "time": "0001-01-01T00:00",
}
PLACES = ["a\0b", "9" * 40, "0001-01-01T00:00:00+14:00_" + str(uuid4()), SCRIPT]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, settings: Any) -> None:
    settings.STAGING_DIR = tmp_path / "staging"
    vault = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "vault"}}
    settings.STORAGES = {**settings.STORAGES, "vault": vault}


@dataclass
class Desk:
    """A caseworker's browser and the pages of one case that has some of everything."""

    client: Client
    case: Case
    pages: list[str]


@pytest.fixture
def desk() -> Desk:
    staff = make_staff(roles=[Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR])
    case = make_case(owner=staff, client=make_client())
    actor = Actor.user(staff)
    first, *others = make_links(case, "\n".join(f"http://vidnest.localhost:8100/v/{n}" for n in range(4)))
    draft, sent = make_notice(case, others[:2]), make_notice(case, [first])
    with acting_as(actor):
        notice_sent.sent_by_form(
            notice_id=sent.pk,
            version=sent.version,
            ticket="VN-1",
            reason="by phone",
            sent_at=timezone.now(),
            by=actor,
            at=timezone.now(),
        )
    exhibit = make_exhibit(case, picture(), name="page.png").exhibit
    give_consent(case)
    bundle = make_sealed_bundle(case)
    with acting_as(actor):
        share_actions.make(
            bundle_id=bundle.pk, recipient="R", purpose="P", days=1, downloads=1, by=actor, at=timezone.now()
        )
    browser = signed_in(staff)
    browser.raise_request_exception = False
    contact = press(browser, reverse("cases:new_contact")).url
    whole = ["home", "cases:today", "cases:cases", "cases:people", "cases:new_contact", "cases:search", "cases:health"]
    of_case = [
        *("cases:case", "cases:timeline", "cases:client", "takedowns:links", "takedowns:add_links"),
        *("takedowns:notices", "takedowns:new_notice", "evidence:exhibits", "evidence:bundles"),
    ]
    ref = case.reference
    pages = [
        *(reverse(name) for name in [*whole, "evidence:verify", "takedowns:playbooks"]),
        *(reverse(name, args=[ref]) for name in of_case),
        reverse("takedowns:link", args=[ref, first.pk]),
        reverse("takedowns:notice", args=[ref, draft.pk]),
        reverse("takedowns:notice", args=[ref, sent.pk]),
        reverse("evidence:exhibit", args=[ref, exhibit.pk]),
        reverse("evidence:bundle", args=[ref, bundle.pk]),
        contact,
    ]
    return Desk(browser, case, pages)


def hurt(response: Any) -> str:
    """Say what is wrong with an answer, or nothing."""
    if response.status_code >= 500:
        told = response.exc_info
        return "".join(traceback.format_exception(*told)[-4:]) if told else f"status {response.status_code}"
    body = b"" if response.streaming else response.content
    if b"<script>alert(1)" in body:
        return "a script came back as mark-up"
    return "a template was run" if b"alert(1)&lt;/script&gt;49" in body else ""


def variants(form: FoundForm) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """Each way to send a form wrongly."""
    yield "nothing", {}
    for name, value in HOSTILE.items() if form.typed else ():
        yield name, form.changed(form.typed, value)
    for button, pressed in form.buttons[1:]:
        yield f"{pressed} script", {**form.changed(form.typed, SCRIPT), button: [pressed]}
    picked = [*form.chosen, *form.carried, *(name for name, _value in form.buttons)]
    for name in ("script", "nul", "half", "number") if picked else ():
        yield f"picked {name}", form.changed(picked, HOSTILE[name])
    if picked:
        yield "another id", form.changed(picked, str(uuid4()))


def problems_of(client: Client, form: FoundForm) -> list[str]:
    """Send a form in every wrong way; return what went wrong."""
    found = []
    for name, values in variants(form):
        with Undone(client):
            response = send(client, form, values)
            wrong = hurt(response)
            if not wrong and "script" in name and 300 <= response.status_code < 400 and response.url.startswith("/"):
                wrong = hurt(client.get(response.url))
        if wrong:
            found.append(f"{form.method} {form.path} [{name}]: {wrong}")
    if not form.typed:
        return found
    with Undone(client):
        found += lost_words(send(client, form, {**form.changed(form.typed, KEPT), **wrong_choices(form)}), form)
    return found


def wrong_choices(form: FoundForm) -> dict[str, list[str]]:
    """Return a choice that is not offered for every field that is chosen from."""
    return {name: ["not-offered"] for name in form.chosen}


def lost_words(response: Any, form: FoundForm) -> list[str]:
    """Return the typed fields whose text a page that shows the form again has lost."""
    if response.status_code not in (200, 422) or "html" not in response.headers["Content-Type"]:
        return []
    shown = typed_values(response.content)
    lost = [name for name in form.typed if name in shown and KEPT not in shown[name] and name not in SECRET]
    gone = [name for name in form.typed if name not in shown]
    return [f"{form.path}: lost {lost} {gone}"] if lost or gone else []


SECRET = frozenset({"pin", "again", "password", "password_again", "password1", "password2", "secret"})
"""What a page never shows back."""


def sweep(client: Client, pages: list[str]) -> list[str]:
    """Send every form of some pages in every wrong way."""
    problems, seen = [], set()
    for page in pages:
        response = client.get(page)
        assert response.status_code in (200, 302, 422), (page, response.status_code)
        found = forms_of(response.content, page)
        for form in [*found, *(replace(form, path=f"{form.path}save") for form in found if "version" in form.values)]:
            key = (form.path, form.method, tuple(sorted(form.values)))
            if key not in seen:
                seen.add(key)
                problems += problems_of(client, form)
    assert seen
    return problems


def test_no_form_of_the_staff_breaks_loses_text_or_runs_mark_up(desk):
    assert sweep(desk.client, desk.pages) == []


def test_no_query_of_the_staff_pages_breaks(desk):
    names, problems = {"page", "after", "show", "on", "q", "next", "view", "owner", "before", "kind"}, []
    for page in desk.pages:
        for address in addresses_of(desk.client.get(page).content, page):
            names |= {pair.partition("=")[0] for pair in address.partition("?")[2].split("&") if "=" in pair}
    for page in desk.pages:
        for place in PLACES:
            wrong = hurt(desk.client.get(f"{page}?{encoded({name: [place] for name in sorted(names)})}"))
            problems += [f"{page} {place[:20]!r}: {wrong}"] if wrong else []
    assert problems == []


def test_an_address_that_names_nothing_is_not_found(desk):
    ref, wrong = desk.case.reference, []
    for page in desk.pages:
        parts = page.strip("/").split("/")
        for place, part in enumerate(parts):
            if part == ref or len(part) == 36:
                for other in (str(uuid4()), "%00", "C-99999999999999", "%ff%fe", "%ed%a0%80", "%E2%80%AE"):
                    address = "/".join(["", *parts[:place], other, *parts[place + 1 :]]) + "/" * page.endswith("/")
                    status = desk.client.get(address).status_code
                    wrong += [(address, status)] if status not in (400, 404) else []
    assert wrong == []


def portal_browser(upto: str) -> Browser:
    browser = come_in(upto=upto).browser
    browser.raise_request_exception = False
    return browser


@pytest.mark.parametrize(
    ("upto", "pages"),
    [
        ("start", ["/a/1"]),
        ("safe", [f"/b/{step}" for step in range(1, 8)]),
        ("pin", ["/c"]),
        ("check", ["/d", "/d/1", "/d/2", "/d/3", "/d/5", "/d/6", "/e"]),
        ("sent", ["/s", "/m", "/k", "/e", "/e/1", "/a/2", "/lost"]),
    ],
)
def test_no_form_of_the_portal_breaks_loses_text_or_runs_mark_up(upto, pages):
    browser = portal_browser(upto)
    assert sweep(browser, [page for page in pages if browser.get(page).status_code != 404]) == []


def test_the_portals_door_survives_anything():
    seen = make_invited()
    seen.browser.raise_request_exception = False
    assert sweep(seen.browser, ["/", f"/i/{seen.token}"]) == []
    for token in ("%00", "%ff", "a" * 3000):
        assert seen.browser.get(f"/i/{token}").status_code < 500
        assert seen.browser.press(f"/i/{token}").status_code in (400, 404, 410)


def test_no_form_before_a_door_breaks_or_runs_mark_up(desk):
    actor, staff = Actor.user(desk.case.owner), anyone()
    staff.raise_request_exception = False
    with acting_as(actor):
        asked = {"email": "sam@casework.example", "name": "Sam", "roles": [Role.CASEWORKER]}
        _user, token = staff_actions.invite(**asked, by=actor, at=timezone.now())
    pages = [reverse("account_login"), reverse("cases:join", args=[token]), f"/share/{'a' * 43}", "/share/verify"]
    assert sweep(staff, pages) == []


MANY = "\n".join(f"https://clips.example/v/{number}" for number in range(10_000))
WITH_PASSWORD = "https://sam:hunter2@clips.example/v/1"


def count_of(case: Case) -> int:
    with acting_as(Actor.user(case.owner)):
        return ReportedUrl.objects.filter(case=case).count()


def test_ten_thousand_links_are_taken_in_one_press_by_staff(desk):
    before = count_of(desk.case)
    response = press(desk.client, reverse("takedowns:add_links", args=[desk.case.reference]), links=MANY)
    assert (response.status_code, count_of(desk.case)) == (302, before + 10_000)


def test_ten_thousand_links_are_taken_in_one_press_on_the_portal():
    seen = come_in(upto="agree")
    assert seen.browser.press("/e", links=MANY).status_code == 302
    assert count_of(seen.case) == 10_000


TOLD = {
    "safe_now": "yes",
    "source": "phone",
    "about": "me",
    "age": "adult",
    "alias": "Heron",
    "may_contact": "no",
    "agrees_ask_sites": "yes",
    "witness": "Amira K.",
    "language": "en",
    "country": "GB",
    "version": "1",
    "shown": "full",
}


def test_ten_thousand_links_are_taken_in_one_press_at_intake(desk):
    response = press(desk.client, desk.pages[-1], links=MANY, do="open", **TOLD)
    assert response.status_code == 302, response.content.decode()[:3000]
    with acting_as(Actor.user(desk.case.owner)):
        case = Case.objects.exclude(pk=desk.case.pk).get()
        assert not Contact.objects.filter(state="open").exists()
    assert count_of(case) == 10_000


def test_a_link_with_a_password_is_quoted_with_what_to_do(desk):
    portal = come_in(upto="agree").browser
    answers = [
        press(desk.client, reverse("takedowns:add_links", args=[desk.case.reference]), links=WITH_PASSWORD),
        press(desk.client, desk.pages[-1], links=WITH_PASSWORD, do="open", **TOLD),
        portal.press("/e", links=WITH_PASSWORD),
    ]
    for answer in answers:
        text = answer.content.decode()
        assert answer.status_code == 422
        assert f"We could not read line 1: “{WITH_PASSWORD}”" in text
        assert "Please remove the part before the @ sign." in text
        assert typed_values(answer.content)["links"].strip() == WITH_PASSWORD
