"""What every answer carries, host by host, and what no sender can make us do by a header."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from cases.hosts import MEDIA_POLICY, PERMISSIONS_POLICY
from cases.models import BlockedLoad
from tests.factories.browsers import anyone, signed_in
from tests.factories.cases import make_client, make_staff
from tests.factories.portal import come_in

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "report-to": "csp",
}
EVERYWHERE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, noarchive",
}
PLACES = {
    "staff": (settings.STAFF_HOST, "/accounts/login/"),
    "a page that is not there": (settings.STAFF_HOST, "/nothing-here"),
    "staff without a door": (settings.STAFF_HOST, "/today"),
    "portal": (settings.PORTAL_HOST, "/"),
    "share": (settings.STAFF_HOST, f"/share/{'a' * 43}"),
    "a share that is over": (settings.STAFF_HOST, "/share/open"),
    "another host": ("elsewhere.example", "/"),
    "an address of ours": ("127.0.0.1:8000", "/today"),
}


def told(response: Any) -> dict[str, str]:
    """Return the headers that matter; more words against keeping an answer are welcome."""
    found = {name: response.headers.get(name, "") for name in EVERYWHERE}
    return {**found, "Cache-Control": "no-store" if "no-store" in found["Cache-Control"] else found["Cache-Control"]}


@pytest.mark.parametrize("place", PLACES)
def test_no_answer_is_without_its_headers(place):
    host, path = PLACES[place]
    response = Client(HTTP_HOST=host).get(path)
    assert told(response) == EVERYWHERE
    parts = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert {name: parts.get(name) for name in POLICY} == POLICY
    assert set(parts) == {*POLICY, "img-src"}
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_a_signed_in_page_carries_them_too():
    assert told(signed_in(make_staff()).get("/today")) == EVERYWHERE
    assert told(come_in(upto="report").browser.get("/d")) == EVERYWHERE


def test_the_media_host_shows_nothing_that_could_act():
    media = Client(HTTP_HOST=settings.MEDIA_HOST)
    response = media.get("/anything")
    assert response.status_code == 404
    assert response.headers["Content-Security-Policy"] == MEDIA_POLICY
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-site"
    assert response.headers["Content-Disposition"] == "attachment"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


@pytest.mark.parametrize(
    "asked",
    [{"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_DEST": "script"}, {"HTTP_SEC_FETCH_DEST": "iframe"}],
)
def test_another_site_and_another_use_get_nothing_from_the_media_host(asked):
    assert Client(HTTP_HOST=settings.MEDIA_HOST).get("/anything", **asked).status_code == 400


def test_a_staff_session_means_nothing_on_the_media_host_and_at_the_portal():
    key = signed_in(make_staff()).cookies[settings.SESSION_COOKIE_NAMES["staff"]].value
    for host in (settings.MEDIA_HOST, settings.PORTAL_HOST):
        for name in settings.SESSION_COOKIE_NAMES.values():
            browser = Client(HTTP_HOST=host)
            browser.cookies[name] = key
            assert browser.get("/s").status_code in (302, 404)


def test_a_file_of_our_own_may_be_kept_and_is_for_us_only():
    response = Client(HTTP_HOST=settings.STAFF_HOST).get("/static/css/app.css")
    if response.status_code == 404:
        response = Client(HTTP_HOST=settings.STAFF_HOST).get("/static/js/htmx.min.js")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_production_asks_browsers_to_stay_with_https():
    with override_settings(SECURE_HSTS_SECONDS=63_072_000):
        for host, path in PLACES.values():
            answer = Client(HTTP_HOST=host).get(path)
            assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains; preload"


@pytest.mark.parametrize(("door", "same_site"), [("staff", "Lax"), ("portal", "Strict")])
def test_a_cookie_is_closed_to_scripts_and_other_sites(door, same_site):
    browser = anyone(door)
    names = {"staff": "__Host-sid", "portal": "__Host-pid", "media": "__Host-mid", "share": "__Host-shid"}
    with override_settings(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAMES=names):
        browser.get(reverse("account_login") if door == "staff" else "/")
    cookie = browser.cookies[names[door]]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, same_site)
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_signing_out_makes_the_browser_forget_at_every_door():
    staff = signed_in(make_staff())
    assert staff.post(reverse("account_logout")).headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    portal = come_in(upto="report").browser
    assert "storage" in portal.get("/leave").headers["Clear-Site-Data"]


def test_signing_in_does_not_make_it_forget():
    seen = come_in(upto="start")
    assert "Clear-Site-Data" not in seen.browser.get("/a/1").headers


def test_a_session_that_is_no_more_is_dropped_without_a_word():
    browser = signed_in(make_staff())
    browser.cookies[settings.SESSION_COOKIE_NAMES["staff"]] = "k" * 32
    answer = browser.get("/today")
    assert answer.cookies[settings.SESSION_COOKIE_NAMES["staff"]].value == ""
    assert "Clear-Site-Data" not in answer.headers


FORGED = {
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_PORT": "6666",
    "HTTP_FORWARDED": "host=evil.example",
    "HTTP_X_ORIGINAL_URL": "/people",
    "HTTP_X_REWRITE_URL": "/people",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
}


def test_forwarded_headers_of_a_stranger_change_no_page_and_no_letter():
    person, browser = make_staff(), anyone()
    plain = browser.get(reverse("account_login")).content
    forged = browser.get(reverse("account_login"), **FORGED).content
    assert b"evil.example" not in forged
    assert len(plain) == len(forged)
    browser.post(reverse("account_reset_password"), {"email": person.email}, **FORGED)
    assert not [letter for letter in mail.outbox if "evil.example" in letter.message().as_string()]


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "a@localhost", "localhost:8000@evil", "[::1", ""]
)
def test_a_foreign_host_gets_no_page_of_ours(host):
    answer = Client(HTTP_HOST=host).post("/accounts/login/", {"login": "x"})
    assert answer.status_code == 400
    answer = Client(HTTP_HOST=host).get("/accounts/login/")
    assert answer.status_code in (302, 400)
    assert "evil" not in answer.headers.get("Location", "").split("?")[0]


def test_a_foreign_port_is_led_away_where_people_really_work():
    with override_settings(SCHEME="https", STAFF_HOST="staff.example", ALLOWED_HOSTS=["staff.example"]):
        assert Client(HTTP_HOST="staff.example:443").get("/accounts/login/").status_code == 200
        away = Client(HTTP_HOST="staff.example:6666").get("/accounts/login/")
        assert away.headers["Location"] == "https://staff.example/accounts/login/"


REPORT = {"type": "csp-violation", "body": {"effectiveDirective": "img-src", "documentURL": "https://x/share/TOKEN"}}
OLDER = {"csp-report": {"effective-directive": "script-src-elem", "document-uri": "https://x/i/TOKEN"}}


@pytest.mark.parametrize("door", ["staff", "portal"])
def test_a_report_leaves_a_count_and_nothing_else(door):
    page = anyone(door).get("/accounts/login/" if door == "staff" else "/")
    place = page.headers["Reporting-Endpoints"].split('"')[1]
    for body in ([REPORT, REPORT], OLDER, [{"body": {"effectiveDirective": "TOKEN"}}]):
        sent = anyone(door).post(place, json.dumps(body), content_type="application/reports+json")
        assert (sent.status_code, sent.content) == (204, b"")
    rows = list(BlockedLoad.objects.order_by("directive").values_list("door", "directive", "count"))
    assert rows == [(door, "img-src", 1), (door, "other", 1), (door, "script-src-elem", 1)]


def test_the_share_door_reports_to_its_own_address():
    page = anyone().get(f"/share/{'a' * 43}")
    assert page.headers["Reporting-Endpoints"] == 'csp="/share/r"'
    assert anyone().post("/share/r", json.dumps(OLDER), content_type="application/csp-report").status_code == 204


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[[[[1]]]]", b"[" * 100_000, b'{"body": 7}'])
def test_a_report_that_is_none_is_harmless(body):
    assert anyone().post("/r", body, content_type="application/reports+json").status_code in (204, 400)
    assert not BlockedLoad.objects.exists()


@pytest.mark.parametrize("number", [10**5])
def test_a_form_of_a_hundred_thousand_fields_is_refused(number):
    body = "&".join(f"f{place}=1" for place in range(number))
    answer = anyone().post(reverse("account_login"), body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_a_hundred_thousand_parts_are_refused():
    part = b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n'
    answer = anyone().post(
        reverse("account_login"), part * 10**5 + b"--x--\r\n", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\x00",
        "multipart/form-data; boundary=" + "x" * 5000,
        "multipart/mixed; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=nonsense",
    ],
)
def test_a_body_without_sense_is_refused_and_nothing_breaks(kind):
    answer = anyone().generic("POST", reverse("account_login"), b"--x\r\nnonsense", content_type=kind)
    assert answer.status_code in (200, 400, 415, 422)


def test_ten_gigabytes_are_refused_as_soon_as_they_are_announced():
    kind = "application/x-www-form-urlencoded"
    answer = anyone().generic("POST", reverse("account_login"), b"a=1", content_type=kind, CONTENT_LENGTH=str(10 << 30))
    assert answer.status_code == 400


@pytest.mark.parametrize("door", ["staff", "portal"])
@pytest.mark.parametrize("length", ["-1", "nonsense", "1e9"])
def test_a_length_that_is_none_breaks_nothing(door, length):
    answer = anyone(door).post("/", b"a=1", content_type="application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert answer.status_code < 500


def test_a_client_is_not_asked_for_by_name_on_any_page_of_the_portals_door():
    make_client()
    page = anyone("portal").get("/")
    for word in ("abuse", "intimate", "image", "victim", "casework", "leak"):
        assert word not in page.headers.get("Set-Cookie", "").lower()
        assert word not in page.content.decode().lower().split("</title>")[0]
