"""Translations: all that clients read is in the catalogue, placeholders match, .mo files are made without gettext."""

import ast
import re
from importlib import import_module
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command

from cases import catalogue
from cases.route_table import _patterns
from tests.architecture.code import APPS

PLACES = re.compile(r"%\((\w+)\)[sd]|%%s")


@pytest.fixture(scope="module")
def arabic() -> dict[tuple[str, str], polib.POEntry]:
    book = polib.pofile(str(catalogue.po_path("ar")))
    return {(entry.msgid, entry.msgid_plural or ""): entry for entry in book if not entry.obsolete}


def test_every_text_that_clients_read_has_its_arabic(arabic):
    missing = [text for text in catalogue.texts() if not _translated(arabic.get((text.text, text.plural)))]
    assert missing == [], "run: manage.py compile_locale --collect ar, then translate"


STAFF_ONLY = {
    "cases.accounts": "staff's own account",
    "cases.actions.message": "client_page answers what is not possible with another page",
    "cases.states": "states as staff reads them",
    "evidence.actions.client_copy": "client_page answers what is not possible with another page",
    "evidence.actions.exhibit": "a client hears evidence.actions.upload.check_receiving",
    "evidence.actions.share": "shares of staff",
    "evidence.bundles": "bundles of staff",
    "evidence.panels": "tabs and panels of staff",
    "takedowns.actions.reported_url": "client_page answers what is not possible with another page",
    "takedowns.listing": "lists of staff",
    "takedowns.states": "states as staff reads them",
}
"""Modules that the portal's views import and whose texts no client meets, with the reason."""


def test_no_text_that_the_portal_can_show_is_left_out_of_the_catalogue():
    """The list of files is kept by hand; what the portal's views name, and what they import, must be on it."""
    listed = {str(path.relative_to(settings.BASE_DIR)) for path in catalogue.sources()}
    modules = _portal_modules()
    assert {"evidence.views.portal_parts", "evidence.panels", "takedowns.views.portal"} <= modules
    near = modules.union(*(_imported(module) for module in modules)) - set(STAFF_ONLY)
    silent = {name for name in near if _file(name).exists() and list(catalogue._in_code(_file(name).read_text()))}
    assert {str(_file(name).relative_to(settings.BASE_DIR)) for name in silent} - listed == set()
    templates = {name for name in _templates(modules) if list(catalogue._in_template(_text(name)))}
    assert "evidence/_portal_drop.html" in templates, "a template that another one includes"
    assert {f"templates/{name}" for name in templates} - listed == set()


def _portal_modules() -> set[str]:
    found = {entry.callback.__module__ for _route, entry in _patterns(import_module("config.portal_urls").urlpatterns)}
    return found | {name.rpartition(".")[0] for name in (*settings.PORTAL_PARTS, *settings.PORTAL_STATUS)}


def _file(module: str) -> Path:
    return Path(settings.BASE_DIR, *module.split(".")).with_suffix(".py")


def _imported(module: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(_file(module).read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in nodes if (node.module or "").split(".")[0] in APPS]
    return {f"{node.module}{more}" for node in ours for more in ("", *(f".{name.name}" for name in node.names))}


def _templates(modules: set[str]) -> set[str]:
    """Return the templates that portal modules name, with what those extend and include. Panels have staff's too."""
    named = {
        name
        for module in modules
        for name in re.findall(r'"([\w/]+\.html)"', _file(module).read_text())
        if "panels" not in module or "portal" in name
    }
    found: set[str] = set()
    while named - found:
        name = (named - found).pop()
        found.add(name)
        named |= set(re.findall(r'{% (?:extends|include) "([\w/]+\.html)"', _text(name)))
    return found


def _text(template: str) -> str:
    return Path(settings.BASE_DIR, "templates", template).read_text(encoding="utf-8")


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
