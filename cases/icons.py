"""The hand-drawn icon set: 20-pixel strokes, drawn once per page as symbols and used by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.utils.safestring import SafeString, mark_safe

ICONS: Mapping[str, str] = MappingProxyType(
    {
        "clock": '<circle cx="10" cy="10" r="7.25"/><path d="M10 5.75V10l2.75 1.75"/>',
        "folder": (
            '<path d="M3 6.5A1.5 1.5 0 0 1 4.5 5h3L9 7h6.5A1.5 1.5 0 0 1 17 8.5v6a1.5 1.5 0 0 1-1.5 1.5h-11'
            'A1.5 1.5 0 0 1 3 14.5z"/>'
        ),
        "link": (
            '<path d="M8.5 11.5a3 3 0 0 0 4.25 0l2.5-2.5A3 3 0 0 0 11 4.75l-.9.9"/>'
            '<path d="M11.5 8.5a3 3 0 0 0-4.25 0l-2.5 2.5A3 3 0 0 0 9 15.25l.9-.9"/>'
        ),
        "send": '<path d="M17 3 9 11"/><path d="m17 3-5 14-3-6-6-3z"/>',
        "copies": (
            '<rect x="7" y="7" width="9.5" height="9.5" rx="1.5"/>'
            '<path d="M13 7V5a1.5 1.5 0 0 0-1.5-1.5H5A1.5 1.5 0 0 0 3.5 5v6.5A1.5 1.5 0 0 0 5 13h2"/>'
        ),
        "chart": '<path d="M3.5 3.5v13h13"/><path d="M6.5 6.5h3v3h3v3.5h3.5"/>',
        "book": (
            '<path d="M4 4.5A1.5 1.5 0 0 1 5.5 3H16v11.5H5.5A1.5 1.5 0 0 0 4 16z"/>'
            '<path d="M4 16a1.5 1.5 0 0 0 1.5 1.5H16v-3"/>'
        ),
        "gear": (
            '<circle cx="10" cy="10" r="2.5"/>'
            '<path d="M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.4 1.4M13.6 13.6 15 15M15 5l-1.4 1.4M6.4 13.6 5 15"/>'
        ),
        "pulse": '<path d="M2.5 10.5H6l2-5.5 4 10 2-4.5h3.5"/>',
        "search": '<circle cx="9" cy="9" r="5.25"/><path d="m13 13 3.75 3.75"/>',
        "plus": '<path d="M10 4v12M4 10h12"/>',
        "check": '<path d="m4.5 10.5 3.5 3.5 7.5-8"/>',
        "cross": '<path d="m5.5 5.5 9 9M14.5 5.5l-9 9"/>',
        "minus": '<path d="M5 10h10"/>',
        "alert": '<path d="M10 3.5 17.5 16h-15z"/><path d="M10 8.5V12M10 14.1v.1"/>',
        "info": '<circle cx="10" cy="10" r="7.25"/><path d="M10 9v5M10 6.2v.1"/>',
        "wait": '<path d="M6 3.5h8M6 16.5h8M6.5 3.5c0 4 7 5 7 9v4M13.5 3.5c0 4-7 5-7 9v4"/>',
        "pause": '<path d="M7 4.5v11M13 4.5v11"/>',
        "shield": '<path d="M10 3 4.5 5v4.5c0 3.5 2.3 6 5.5 7.5 3.2-1.5 5.5-4 5.5-7.5V5z"/>',
        "lock": '<rect x="4.5" y="9" width="11" height="8" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>',
        "key": '<circle cx="7" cy="13" r="3.5"/><path d="m9.5 10.5 7-7M13 7l2.5 2.5"/>',
        "hide": (
            '<path d="m3 3 14 14"/><path d="M8.2 5.2A8 8 0 0 1 10 5c4 0 6.5 3 7.5 5a11 11 0 0 1-2.3 2.9'
            'M5.2 7A11 11 0 0 0 2.5 10c1 2 3.5 5 7.5 5a7.5 7.5 0 0 0 2.7-.5"/>'
        ),
        "show": (
            '<path d="M2.5 10c1-2 3.5-5 7.5-5s6.5 3 7.5 5c-1 2-3.5 5-7.5 5s-6.5-3-7.5-5z"/>'
            '<circle cx="10" cy="10" r="2.25"/>'
        ),
        "msg": (
            '<path d="M3.5 5A1.5 1.5 0 0 1 5 3.5h10A1.5 1.5 0 0 1 16.5 5v7a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3H5'
            'A1.5 1.5 0 0 1 3.5 12z"/>'
        ),
        "mail": '<rect x="3" y="4.5" width="14" height="11" rx="1.5"/><path d="m3.5 6 6.5 5 6.5-5"/>',
        "phone": '<rect x="6" y="2.5" width="8" height="15" rx="1.5"/><path d="M9 15h2"/>',
        "chevron": '<path d="m8 5 5 5-5 5"/>',
        "back": '<path d="m12 5-5 5 5 5"/>',
        "exit": (
            '<path d="M11.5 6V4A1.5 1.5 0 0 0 10 2.5H5A1.5 1.5 0 0 0 3.5 4v12A1.5 1.5 0 0 0 5 17.5h5'
            'a1.5 1.5 0 0 0 1.5-1.5v-2"/><path d="M8 10h9M14 7l3 3-3 3"/>'
        ),
        "open": (
            '<path d="M9 4.5H5A1.5 1.5 0 0 0 3.5 6v9A1.5 1.5 0 0 0 5 16.5h9a1.5 1.5 0 0 0 1.5-1.5v-4"/>'
            '<path d="M12 3.5h4.5V8M16 4l-7 7"/>'
        ),
        "doc": '<path d="M5 3h6.5l4 4v10H5z"/><path d="M11.5 3v4h4"/>',
        "note": '<path d="M4 3.5h12v9l-4 4H4z"/><path d="M16 12.5h-4v4M7 7.5h6M7 10.5h4"/>',
        "box": '<path d="M3.5 6.5h13v9a1.5 1.5 0 0 1-1.5 1.5H5a1.5 1.5 0 0 1-1.5-1.5zM2.5 3.500h15v3h-15zM8 10h4"/>',
        "download": '<path d="M10 3v9.500M6 9l4 4 4-4M4 16.500h12"/>',
        "upload": '<path d="M10 13V3.500M6 7l4-4 4 4M4 16.500h12"/>',
        "undo": '<path d="M7 4 3.5 7.5 7 11"/><path d="M4 7.500h7.500a4.5 4.5 0 0 1 0 9H8"/>',
        "refresh": '<path d="M16 6.500A7 7 0 1 0 17 10"/><path d="M16.5 3v4h-4"/>',
        "cup": (
            '<path d="M4 7h9v5a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4z"/>'
            '<path d="M13 8.500h1.500a2 2 0 0 1 0 4H13M7 4V3M10 4V3"/>'
        ),
        "person": '<circle cx="10" cy="7" r="3"/><path d="M4 16.500c.5-3 3-4.5 6-4.500s5.5 1.5 6 4.5"/>',
        "people": (
            '<circle cx="7.5" cy="7.5" r="2.5"/><path d="M2.5 16c.4-2.6 2.4-4 5-4s4.6 1.4 5 4"/>'
            '<path d="M12.5 5.300a2.5 2.5 0 0 1 0 4.400M14.2 12.300c1.8.5 3 1.8 3.3 3.7"/>'
        ),
        "globe": '<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c4 4 4 10 0 14M10 3c-4 4-4 10 0 14"/>',
        "photo": '<rect x="3" y="4" width="14" height="12" rx="1.5"/><path d="m3.5 14 4-4 3.5 3.5 2-2 3.5 3"/>',
        "film": '<rect x="3" y="4" width="14" height="12" rx="1.5"/><path d="M8.5 7.500v5l4-2.500z"/>',
    }
)

TURNS_IN_RTL = frozenset({"chevron", "back", "exit", "send", "undo", "open"})


def symbols(names: Iterable[str] = ()) -> SafeString:
    """Return one hidden SVG holding a symbol for each name, or for every icon when no names are given.

    Raises KeyError for a name that is not in the set, so that a typing mistake is found by the first test that renders.
    """
    wanted = list(names) or list(ICONS)
    body = "".join(f'<symbol id="i-{name}" viewBox="0 0 20 20">{ICONS[name]}</symbol>' for name in wanted)
    return mark_safe(f'<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">{body}</svg>')


def use(name: str) -> SafeString:
    """Return the mark-up that draws one icon. Assistive technology does not see it: a word must stand beside it."""
    if name not in ICONS:
        raise KeyError(name)
    turns = " icon--turns" if name in TURNS_IN_RTL else ""
    return mark_safe(f'<svg class="icon{turns}" aria-hidden="true" focusable="false"><use href="#i-{name}"/></svg>')
