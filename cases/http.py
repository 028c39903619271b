"""The guard on every view: which door, which permission, who is acting, and one use of a form."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import keys
from cases.access import acting_as
from cases.actor import Actor
from cases.models import Door as DoorToken
from cases.models import DoorKind, FormToken, User
from cases.permissions import Door, Permission
from cases.sessions import OPENED_DOOR
from cases.step_up import ask, is_asked_for, is_confirmed
from cases.watch import note_look, refusals_told

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


class SignedInRequest(HttpRequest):
    """A request whose person is known: what a guarded view receives."""

    user: User
    actor: Actor
    door: Door


class SharedRequest(HttpRequest):
    """A request of somebody who opened a share: known by their door, not by an account."""

    actor: Actor
    door: Door
    opened_door_id: UUID


View = Callable[Concatenate[SignedInRequest, P], HttpResponse]
SharedView = Callable[Concatenate[SharedRequest, P], HttpResponse]
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def has_second_factor(user: User) -> bool:
    """Whether a member of staff has set up TOTP or a passkey."""
    from allauth.mfa.models import Authenticator

    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists())


def _send_to_door(request: HttpRequest, door: Door) -> HttpResponse:
    if door == Door.PORTAL:
        return HttpResponseRedirect(reverse("portal:door", urlconf=settings.PORTAL_URLCONF))
    return HttpResponseRedirect(f"{reverse('account_login')}?next={request.path}")


def _answers(request: HttpRequest, methods: tuple[str, ...]) -> bool:
    """Whether a view answers this method. HEAD stands where GET does, never where only POST acts: it has no token."""
    return request.method in methods or (request.method == "HEAD" and "GET" in methods)


def requires(
    permission: Permission,
    *,
    door: Door = Door.STAFF,
    methods: tuple[str, ...] = ("GET",),
    step_up: bool = False,
    before_factor: bool = False,
) -> Callable[[View[P]], PlainView[P]]:
    """Guard a view: the right door, a signed-in person with this permission, a second factor for staff.

    A person without the permission gets 404: what is not theirs does not exist. For GET and HEAD the view runs inside
    `acting_as`; a POST view calls one action inside `with acting_as(request.actor)` of its own.
    With `step_up` staff must have confirmed who they are within the last minutes, for what they send (and for opening
    a view to which nothing can be sent, such as a download); else they are led to confirm, and what they sent goes on.
    `before_factor` is for the pages on which the second factor is set up, and for no others.
    The mark that this leaves on the view is what the architecture tests look for.
    """
    if step_up and door != Door.STAFF:
        raise ValueError("Only staff can confirm who they are: step_up is for the staff door.")

    def decorate(view: View[P]) -> PlainView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not _answers(request, methods):
                return HttpResponseNotAllowed(methods)
            if getattr(request, "door", None) != door:
                raise Http404
            user = cast(User, request.user)
            if not user.is_authenticated or user.is_client != (door == Door.PORTAL):
                return _send_to_door(request, door)
            if door == Door.STAFF and not before_factor and not has_second_factor(user):
                return HttpResponseRedirect(reverse("mfa_index"))
            signed_in = cast(SignedInRequest, request)
            signed_in.actor = Actor.of(user)
            with refusals_told(request, signed_in.actor), timezone.override(ZoneInfo(user.time_zone)):
                if not user.may(permission):
                    raise Http404
                if step_up and is_asked_for(request, methods) and not is_confirmed(request, user):
                    return ask(request, user)
                if request.method in ("GET", "HEAD"):
                    with acting_as(signed_in.actor):
                        response = view(signed_in, *args, **kwargs)
                else:
                    response = view(signed_in, *args, **kwargs)
            note_look(request, signed_in.actor, response, at=timezone.now())
            return response

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.door = door  # type: ignore[attr-defined]
        guarded.step_up = step_up  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        guarded.before_factor = before_factor  # type: ignore[attr-defined]
        return cast(PlainView[P], guarded)

    return decorate


def requires_share(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[SharedView[P]], PlainView[P]]:
    """Guard a view at the share door: a session that was exchanged for a token which still stands.

    Whoever has none, or whose share was ended or has run out, sees one neutral page. As with `requires`, GET runs
    inside `acting_as`, and the mark left on the view is what the architecture tests look for.
    """

    def decorate(view: SharedView[P]) -> PlainView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not _answers(request, methods):
                return HttpResponseNotAllowed(methods)
            if getattr(request, "door", None) != Door.SHARE:
                raise Http404
            token = str(request.session.get(OPENED_DOOR, ""))
            standing = DoorToken.objects.usable(at=timezone.now()).filter(kind=DoorKind.SHARE)
            if not token or not standing.filter(pk=UUID(token)).exists():
                return render(request, "share/closed.html", status=404)
            shared = cast(SharedRequest, request)
            shared.opened_door_id = UUID(token)
            shared.actor = Actor.recipient(shared.opened_door_id)
            if request.method in ("GET", "HEAD"):
                with acting_as(shared.actor):
                    return view(shared, *args, **kwargs)
            return view(shared, *args, **kwargs)

        guarded.door = Door.SHARE  # type: ignore[attr-defined]
        guarded.share_guard = "a share that stands"  # type: ignore[attr-defined]
        guarded.methods = methods  # type: ignore[attr-defined]
        return cast(PlainView[P], guarded)

    return decorate


def open_to_all(reason: str, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[PlainView[P]], PlainView[P]]:
    """Mark a view that stands before every door (a sign-in page, a health check) and say why."""

    def decorate(view: PlainView[P]) -> PlainView[P]:
        @wraps(view)
        def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not _answers(request, methods):
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        opened.open_to_all = reason  # type: ignore[attr-defined]
        opened.methods = methods  # type: ignore[attr-defined]
        return cast(PlainView[P], opened)

    return decorate


TOKEN_FIELD = "form_token"  # noqa: S105 — the name of a field
TOKEN_KEPT = timedelta(days=2)


def new_form_token() -> str:
    """Return a fresh token for one form; only its hash is stored, and only when it is used."""
    return secrets.token_urlsafe(18)


def one_use(view: Callable[Concatenate[R, P], HttpResponse]) -> Callable[Concatenate[R, P], HttpResponse]:
    """Let a form's POST act once: a second press is led to where the first one went.

    The token is taken before the view runs and given back when the view shows the form again (an answer that is not a
    redirect), so that corrected input can be sent. A POST without a token is answered with 400.
    """

    @wraps(view)
    def once(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        token = request.POST.get(TOKEN_FIELD, "")
        if not 16 <= len(token) <= 64:
            reason = _("This form is out of date. Go back and load it again.")
            return render(request, "400.html", {"reason": reason}, status=400)
        hashed = keys.token_hash(token)
        try:
            with transaction.atomic():
                FormToken.objects.create(token_hash=hashed, user_id=request.user.pk, used_at=timezone.now())
        except IntegrityError:
            return _second_press(request, hashed)
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            FormToken.objects.filter(token_hash=hashed).delete()
            raise
        if 300 <= response.status_code < 400:
            FormToken.objects.filter(token_hash=hashed).update(outcome=response.headers.get("Location", "")[:300])
        else:
            FormToken.objects.filter(token_hash=hashed).delete()
        return response

    once.one_use = True  # type: ignore[attr-defined]
    return cast(Callable[Concatenate[R, P], HttpResponse], once)


def _second_press(request: HttpRequest, hashed: bytes) -> HttpResponse:
    first = FormToken.objects.filter(token_hash=hashed).first()
    messages.info(request, _("We already had that. It was done once."))
    return HttpResponseRedirect(first.outcome if first and first.outcome else request.path)


def form_context(**context: Any) -> dict[str, Any]:
    """Return a template context with a fresh form token."""
    return {"form_token_value": new_form_token(), **context}
