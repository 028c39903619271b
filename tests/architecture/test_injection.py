"""What people type is text everywhere: no template, mark-up, header or statement is put together from it."""

import ast
import re

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from django.template import engines
from django.template.loader import render_to_string

from tests.architecture.code import APPS, BASE, name_of, python_files, tree_of

TYPED = "{{7*7}}{% include 'base.html' %}{% load cases %}<b>"
PUT_TOGETHER: dict[str, str] = {
    "cases/icons.py": "drawings of our own",
    "cases/charts.py": "numbers, drawn by us",
    "cases/templatetags/ui.py": "marks of our own around escaped text",
    "cases/templatetags/forms.py": "a token of our own",
    "cases/reading.py": "a template of ours, which has escaped what was typed",
}
"""Modules that may call a text safe: what it is made of."""


@pytest.mark.parametrize("folder", [*APPS, "config"])
def test_no_template_is_made_of_a_text(folder):
    wrong = [
        f"{name_of(path)}: {ast.unparse(call.func)}"
        for path in python_files(folder)
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and re.search(r"(^|\.)(Template|from_string)$", ast.unparse(call.func))
    ]
    assert [line for line in wrong if not line.startswith("config/demo")] == []


def test_text_is_called_safe_in_known_places_only():
    found = {
        name_of(path)
        for path in python_files(*APPS, "config")
        if re.search(r"\b(mark_safe|SafeString|SafeText)\b", path.read_text(encoding="utf-8"))
    }
    assert found == set(PUT_TOGETHER)


def test_no_template_switches_escaping_off():
    wrong = [
        str(path.relative_to(BASE))
        for path in (BASE / "templates").rglob("*")
        if path.suffix in (".html", ".svg")
        and re.search(r"\|\s*safe\b|autoescape off", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_no_statement_is_put_together_from_values():
    """Names of tables and columns of our own may be; a value goes in as a parameter."""
    wrong = []
    for path in python_files(*APPS):
        if name_of(path) == "cases/rowsecurity.py":
            continue  # migrations, with names of tables only
        for call in ast.walk(tree_of(path)):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(
                (".execute", ".executemany", ".raw", ".extra")
            ):
                first = call.args[0] if call.args else None
                if isinstance(first, ast.BinOp) or (isinstance(first, ast.JoinedStr) and not _names_only(first)):
                    wrong.append(f"{name_of(path)}:{call.lineno}")
    assert wrong == []


def _names_only(text: ast.JoinedStr) -> bool:
    """Whether what is put in is a table's or a column's name: db_table, quote_name(...), or a constant in capitals."""
    put_in = [ast.unparse(part.value) for part in text.values if isinstance(part, ast.FormattedValue)]
    return all(re.search(r"db_table|quote_name|column|^[A-Z_.]+$|table", name) for name in put_in)


def test_a_template_in_a_text_stays_a_text():
    shown = engines["django"].from_string("{{ typed }}").render({"typed": TYPED})
    assert "{{7*7}}{% include" in shown
    assert "<b>" not in shown
    whole = render_to_string("components/banner.html", {"text": TYPED, "kind": "info"})
    assert "49" not in whole
    assert "<b>" not in whole


@pytest.mark.parametrize("name", ["subject", "to", "from_email"])
@pytest.mark.parametrize("ending", ["\r\nBcc: all@evil.example", "\nX: y", "\r", "\n\n<script>"])
def test_no_header_of_a_mail_can_be_broken_open(name, ending):
    given = {"subject": "Hello", "body": "text", "from_email": "a@casework.example", "to": ["b@mail.example"]}
    given[name] = [f"b@mail.example{ending}"] if name == "to" else f"{given[name]}{ending}"
    with pytest.raises(BadHeaderError):
        EmailMessage(**given).message()
