"""Translations: all that clients read is in the catalogue, placeholders match, .mo files are made without gettext."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command

from cases import catalogue

PLACES = re.compile(r"%\((\w+)\)[sd]|%%s")


@pytest.fixture(scope="module")
def arabic() -> dict[tuple[str, str], polib.POEntry]:
    book = polib.pofile(str(catalogue.po_path("ar")))
    return {(entry.msgid, entry.msgid_plural or ""): entry for entry in book if not entry.obsolete}


def test_every_text_that_clients_read_has_its_arabic(arabic):
    missing = [text for text in catalogue.texts() if not _translated(arabic.get((text.text, text.plural)))]
    assert missing == [], "run: manage.py compile_locale --collect ar, then translate"


def _translated(entry: polib.POEntry | None) -> bool:
    return entry is not None and bool(entry.translated())


def test_a_translation_keeps_every_placeholder(arabic):
    for (text, plural), entry in arabic.items():
        wanted = set(PLACES.findall(plural or text))
        said = entry.msgstr_plural.values() if plural else [entry.msgstr]
        for words in said:
            # One and two are said in words in Arabic, so a plural form may leave the number out.
            assert set(PLACES.findall(words)) == wanted or (plural and set(PLACES.findall(words)) < wanted), text


def test_the_texts_are_found_in_templates_and_in_code():
    found = {text.text for text in catalogue.texts()}
    assert "Please do not send us files" in found, "a template"
    assert "That code and PIN do not match." in found, "a view"
    assert "Why we ask" in found, "an argument of a tag"
    assert any(text.plural == "%(n)s new messages" for text in catalogue.texts())


def test_compiling_writes_what_is_missing_or_older_and_nothing_else(settings, tmp_path):
    source = Path(settings.BASE_DIR) / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    folder = tmp_path / "locale" / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    settings.BASE_DIR = tmp_path
    assert catalogue.compile_all() == [folder / "django.mo"]
    assert polib.mofile(str(folder / "django.mo")).find("Continue").msgstr == "تابع"
    assert catalogue.compile_all() == []


def test_the_command_says_what_is_there(capsys):
    call_command("compile_locale")
    assert Path(settings.BASE_DIR, "locale", "ar", "LC_MESSAGES", "django.mo").exists()
