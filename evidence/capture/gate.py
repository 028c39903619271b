"""What a page may load while it is captured: the rules inside the browser. Pure, standard library only.

Where it may connect is not decided here but in the proxy, which the browser cannot pass.
"""

from collections.abc import Mapping

MEDIA_TYPES = frozenset({"Image", "Media"})
NEVER_TYPES = frozenset({"Ping", "CSPViolationReport", "Prefetch", "SignedExchange", "Manifest"})
MEDIA_CONTENT = ("image/", "video/", "audio/")
STREAMS = frozenset(
    {
        "application/vnd.apple.mpegurl",
        "application/x-mpegurl",
        "application/dash+xml",
        "application/ogg",
        "application/mp4",
        "application/x-shockwave-flash",
    }
)


def asked(url: str, kind: str, headers: Mapping[str, str], *, with_media: bool, count: int, most: int) -> str:
    """Return why a request must not leave, by what is known before it does, or an empty text."""
    if url.partition(":")[0].lower() not in ("http", "https"):
        return "scheme"
    if {name.lower(): value for name, value in headers.items()}.get("service-worker") == "script":
        return "service_worker"
    if kind in NEVER_TYPES:
        return "beacon"
    if kind in MEDIA_TYPES and not with_media:
        return "media"
    return "too_many" if count > most else ""


def answered(content_type: str, length: str, *, with_media: bool, most_bytes: int) -> str:
    """Return why an answer must not be read on, by its head alone, or an empty text."""
    said = content_type.split(";")[0].strip().lower()
    if not with_media and (said.startswith(MEDIA_CONTENT) or said in STREAMS):
        return "media"
    if length.strip().isdigit() and int(length) > most_bytes:
        return "too_large"
    return ""
