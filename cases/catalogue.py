"""Texts that clients read, for translators: found in templates and code, written to a .po file, compiled to .mo."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

READ_BY_CLIENTS = (
    "templates/portal/*.html",
    "templates/portal_base.html",
    "templates/components/*.html",
    "templates/takedowns/portal_*.html",
    "templates/takedowns/_portal_*.html",
    "cases/views/portal/*.py",
    "cases/doors.py",
    "cases/pin_entry.py",
    "cases/portal.py",
    "cases/countries.py",
    "cases/forms.py",
    "cases/effects.py",
    "cases/models/safe_contact.py",
    "cases/models/consent.py",
    "cases/models/withdrawal.py",
    "takedowns/views/portal.py",
    "takedowns/panels.py",
    "takedowns/pasted.py",
    "takedowns/forms.py",
    "templates/evidence/portal_*.html",
    "templates/evidence/_portal_*.html",
    "evidence/views/portal_*.py",
    "evidence/client_copy_forms.py",
    "evidence/forms_portal.py",
    "evidence/intake.py",
    "cases/http.py",
    "cases/vault.py",
    "evidence/part_answers.py",
    "evidence/handed_in.py",
    "evidence/resumable.py",
    "evidence/uploads.py",
    "evidence/kinds.py",
    "evidence/zip_listing.py",
    "evidence/actions/upload.py",
)
CLIENTS_COMPONENTS = frozenset(
    (
        *("_field_notes", "banner", "button", "empty", "error_summary", "field", "form_fields", "form_top"),
        *("link_row", "messages", "progress_bar", "summary_list", "task_list_row"),
    )
)
"""Components that portal pages use; the others are for staff."""
NAMES = frozenset({"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"})
TEXT = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"\b(n?gettext|_)\(\s*{TEXT}(?:\s*,\s*{TEXT})?")


@dataclass(frozen=True)
class Text:
    """One text with its plural, if it has one, and the file it is in."""

    text: str
    plural: str
    place: str


def sources() -> Iterator[Path]:
    """Give the files whose texts clients read."""
    for pattern in READ_BY_CLIENTS:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            if path.parent.name != "components" or path.stem in CLIENTS_COMPONENTS:
                yield path


def texts() -> list[Text]:
    """Return every text that clients read, once, in the order of the files."""
    found: dict[tuple[str, str], Text] = {}
    for path in sources():
        place = str(path.relative_to(settings.BASE_DIR))
        source = path.read_text(encoding="utf-8")
        pairs = _in_template(source) if path.suffix == ".html" else _in_code(source)
        for text, plural in pairs:
            found.setdefault((text, plural), Text(text, plural, place))
    return list(found.values())


def _in_template(source: str) -> Iterator[tuple[str, str]]:
    for call in CALL.finditer(templatize(source)):
        plural = ast.literal_eval(call.group(3)) if call.group(1) == "ngettext" and call.group(3) else ""
        yield ast.literal_eval(call.group(2)), plural


def _in_code(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in NAMES:
            continue
        given = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if given:
            yield given[0], given[1] if node.func.id.startswith("ngettext") and len(given) > 1 else ""


def po_path(language: str) -> Path:
    """Return where a language's texts are."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def collect(language: str) -> polib.POFile:
    """Bring a language's file up to date: new texts come in empty, texts that are gone are marked as such."""
    path = po_path(language)
    book: polib.POFile = polib.pofile(str(path), wrapwidth=110)
    wanted = {(text.text, text.plural): text for text in texts()}
    known = {(entry.msgid, entry.msgid_plural or ""): entry for entry in book}
    for key, text in wanted.items():
        if key not in known:
            empty = dict.fromkeys(range(6), "") if text.plural else {}
            entry = polib.POEntry(msgid=text.text, msgid_plural=text.plural or None, msgstr_plural=empty)
            book.append(entry)
            known[key] = entry
        known[key].occurrences = [(text.place, "")]
    for key, entry in known.items():
        entry.obsolete = key not in wanted
    book.save(str(path))
    return book


def compile_all() -> list[Path]:
    """Write the .mo file beside every .po file whose .mo is missing or older; return those written."""
    written = []
    for path in sorted((Path(settings.BASE_DIR) / "locale").glob("*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            draft = target.with_suffix(".mo.new")
            polib.pofile(str(path)).save_as_mofile(str(draft))
            draft.replace(target)
            written.append(target)
    return written
