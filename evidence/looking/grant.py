"""What one look allows, for how long, and the secret in its address. Pure: no database.

The secret names the person and is worked out from the session's own key, which no table holds: another session, or
somebody who read the database, cannot make it.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evidence.models import Tone

SHOWN_AT_MOST = timedelta(seconds=60)
"""How long something is shown in one look, all holds together; then it is covered and a new look must begin."""
LASTS = timedelta(minutes=4)
"""How long a look stands from its reason to its end, shown or covered."""
HELD = timedelta(seconds=6)
"""How long bytes may leave after the page last said that something is held. It says so every two seconds."""
TIMED = timedelta(seconds=10)
LOADING = timedelta(seconds=4)
"""What a page without script has for loading, before the ten seconds that it shows."""
DAY_MINUTES, WEEK_MINUTES = 20, 100
"""House rules (docs/looking.md), not safe doses: nobody knows one."""
EXTRA_CHOICES, EXTRA_AT_MOST = (5, 10, 20), 20
"""Minutes that a supervisor may give on top for one day, at a time and altogether: as much again as a day has."""
IN_A_ROW = timedelta(minutes=10)
ROW_PAUSE = timedelta(minutes=10)
"""After ten minutes seen within half an hour, looks wait for ten minutes."""
ROW_WINDOW = timedelta(minutes=30)

TONES = (Tone.SOFT, Tone.SHARP, Tone.COLOUR)
STILL, CLIP = "still", "clip"
TOKEN_BYTES = 16 + 32


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition of one exhibit: a still (or a sheet of them) or a clip, in a tone, with or without sound."""

    part: str
    tone: Tone
    sound: bool = False

    def __str__(self) -> str:
        return f"{self.part}-{self.tone.value}" + ("-sound" if self.sound else "")

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Return the rendition that a name in an address means, or None."""
        part, _dash, rest = name.partition("-")
        tone, _dash, sound = rest.partition("-")
        if part not in (STILL, CLIP) or tone not in set(Tone.values) or sound not in ("", "sound"):
            return None
        found = cls(part, Tone(tone), bool(sound))
        return found if str(found) == name and (part == CLIP or not sound) else None

    @property
    def media_type(self) -> str:
        """Return what our own re-encoding of it is."""
        return "video/mp4" if self.part == CLIP else "image/jpeg"


def allows(variant: Variant, *, tone: str, is_moving: bool, is_sounding: bool) -> bool:
    """Whether the steps that were pressed so far cover a rendition."""
    if TONES.index(variant.tone) > TONES.index(Tone(tone)):
        return False
    return variant.part == STILL or (is_moving and (is_sounding or not variant.sound))


def make_token(*, viewing_id: UUID, person_id: UUID, session_key: str) -> str:
    """Return the secret of a look's addresses, the same each time for one look in one session."""
    secret = sha256(f"look|{viewing_id}|{session_key}".encode()).digest()
    return base64.urlsafe_b64encode(person_id.bytes + secret).decode()


def person_of(token: str) -> UUID | None:
    """Return whose look a secret says it is; None for anything of another shape. It proves nothing by itself."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=raw[:16]) if len(raw) == TOKEN_BYTES else None


def preview_key(token: str) -> bytes:
    """Return the key that locks a look's previews: whoever has no address has no key."""
    return HKDF(hashes.SHA256(), 32, b"", b"rc/preview/v1").derive(token.encode())


def sign_of(person_id: UUID) -> str:
    """Return the sign that stands on what somebody is shown: from their number in the record, not from their name."""
    digits = person_id.hex.upper()
    return f"{digits[:4]}-{digits[4:8]}"


def mark_of(*, person_id: UUID, reference: str, at: datetime) -> str:
    """Return the words burned into a preview: who (as a sign), which case, when."""
    return f"{sign_of(person_id)} · {reference} · {at:%d %b %Y %H:%M} UTC"
