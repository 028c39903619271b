"""How one event of the record becomes 64 hex digits, and how one of its values is committed to.

Pure and free of Django: the database computes the same hash in its trigger, `verify_record` recomputes it here,
and the checker that travels in a bundle carries its own copy of the same few lines.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

FORMAT = "recourse-event-1"
SALT_BYTES = 16
HEADS = b"recourse-heads-1\n"
ANCHOR = b"recourse-anchor-1\n"
FIRST_PREV = ""

# The order is part of the format: the trigger and the travelling checker concatenate the fields as they stand here.
HASHED_FIELDS = (
    "chain",
    "seq",
    "prev",
    "at",
    "recorded_at",
    "actor_kind",
    "actor_id",
    "kind",
    "case_id",
    "subject",
    "sealed_sha256",
    "commitments",
)

# One encoder for all: json.dumps makes a new one for each value that is not written in its own way.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class NotCanonical(ValueError):
    """A value that has no single JSON spelling: a float, a half character, an object with a key that is no text."""


def canonical_json(value: object) -> str:
    """The one JSON text of a value: keys sorted, no spaces, characters as themselves, whole numbers only.

    A subset of RFC 8785 on which Python, Postgres and JavaScript agree. Keys must be plain ASCII, so that sorting by
    code point and by UTF-16 unit is the same. Raises NotCanonical for whatever could be spelled in two ways.
    """
    _refuse_ambiguous(value)
    return _ENCODER.encode(value)


def moment(value: datetime) -> str:
    """An aware time as the format writes it: UTC, six digits of a second, `Z`. Raises ValueError for a naive time."""
    if value.tzinfo is None:
        raise ValueError("A time in the record needs its zone.")
    # strftime("%Y") does not pad years before 1000 on every platform; isoformat always does.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def event_hash(fields: Mapping[str, object]) -> str:
    """SHA-256 (hex) over the format name and the hashed fields, each as 4-byte big-endian length and UTF-8 bytes.

    `fields` holds every name of HASHED_FIELDS: `seq` a whole number, `commitments` a mapping of field name to hex,
    all others text (an absent id is the empty text; `prev` of the first event is the empty text).
    Other keys are ignored, so a custody line can be passed as it is. Raises KeyError for a missing field and
    NotCanonical for one of the wrong type.
    """
    digest = hashlib.sha256()
    for text in (FORMAT, *(_field_text(name, fields[name]) for name in HASHED_FIELDS)):
        raw = text.encode("utf-8")
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.hexdigest()


def commit(salt: bytes, field: str, value: object) -> str:
    """The commitment to one value: SHA-256 (hex) over 16 random bytes and the canonical JSON of [field, value].

    The salt keeps a short value (a yes, a date, a platform) from being guessed from its hash. Raises ValueError for a
    salt of another length, NotCanonical for a value without one spelling.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"A salt has {SALT_BYTES} bytes.")
    return hashlib.sha256(salt + canonical_json([field, value]).encode("utf-8")).hexdigest()


def opens(commitment: str, salt: bytes, field: str, value: object) -> bool:
    """Whether salt and value are what was committed to."""
    return hmac.compare_digest(commitment, commit(salt, field, value))


def _field_text(name: str, value: object) -> str:
    if name == "seq":
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise NotCanonical("seq is a whole number from 1.")
        return str(value)
    if name == "commitments":
        if not isinstance(value, Mapping):
            raise NotCanonical("commitments is a mapping.")
        return canonical_json(dict(value))
    if not isinstance(value, str):
        raise NotCanonical(f"{name} is text.")
    return value


def _refuse_ambiguous(value: object) -> None:
    # Exact types: an enum member or a subclass may print differently from the value that it stands for.
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return
    if isinstance(value, str) and kind is str:
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise NotCanonical("A half character has no UTF-8 form.") from error
    elif kind is list or kind is tuple:
        assert isinstance(value, (list, tuple))
        for item in value:
            _refuse_ambiguous(item)
    elif isinstance(value, dict) and kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise NotCanonical("A key is plain ASCII text.")
            _refuse_ambiguous(item)
    else:
        raise NotCanonical(f"{kind.__name__} has no single JSON spelling.")
