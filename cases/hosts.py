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


OFF = (
    *("accelerometer", "ambient-light-sensor", "attribution-reporting", "autoplay", "battery", "bluetooth"),
    *("browsing-topics", "camera", "clipboard-read", "compute-pressure", "display-capture", "encrypted-media"),
    *("fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get", "idle-detection"),
    *("join-ad-interest-group", "keyboard-map", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials"),
    *("payment", "picture-in-picture", "run-ad-auction", "screen-wake-lock", "serial", "shared-storage"),
    *("speaker-selection", "storage-access", "sync-xhr", "usb", "web-share", "window-management"),
    "xr-spatial-tracking",
)
"""Everything a page could ask of a device. Left at the browser's default: passkeys, and writing to the clipboard."""
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in OFF)
MEDIA_POLICY = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
OF_MEDIA = {
    "Content-Security-Policy": MEDIA_POLICY,
    "Content-Disposition": "attachment",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
}
"""What a file from outside is sent with, whatever its view says. What we encoded ourselves may be shown in a page."""
SHOWN_ALONE = frozenset({"", "empty", "image", "video", "audio", "document"})
"""What a file of the media host may be fetched for (Sec-Fetch-Dest): never a script, a style or a frame."""
REPORTS = {Door.SHARE: "/share/r"}
NEUTRAL = "/r"
"""Where a browser reports what the policy refused: an address that says nothing, at every door its own."""


def report_address(door: Door | None) -> str:
    """Return where browsers report at a door."""
    return REPORTS.get(door, NEUTRAL) if door is not None else NEUTRAL


def _name(host: str) -> str:
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host


def _plain(host: str) -> str:
    """Return a host as it is compared. Its port counts too where people really work: it would end up in links.

    A local trial is often reached by another port than it listens on.
    """
    if settings.SCHEME == "http":
        return _name(host.lower())
    return host.lower().removesuffix(":443")


def _is_readable(request: HttpRequest) -> bool:
    """Whether a body says how long it is in digits, and is in the one encoding that we read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"')
    return str(length).isdigit() and charset.lower() in ("utf-8", "utf8", "us-ascii")


def _is_foreign_use(request: HttpRequest) -> bool:
    """Whether another site, or another kind of use than looking, asks for a file (W3C Fetch Metadata).

    Our own staff pages may stand on another site than the media host (localhost does): they ask with their origin.
    """
    site, use = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Sec-Fetch-Dest", "")
    is_ours = request.headers.get("Origin", "") == f"{settings.SCHEME}://{settings.STAFF_HOST}"
    return (site == "cross-site" and not is_ours) or use not in SHOWN_ALONE


def shown_inline(response: HttpResponse) -> HttpResponse:
    """Mark an answer of the media host as a picture or clip of our own making, which a staff page shows."""
    response.is_shown_inline = True  # type: ignore[attr-defined]
    return response


class HostMiddleware:
    """Choose the urlconf and the door by host. 127.0.0.1 is sent to the staff host: passkeys need a name."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: DoorRequest) -> HttpResponse:
        """Answer, redirect to the host's name, or refuse an unknown host."""
        # The database cannot even be asked for a text that holds NUL.
        if "\0" in request.path:
            return HttpResponseBadRequest("This address is not one of ours.")
        if not _is_readable(request):
            return HttpResponseBadRequest("This request cannot be read.")
        try:
            host = _plain(request.get_host())
        except DisallowedHost:
            return HttpResponseBadRequest("This address is not one of ours.")
        doors = {
            _plain(settings.STAFF_HOST): (Door.STAFF, settings.ROOT_URLCONF),
            _plain(settings.PORTAL_HOST): (Door.PORTAL, settings.PORTAL_URLCONF),
            _plain(settings.MEDIA_HOST): (Door.MEDIA, settings.MEDIA_URLCONF),
        }
        if host in doors:
            request.door, request.urlconf = doors[host]
            if request.door == Door.STAFF and request.path.startswith("/share/"):
                # Its own cookie and addresses: a recipient's session never meets a staff session.
                request.door, request.urlconf = Door.SHARE, settings.SHARE_URLCONF
            if request.door == Door.MEDIA and _is_foreign_use(request):
                return HttpResponseBadRequest("This address is not one of ours.")
            return self.get_response(request)
        if request.path == "/healthz":
            request.door, request.urlconf = Door.STAFF, settings.ROOT_URLCONF
            return self.get_response(request)
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(f"{settings.SCHEME}://{settings.STAFF_HOST}{request.get_full_path()}")
        return HttpResponseBadRequest("This address is not one of ours.")


class PrivacyHeadersMiddleware:
    """Nothing is cached, indexed, framed or told to other sites, and pages may use no sensor.

    Stands outside of what may answer by itself (another host, a file of our own, a refusal), so that no answer is bare.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers that are not set yet."""
        response = self.get_response(request)
        door: Door | None = getattr(request, "door", None)
        for name, value in _headers(door).items():
            response.headers.setdefault(name, value)
        if door == Door.MEDIA:
            for name, value in OF_MEDIA.items():
                response.headers[name] = value
            if getattr(response, "is_shown_inline", False):
                response.headers["Content-Disposition"] = "inline"
                patch_vary_headers(response, ["Origin"])
        if "no-store" in response.headers["Cache-Control"]:
            patch_vary_headers(response, ["Cookie", "Accept-Language"])
        return response


def _headers(door: Door | None) -> dict[str, str]:
    made = {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, noarchive",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Reporting-Endpoints": f'{settings.REPORT_GROUP}="{report_address(door)}"',
    }
    if settings.SECURE_HSTS_SECONDS:
        made["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    if door == Door.PORTAL:
        made["Request-OTR"] = "1"
    return made
