"""Which door a request came in by, and the headers that every answer carries."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.cache import patch_vary_headers

from cases.permissions import Door

Handler = Callable[[HttpRequest], HttpResponse]


class DoorRequest(HttpRequest):
    """A request whose door is known: every request behind HostMiddleware."""

    door: Door
    urlconf: str


PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "clipboard-read",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
        "browsing-topics",
    )
)


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


class HostMiddleware:
    """Choose the urlconf and the door by host. 127.0.0.1 is sent to the staff host: passkeys need a name."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: DoorRequest) -> HttpResponse:
        """Answer, redirect to the host's name, or refuse an unknown host."""
        # The database cannot even be asked for a text that holds NUL.
        if "\0" in request.path:
            return HttpResponseBadRequest("This address is not one of ours.")
        try:
            host = _name(request.get_host())
        except DisallowedHost:
            return HttpResponseBadRequest("This address is not one of ours.")
        doors = {
            _name(settings.STAFF_HOST): (Door.STAFF, settings.ROOT_URLCONF),
            _name(settings.PORTAL_HOST): (Door.PORTAL, settings.PORTAL_URLCONF),
            _name(settings.MEDIA_HOST): (Door.MEDIA, settings.MEDIA_URLCONF),
        }
        if host in doors:
            request.door, request.urlconf = doors[host]
            if request.door == Door.STAFF and request.path.startswith("/share/"):
                # Its own cookie and addresses: a recipient's session never meets a staff session.
                request.door, request.urlconf = Door.SHARE, settings.SHARE_URLCONF
            return self.get_response(request)
        if request.path == "/healthz":
            request.door, request.urlconf = Door.STAFF, settings.ROOT_URLCONF
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(f"{settings.SCHEME}://{settings.STAFF_HOST}{request.get_full_path()}")
        return HttpResponseBadRequest("This address is not one of ours.")


class PrivacyHeadersMiddleware:
    """Nothing is cached, indexed, framed or told to other sites, and pages may use no sensor."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers that are not set yet."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Robots-Tag", "noindex, noarchive")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")
        if getattr(request, "door", None) == Door.PORTAL:
            response.headers.setdefault("Request-OTR", "1")
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        return response
