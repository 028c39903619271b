"""The house rules about files: one noun one file, short, named in the field's words, each saying its job."""

import ast
import re

import pytest

from tests.architecture.code import APPS, BASE, name_of, python_files, tree_of

LONGEST = 400
ALONE = {"evidence/verify_tool/verify.py": 520}
"""Files that travel alone to a reader, so that there is no second one to move anything to."""
DUMPING_GROUNDS = {"utils", "util", "common", "core", "helpers", "helper", "misc", "lib", "base_utils"}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_no_file_is_longer_than_four_hundred_lines():
    files = [*python_files(), *(BASE / "templates").rglob("*.html"), *(BASE / "static").rglob("*.css")]
    counts = {name_of(path): len(path.read_text().splitlines()) for path in files}
    assert not {name: count for name, count in counts.items() if count > ALONE.get(name, LONGEST)}


def test_no_module_is_a_dumping_ground():
    assert not [
        name_of(path) for path in python_files() if path.stem in DUMPING_GROUNDS or path.parent.name in DUMPING_GROUNDS
    ]


def test_every_module_says_its_job_in_its_first_line():
    silent = [
        name_of(path) for path in python_files() if path.read_text().strip() and not ast.get_docstring(tree_of(path))
    ]
    assert not silent


def _public(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
        return False
    if isinstance(node, ast.FunctionDef) and ast.unparse(node.body[-1]) == "...":
        return False  # a member of a protocol: the protocol says what it is
    quiet = (".setter", "overload")
    return node.name != "Meta" and not any(ast.unparse(mark).endswith(quiet) for mark in node.decorator_list)


def test_every_public_function_and_class_says_what_it_does():
    silent = []
    for path in python_files(*APPS, "config"):
        if "verify_tool" in path.parts:  # travels alone, for readers of its own
            continue
        for node in tree_of(path).body:
            private = isinstance(node, ast.ClassDef) and node.name.startswith("_")
            inner = node.body if isinstance(node, ast.ClassDef) and not private else []
            for found in (node, *inner):
                if _public(found) and not ast.get_docstring(found):
                    silent.append(f"{name_of(path)}:{found.name}")
    assert not silent


@pytest.mark.parametrize("app", APPS)
def test_a_models_file_is_named_for_the_noun_it_holds(app):
    for path in sorted((BASE / app / "models").glob("*.py")):
        if path.stem == "__init__":
            continue
        classes = [node.name for node in tree_of(path).body if isinstance(node, ast.ClassDef)]
        assert path.stem in {_snake(name) for name in classes}, name_of(path)


def test_no_comment_is_a_reminder_for_later():
    pattern = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b")
    assert not [name_of(path) for path in python_files() if pattern.search(path.read_text())]


def test_the_project_speaks_of_itself_alone():
    texts = [*python_files(), *BASE.glob("*.md"), *(BASE / "docs").rglob("*.md"), *(BASE / "templates").rglob("*.html")]
    hosts = "|".join(("python" + "hosted", "py" + r"pi\.org", r"registry\.np" + "mjs", "/wor" + "k/"))
    assert not [name_of(path) for path in texts if re.search(hosts, path.read_text())]
