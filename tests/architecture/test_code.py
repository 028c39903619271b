"""The house rules about code, read from its syntax."""

import ast
import re

import pytest

from tests.architecture.code import APPS, BASE, name_of, python_files, tree_of


def _calls(tree: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _dotted(node: ast.expr) -> str:
    return ast.unparse(node)


def test_no_view_answers_after_its_context_is_gone():
    forbidden = re.compile(r"TemplateResponse|django\.views\.generic|View\.as_view")
    assert not [name_of(path) for path in python_files(*APPS, "config") if forbidden.search(path.read_text())]


def test_the_context_is_set_in_one_place_and_for_one_transaction_only():
    for path in python_files(*APPS, "config"):
        text = path.read_text()
        if "set_config" in text:
            assert name_of(path) == "cases/access.py"
            assert re.findall(r"set_config\([^)]*\)", text)
            assert all(call.endswith(", true)") for call in re.findall(r"set_config\([^)]*\)", text))
        assert not re.search(r"execute\(\s*[\"']set ", text, re.IGNORECASE), name_of(path)


def test_no_time_is_naive():
    for path in python_files(*APPS, "config"):
        for call in _calls(tree_of(path)):
            name = _dotted(call.func)
            assert name not in ("datetime.utcnow", "datetime.datetime.utcnow", "date.today"), name_of(path)
            if name in ("datetime.now", "datetime.datetime.now"):
                assert call.args or call.keywords, name_of(path)


def test_one_receiver_of_one_signal_is_all_there_is():
    found = [
        name_of(path)
        for path in python_files(*APPS)
        if re.search(r"@receiver|import .*signals|signals import|Signal\(", path.read_text())
    ]
    assert found in ([], ["cases/signin.py"])


@pytest.mark.parametrize("app", APPS)
def test_actions_take_keywords_and_never_see_a_request(app):
    for path in sorted((BASE / app / "actions").glob("*.py")):
        assert "django.http" not in path.read_text(), name_of(path)
        for node in tree_of(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            names = [argument.arg for argument in node.args.kwonlyargs]
            assert "request" not in names, f"{name_of(path)}:{node.name}"
            if "by" in names:
                assert not node.args.args, f"{name_of(path)}:{node.name} takes positions"
                assert "at" in names, f"{name_of(path)}:{node.name} has no at="


@pytest.mark.parametrize("app", APPS)
def test_actions_neither_fetch_nor_render(app):
    forbidden = re.compile(
        r"^(?:from|import) (?:aiohttp|smtplib|socket|requests|urllib\.request|weasyprint)|render_to_string", re.M
    )
    for path in sorted((BASE / app / "actions").glob("*.py")):
        assert not forbidden.search(path.read_text()), name_of(path)


def test_every_model_manager_of_a_case_table_answers_who_may_see_it():
    from django.apps import apps

    without = []
    for model in apps.get_models():
        if model._meta.app_label not in APPS or not any(field.name == "case" for field in model._meta.get_fields()):
            continue
        if model.__name__ in ("Membership", "Lookup", "NoticeLink"):  # reached through their case only
            continue
        if not hasattr(model._default_manager.all(), "visible_to"):
            without.append(model.__name__)
    assert not without
