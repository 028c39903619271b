"""What can be shown of a file, and how. Pure: no database. What cannot be decoded here is facts only, and says so."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PAPERS = frozenset({"application/pdf"})


def shown_as(media_type: str) -> str:
    """Return "picture", "film" or "paper"; nothing where a file has no picture or none that is decoded here."""
    if media_type in PICTURES:
        return "picture"
    if media_type in PAPERS:
        return "paper"
    return "film" if media_type.startswith("video/") else ""
