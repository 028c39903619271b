"""Text that lies in the clear: every column of it is named here with the reason, and a new one fails until it is.

A value that somebody types, or that names a person, belongs into the sealed blob of its row (ADR 0003). Columns that
take one value of a closed list need no entry; their lists are in the code.
"""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from cases.sealed import SealedRow, SealedValue
from tests.architecture.code import APPS

CODE = "code"  # one word or number out of a list of ours
RANDOM = "random"  # made by a random generator; says nothing by itself
HASH = "hash"  # of something that is not stored beside it
REFERENCE = "reference"  # C-2047 and the like, or a path made of them
STAFF = "staff"  # a colleague's own account
PUBLIC = "public"  # reference facts that ship with the program
RULE = "rule"  # words of a retention rule, which speaks of no case
COUNT = "count"  # numbers by name
SITE = "site"  # which platform or site key, never the address: sorting and sweeps need it

CLEAR = {
    "cases.AnchorStamp": {"authority": PUBLIC, "nonce": RANDOM, "error": CODE},
    "cases.BlockedLoad": {"door": CODE, "directive": CODE},
    "cases.Case": {
        "reference": REFERENCE, "alias": RANDOM, "age_said_by": CODE, "routed_to": PUBLIC, "country": CODE,
        "language": CODE, "source": CODE,
    },
    "cases.CaseTask": {"kind": CODE, "facts": CODE, "path": REFERENCE, "dedupe_key": REFERENCE},
    "cases.Door": {"secret_hash": HASH},
    "cases.Effect": {"kind": CODE, "channel": CODE, "dedupe_key": REFERENCE, "error": CODE},
    "cases.Erasure": {"counts": COUNT, "keys_destroyed_by": CODE},
    "cases.Event": {"actor_id": RANDOM, "kind": CODE, "subject": REFERENCE, "commitments": HASH},
    "cases.Export": {"kind": CODE, "object_name": RANDOM},
    "cases.FormToken": {"outcome": REFERENCE},
    "cases.Helpline": dict.fromkeys(
        ["key", "name", "countries", "kind", "who", "url", "phone", "hours", "confidence", "facts"], PUBLIC
    ),
    "cases.LimitCount": {"kind": CODE, "window": CODE},
    "cases.Look": {"page": CODE},
    "cases.Match": {"asked_reference": REFERENCE, "other_reference": REFERENCE, "kinds": CODE, "kept_apart": REFERENCE},
    "cases.Membership": {"reason": CODE},
    "cases.Party": {"language": CODE},
    "cases.Refusal": {"person_kind": CODE, "route": CODE},
    "cases.RegisterEntry": {"due_by_rule": RULE, "steps": CODE},
    "cases.Removal": {"rule": RULE},
    "cases.RetentionRule": {"country": CODE, "basis": RULE, "confidence": RULE},
    "cases.SafeContact": {"time_zone": CODE, "days": CODE},
    "cases.Session": {"door": CODE},
    "cases.Team": {"name": STAFF},
    "cases.TrusteeLink": {"code_hash": HASH, "kind": CODE},
    "cases.User": {
        "password": HASH, "email": STAFF, "name": STAFF, "roles": CODE, "language": CODE, "time_zone": CODE,
    },
    "evidence.Bundle": {
        "reference": REFERENCE, "object_name": RANDOM, "sha256": HASH, "cipher_sha256": HASH, "packet_sha256": HASH,
        "files": COUNT, "error": CODE, "removed_by": RULE, "language": CODE, "parts": COUNT,
    },
    "evidence.BundleProof": {"why_unsigned": CODE, "packet_level": CODE, "clock": CODE, "asked": PUBLIC},
    "evidence.BundleSeal": {"sha256": HASH, "reference": REFERENCE},
    "evidence.BundleStamp": {"authority": PUBLIC, "nonce": RANDOM, "error": CODE},
    "evidence.ShareItem": {"item": CODE},
    "evidence.Capture": {"site": SITE, "reason": CODE},
    "evidence.SigningCertificate": {"sha256": HASH, "root_sha256": HASH, "subject": PUBLIC, "pem": PUBLIC},
    "evidence.Derivative": {
        "tool": PUBLIC, "media_type": CODE, "parent_sha256": HASH, "sha256": HASH, "object_name": RANDOM,
        "cipher_sha256": HASH, "removed_by": RULE,
    },
    "evidence.Probe": {"maker": CODE, "reason": CODE},
    "evidence.Preview": {"variant": CODE, "media_type": CODE},
    "evidence.StoredCheck": {"subject": CODE},
    "evidence.Exhibit": {
        "producer": CODE, "kind": CODE, "media_type": CODE, "sha256": HASH, "sha512": HASH, "md5": HASH,
        "object_name": RANDOM, "cipher_sha256": HASH, "removed_by": RULE,
    },
    "evidence.Fingerprint": {"tool": CODE, "error": CODE, "sha256": HASH, "md5": HASH},
    "evidence.Upload": {"object_name": RANDOM, "cipher_sha256": HASH},
    "takedowns.IncomingMail": {"object_name": RANDOM, "sealed_sha256": HASH},
    "takedowns.NoticeClock": {"lever": CODE, "name": PUBLIC},
    "takedowns.Platform": dict.fromkeys(
        ["key", "name", "kind", "domains", "abuse_email", "confidence", "route_quality", "facts"], PUBLIC
    ),
    "takedowns.ReportedUrl": {"site": SITE, "last_answer": CODE, "last_reason": CODE},
    "takedowns.UrlCheck": {"reason": CODE, "vantage": CODE, "body_sha256": HASH},
}  # fmt: skip


def _models():
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def _holds_text(field: models.Field) -> bool:
    if isinstance(field, ArrayField):
        return _holds_text(field.base_field)
    is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return is_text and not field.choices


def _clear(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.local_concrete_fields if _holds_text(field)}


def test_every_clear_text_column_is_known_with_its_reason():
    found = {model._meta.label: _clear(model) for model in _models() if _clear(model)}
    unknown = {label: sorted(names - set(CLEAR.get(label, {}))) for label, names in found.items()}
    assert not {label: names for label, names in unknown.items() if names}, "seal it, or say why it may be clear"
    gone = {label: sorted(set(names) - found.get(label, set())) for label, names in CLEAR.items()}
    assert not {label: names for label, names in gone.items() if names}, "no such column any more"


@pytest.mark.parametrize("field", [models.CharField(max_length=9), models.TextField(), models.JSONField()])
def test_a_new_column_of_text_would_be_seen(field):
    assert _holds_text(field)
    assert _holds_text(ArrayField(models.CharField(max_length=9)))
    assert not _holds_text(models.CharField(max_length=9, choices=[("a", "A")]))


def test_no_sealed_value_has_a_clear_column_of_the_same_name():
    for model in _models():
        if issubclass(model, SealedRow):
            sealed = {name for name in dir(model) if isinstance(getattr(model, name, None), SealedValue)}
            assert not sealed & {field.name for field in model._meta.concrete_fields}, model.__name__


def test_every_row_with_a_case_and_words_of_a_person_is_sealed():
    words = {"text", "note", "name", "phone", "address", "url", "title", "description", "words", "why", "subject_line"}
    for model in _models():
        clear = _clear(model) & words
        label = model._meta.label
        assert all(CLEAR[label][name] in (PUBLIC, STAFF) for name in clear), label
