"""The house rules of style sheets, scripts and templates, read from the files themselves."""

import re
from pathlib import Path

import pytest

from cases.icons import ICONS

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
PAGES = sorted((ROOT / "templates").rglob("*.html"))
WEB_PAGES = [page for page in PAGES if "packet" not in page.parts and "bundle" not in page.name]
LAYERS = "@layer reset, tokens, base, layout, components, utilities, print;"

PHYSICAL = re.compile(
    r"""(?<![\w-])(?:
        (?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-\w+)?\s*:
      | (?:left|right|top|bottom)\s*:
      | (?:min-|max-)?(?:width|height)\s*:
      | border-(?:top|bottom)-(?:left|right)-radius\s*:
      | (?:text-align|float|clear)\s*:\s*(?:left|right)
    )""",
    re.VERBOSE,
)
HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def text_of(sheet: Path) -> str:
    """Return a style sheet without its comments and without media conditions, which name physical sizes by nature."""
    bare = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return re.sub(r"@(?:media|container)[^{]*\{", "{", bare)


def is_screen(sheet: Path) -> bool:
    """Whether a sheet is for browsers; the packet's sheet is for paper and has page boxes."""
    return not sheet.name.startswith("packet")


def named(path: Path) -> str:
    """Name a file in a test's title."""
    return str(path.relative_to(ROOT))


def test_there_are_sheets_and_pages_to_look_at() -> None:
    assert len(SHEETS) > 8
    assert len(PAGES) > 40


@pytest.mark.parametrize("sheet", SHEETS, ids=named)
def test_a_sheet_is_short_enough_to_read(sheet: Path) -> None:
    assert len(sheet.read_text().splitlines()) <= 400


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if is_screen(sheet)], ids=named)
def test_a_sheet_knows_no_left_and_right(sheet: Path) -> None:
    assert PHYSICAL.findall(text_of(sheet)) == []


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if is_screen(sheet)], ids=named)
def test_colours_are_named_in_the_tokens_only(sheet: Path) -> None:
    if sheet.name != "tokens.css":
        assert HEX.findall(text_of(sheet)) == []


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if is_screen(sheet)], ids=named)
def test_every_rule_stands_in_a_layer(sheet: Path) -> None:
    outside, depth = "", 0
    for sign in text_of(sheet).replace(LAYERS, ""):
        depth += (sign == "{") - (sign == "}")
        outside += sign if depth == 0 else ""
    assert depth == 0
    assert re.fullmatch(r"(?:\s*@layer [a-z]+ \})*\s*", outside), outside


def test_the_order_of_layers_is_declared_once_and_first() -> None:
    declaring = [sheet.name for sheet in SHEETS if is_screen(sheet) and LAYERS in sheet.read_text()]
    assert declaring == ["tokens.css"]
    for base in ("_staff_styles.html", "portal_base.html"):
        linked = re.findall(r"css/([\w/]+\.css)", (ROOT / "templates" / base).read_text())
        assert linked[0] == "tokens.css"


def test_both_dark_themes_are_the_same() -> None:
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text()
    by_system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)\}', sheet, re.DOTALL)
    by_choice = re.search(r':root\[data-theme="dark"\] \{\s*color-scheme: dark;(.*?)\}', sheet, re.DOTALL)
    assert by_system
    assert by_choice
    assert by_system.group(1).split() == by_choice.group(1).split()


def test_every_token_that_is_used_is_defined() -> None:
    defined: set[str] = set()
    used: set[str] = set()
    for sheet in filter(is_screen, SHEETS):
        body = text_of(sheet)
        defined |= set(re.findall(r"(--[\w-]+)\s*:", body))
        used |= set(re.findall(r"var\((--[\w-]+)\)", body))
    assert used - defined == set()


@pytest.mark.parametrize("page", WEB_PAGES, ids=named)
def test_a_template_holds_no_style_and_no_script_of_its_own(page: Path) -> None:
    body = page.read_text()
    assert not re.search(r"<style\b", body)
    assert not re.search(r"\sstyle\s*=", body)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", body)
    assert "javascript:" not in body
    for attributes in re.findall(r"<script\b([^>]*)>", body):
        assert "src=" in attributes or 'type="application/json"' in attributes, attributes


@pytest.mark.parametrize("page", WEB_PAGES, ids=named)
def test_icons_that_a_template_names_are_drawn(page: Path) -> None:
    body = page.read_text()
    names = re.findall(r'\{%\s*icon\s+"([\w-]+)"', body) + re.findall(r'\bicon="([\w-]+)"', body)
    assert set(names) - set(ICONS) - {"none"} == set()


@pytest.mark.parametrize("page", sorted((ROOT / "templates" / "components").glob("*.html")), ids=named)
def test_a_component_says_what_it_needs(page: Path) -> None:
    assert re.match(r"\{# .{15,} #\}\n", page.read_text())


def test_the_portal_loads_nothing_that_is_not_its_own() -> None:
    base = (ROOT / "templates" / "portal_base.html").read_text()
    assert "//" not in re.sub(r"\{#.*?#\}", "", base)
    assert "htmx" not in base
    for script in (ROOT / "static" / "js" / "portal").glob("*.js"):
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", script.read_text()), script


def test_a_first_visit_to_the_portal_is_small() -> None:
    base = (ROOT / "templates" / "portal_base.html").read_text()
    static = ROOT / "static"
    loaded = [static / found for found in re.findall(r'\{% static "([^"]+)" %\}', base)]
    assert len(loaded) >= 5
    assert sum(path.stat().st_size for path in loaded) < 30_000


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast of two hexadecimal colours (1 to 21)."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_every_ground(theme: str) -> None:
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text()
    start = sheet.index('[data-theme="dark"] {') if theme == "dark" else sheet.index(":root {")
    found = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", sheet[start : sheet.index("}", start)]))
    pairs = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("paper", "surface", "sunken")]
    pairs += [(tone, f"{tone}-soft") for tone in ("late", "soon", "ok", "info", "mute", "accent")]
    pairs += [("on-accent", "accent"), ("paper", "ink"), ("heat-ink-4", "heat-4")]
    pairs += [("heat-ink", f"heat-{level}") for level in (1, 2, 3)]
    weak = {pair: round(contrast(found[f"--{pair[0]}"], found[f"--{pair[1]}"]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    assert contrast(found["--control"], found["--surface"]) >= 3
    assert contrast(found["--focus"], found["--paper"]) >= 3
