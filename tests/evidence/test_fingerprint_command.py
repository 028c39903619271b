"""`manage.py fingerprint`: tells, as text or JSON, fails out loud, and stores nothing."""

import hashlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evidence import sandbox
from evidence.matching.turns import WAYS
from evidence.models import Exhibit, Fingerprint
from tests.factories.pictures import clip, jpeg, plain, scene


def told(*paths, **options):
    out = StringIO()
    call_command("fingerprint", *map(str, paths), stdout=out, **options)
    return out.getvalue()


def test_each_file_is_a_line_of_json_with_every_turn(tmp_path):
    photo, film = tmp_path / "a.jpg", tmp_path / "b.mp4"
    photo.write_bytes(jpeg(scene(1)))
    film.write_bytes(clip(1, 2, 3, 4))
    first, second = map(json.loads, told(photo, film, json=True).splitlines())
    assert first["sha256"] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert first["md5"] == hashlib.md5(photo.read_bytes(), usedforsecurity=False).hexdigest()
    assert first["media_type"] == "image/jpeg"
    (frame,) = first["frames"]
    assert list(frame["pdq"]) == [str(way) for way in WAYS]
    assert all(len(one) == 64 for one in frame["pdq"].values())
    assert frame["usable"]
    assert [one["at_ms"] for one in second["frames"]] == [0, 1000, 2000, 3000]


def test_as_text_it_says_what_is_too_plain(tmp_path):
    path = tmp_path / "wall.jpg"
    path.write_bytes(jpeg(plain()))
    text = told(path)
    assert "sha256" in text
    assert "not to be matched on" in text


@pytest.mark.parametrize("data", [b"", b"a letter", jpeg(scene(1))[:900]])
def test_a_file_without_a_fingerprint_is_told_and_the_command_fails(tmp_path, data):
    good, bad = tmp_path / "a.jpg", tmp_path / "b.jpg"
    good.write_bytes(jpeg(scene(1)))
    bad.write_bytes(data)
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 files") as failure:
        call_command("fingerprint", str(bad), str(good), json=True, stdout=out)
    assert failure.value.returncode == 1
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["error"]
    assert second["frames"]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError):
        told(tmp_path / "none.jpg")


def test_without_a_sandbox_it_fails_and_decodes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(scene(1)))
    monkeypatch.setattr(sandbox, "_known", (float("inf"), "There is none."))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("fingerprint", str(path), stdout=out)
    assert "There is none." in out.getvalue()


@pytest.mark.django_db
def test_it_stores_nothing(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(scene(1)))
    told(path)
    assert not Fingerprint.objects.exists()
    assert not Exhibit.objects.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.jpg"]
