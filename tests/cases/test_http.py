"""The guard on every view and the one use of a form."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import include, path

from cases.actor import ActorKind
from cases.backends import ClientBackend, StaffBackend
from cases.http import SignedInRequest, new_form_token, one_use, open_to_all, requires
from cases.models import Case, FormToken, Session
from cases.permissions import Door, Permission, Role
from cases.sessions import SessionStore
from tests.factories.cases import make_case, make_client, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

done: list[str] = []
STAFF_HOST = settings.STAFF_HOST
SESSION_NAMES = settings.SESSION_COOKIE_NAMES


@requires(Permission.CASE_VIEW)
def cases(request: SignedInRequest) -> HttpResponse:
    """Count the cases that the database shows without any filter."""
    return HttpResponse(f"{request.actor.kind} {Case.objects.count()}")


@requires(Permission.PEOPLE_INVITE)
def people(request: SignedInRequest) -> HttpResponse:
    """Stand for a page of administrators."""
    return HttpResponse("people")


@requires(Permission.CASE_OPEN, methods=("GET", "POST"))
@one_use
def press(request: SignedInRequest) -> HttpResponse:
    """Do something once, or show the form again when the text is empty."""
    if not request.POST.get("text"):
        return HttpResponse("say something", status=422)
    if request.POST["text"] == "crash":
        raise RuntimeError
    done.append(request.POST["text"])
    return HttpResponseRedirect(f"/done/{len(done)}")


@requires(Permission.PORTAL_STATUS, door=Door.PORTAL)
def portal_page(request: SignedInRequest) -> HttpResponse:
    """Stand for a page of clients."""
    return HttpResponse("portal")


@requires(Permission.HOME)
def home_page(request: SignedInRequest) -> HttpResponse:
    """Stand for a page of all staff."""
    return HttpResponse("home")


@open_to_all("a test")
def anyone(request: HttpRequest) -> HttpResponse:
    """Count cases without a context."""
    return HttpResponse(str(Case.objects.count()))


urlpatterns = [
    path("cases", cases),
    path("people", people),
    path("press", press),
    path("anyone", anyone),
    path("portal-page", portal_page),
    path("home-page", home_page),
    path("p/", include("config.portal_urls")),
    path("", include("config.urls")),
]


@pytest.fixture(autouse=True)
def _own_addresses(settings):
    settings.ROOT_URLCONF = __name__
    done.clear()


def _signed_in(user, door="staff"):
    client = Client(HTTP_HOST=settings.STAFF_HOST if door == "staff" else settings.PORTAL_HOST)
    store = SessionStore(door=door)
    backend = "cases.backends.ClientBackend" if user.is_client else "cases.backends.StaffBackend"
    values = {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: user.get_session_auth_hash()}
    store.update(values)
    store.create()
    store.update(values)
    store.save()
    client.cookies[settings.SESSION_COOKIE_NAMES[door]] = store.session_key
    return client


def test_a_guarded_view_runs_as_the_person_and_sees_their_cases_only():
    case = make_case()
    make_case()
    assert _signed_in(case.owner).get("/cases").content.decode() == f"{ActorKind.USER} 1"


def test_an_open_view_sees_no_case():
    case = make_case()
    assert _signed_in(case.owner).get("/anyone").content == b"0"


def test_somebody_without_the_permission_gets_404():
    assert _signed_in(make_staff(roles=[Role.ADMINISTRATOR])).get("/cases").status_code == 404
    assert _signed_in(make_staff(roles=[Role.CASEWORKER])).get("/people").status_code == 404


def test_staff_without_a_second_factor_are_led_to_set_one_up():
    response = _signed_in(make_staff(with_factor=False)).get("/cases")
    assert response.status_code == 302
    assert "2fa" in response.headers["Location"]


def test_a_person_who_left_is_led_to_the_door():
    person = make_staff()
    client = _signed_in(person)
    person.is_active = False
    person.save()
    assert "login" in client.get("/cases").headers["Location"]


def test_a_client_at_the_staff_door_is_led_away():
    person = make_client()
    assert _signed_in(person, "staff").get("/cases").status_code == 302


def test_a_view_answers_at_its_own_door_only(settings):
    settings.PORTAL_URLCONF = __name__
    person = make_client()
    assert _signed_in(person, "portal").get("/cases").status_code == 404
    settings.ROOT_URLCONF = __name__
    assert _signed_in(make_staff(), "portal").get("/portal-page").status_code == 302, "staff have no session there"


def test_nobody_is_let_in_by_the_kind_of_account_of_another_door(settings):
    settings.PORTAL_URLCONF = __name__
    client = _signed_in(make_client(), "portal")
    assert client.get("/portal-page").content == b"portal"
    clerk = make_staff()
    Session.objects.all().update(user=clerk)
    store = SessionStore(client.cookies[SESSION_NAMES["portal"]].value, "portal")
    store.load()
    store.update(
        {
            SESSION_KEY: str(clerk.pk),
            BACKEND_SESSION_KEY: "cases.backends.StaffBackend",
            HASH_SESSION_KEY: clerk.get_session_auth_hash(),
        }
    )
    store.save()
    assert client.get("/portal-page").status_code == 302


def test_a_staff_page_leads_a_client_away_even_with_a_staff_session():
    person = make_client()
    client = _signed_in(person, "staff")
    response = client.get("/home-page")
    assert response.status_code == 302
    assert "login" in response.headers["Location"]


def test_recovery_codes_alone_are_no_second_factor():
    person = make_staff(with_factor=False)
    RecoveryCodes.activate(person)
    assert "2fa" in _signed_in(person).get("/cases").headers["Location"]


def test_an_open_view_refuses_methods_it_does_not_know():
    assert Client(HTTP_HOST=STAFF_HOST).post("/anyone").status_code == 405


def test_a_method_that_a_view_does_not_know_is_refused():
    assert _signed_in(make_staff()).post("/cases").status_code == 405


def test_a_double_press_does_it_once_and_leads_to_the_same_place():
    client, token = _signed_in(make_staff()), new_form_token()
    first = client.post("/press", {"text": "one", "form_token": token})
    second = client.post("/press", {"text": "one", "form_token": token})
    assert done == ["one"]
    assert first.headers["Location"] == second.headers["Location"] == "/done/1"


def test_a_form_that_was_shown_again_can_be_sent_with_its_token():
    client, token = _signed_in(make_staff()), new_form_token()
    assert client.post("/press", {"text": "", "form_token": token}).status_code == 422
    assert client.post("/press", {"text": "one", "form_token": token}).headers["Location"] == "/done/1"
    assert done == ["one"]


def test_no_back_end_knows_the_people_of_another_door():
    clerk, person = make_staff(), make_client()
    assert StaffBackend().get_user(person.pk) is None
    assert ClientBackend().get_user(clerk.pk) is None
    assert not StaffBackend().user_can_authenticate(person)
    clerk.is_active = False
    assert not StaffBackend().user_can_authenticate(clerk)


def test_a_crash_gives_the_token_back():
    client, token = _signed_in(make_staff()), new_form_token()
    with pytest.raises(RuntimeError):
        client.post("/press", {"text": "crash", "form_token": token})
    assert not FormToken.objects.exists()


@pytest.mark.parametrize("token", ["", "short", "x" * 200])
def test_a_post_without_a_token_is_refused_in_plain_words(token):
    response = _signed_in(make_staff()).post("/press", {"text": "one", "form_token": token})
    assert response.status_code == 400
    assert "out of date" in response.content.decode()
    assert not done
