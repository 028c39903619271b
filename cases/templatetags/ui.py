"""Tags and filters that pages share: icons, clocks, times, sizes, form controls and the blocks that wrap mark-up."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    PasswordInput,
    RadioSelect,
    Select,
    Textarea,
)
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases import icons

register = template.Library()

SOON = timedelta(hours=6)
"""A clock with less than this left is shown as "soon" (house rule)."""

QUIET_TYPING = {"autocomplete": "off", "autocorrect": "off", "autocapitalize": "off", "spellcheck": "false"}
"""Keeps a phone's keyboard and the browser from learning what a person writes."""


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon by its name in cases/icons.py."""
    return icons.use(name)


@register.simple_tag
def icon_sprite(*names: str) -> SafeString:
    """Put the symbols on the page, once, near the top of the body; name them to keep a page small."""
    return icons.symbols(names)


def split_time(delta: timedelta) -> tuple[int, int, int]:
    """Return whole days, hours and minutes of the absolute value of a time span."""
    minutes = int(abs(delta).total_seconds() // 60)
    return minutes // 1440, minutes // 60, minutes % 60


def short_span(delta: timedelta) -> str:
    """Say a span as on a clock chip: "38 m", "1 h 20 m", "19 h", "2 days"."""
    days, hours, minutes = split_time(delta)
    if hours >= 48:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours >= 6 or (hours and not minutes):
        return _("%(h)d h") % {"h": hours}
    if hours:
        return _("%(h)d h %(m)d m") % {"h": hours, "m": minutes}
    return _("%(m)d m") % {"m": minutes}


def spoken_span(delta: timedelta) -> str:
    """Say a span in whole words for a screen reader: "1 hour 20 minutes"."""
    days, hours, minutes = split_time(delta)
    if hours >= 48:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    parts = []
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes or not hours:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts)


def moment(at: datetime, now: datetime) -> str:
    """Say when, as short as it can be without doubt: "14:18", "Mon 08:40", "14 Dec 08:40"."""
    local, today = timezone.localtime(at), timezone.localtime(now).date()
    if local.date() == today:
        return date_format(local, "H:i")
    if abs((local.date() - today).days) < 7:
        return date_format(local, "D H:i")
    return date_format(local, "j M H:i") if local.year == today.year else date_format(local, "j M Y H:i")


OWNED = {
    "ours": lambda when: _("due %(when)s") % {"when": when},
    "target": lambda when: _("our target %(when)s") % {"when": when},
    "platform": lambda when: _("their limit %(when)s") % {"when": when},
    "regulator": lambda when: _("regulator’s limit %(when)s") % {"when": when},
    "client": lambda when: _("client’s time %(when)s") % {"when": when},
}

OWNER_WORDS = {
    "ours": lambda: pgettext("whose clock", "ours"),
    "target": lambda: pgettext("whose clock", "our target"),
    "platform": lambda: pgettext("whose clock", "the platform’s"),
    "regulator": lambda: pgettext("whose clock", "the regulator’s"),
    "client": lambda: pgettext("whose clock", "the client’s"),
}


def clock_state(due: datetime | None, now: datetime, *, stopped: str = "", paused: str = "") -> str:
    """Return the state of a clock: none, paused, met, missed, late, soon or on-track."""
    if stopped in {"met", "missed"}:
        return stopped
    if paused:
        return "paused"
    if due is None:
        return "none"
    if due < now:
        return "late"
    return "soon" if due - now < SOON else "on-track"


@register.inclusion_tag("components/clock.html")
def clock(
    due: datetime | None, now: datetime, owner: str = "ours", stopped: str = "", paused: str = "", size: str = ""
) -> dict[str, object]:
    """A clock chip. `owner`: ours, target, platform, regulator, client; `stopped`: met or missed; `paused`: why."""
    state = clock_state(due, now, stopped=stopped, paused=paused)
    found: dict[str, object] = {"state": state, "due": due, "size": size, "theirs": owner not in {"ours", "target"}}
    if due is not None:
        found["note"] = OWNED.get(owner, OWNED["ours"])(moment(due, now))
        whose, ends = OWNER_WORDS.get(owner, OWNER_WORDS["ours"])(), moment(due, now)
    if state == "none":
        return found | {"left": _("No clock"), "spoken": _("No clock"), "note": ""}
    if state == "paused":
        return found | {"left": pgettext("clock", "Paused"), "spoken": pgettext("clock", "Paused"), "note": paused}
    if state == "met":
        return found | {"left": pgettext("clock", "Met"), "spoken": pgettext("clock", "Met")}
    if state == "missed":
        return found | {"left": pgettext("clock", "Missed"), "spoken": pgettext("clock", "Missed")}
    assert due is not None
    span = due - now
    if state == "late":
        left = _("%(span)s late") % {"span": short_span(span)}
        spoken = _("%(span)s late, %(whose)s, ended %(ends)s")
    else:
        left, spoken = short_span(span), _("%(span)s left, %(whose)s, ends %(ends)s")
    return found | {"left": left, "spoken": spoken % {"span": spoken_span(span), "whose": whose, "ends": ends}}


@register.simple_tag
def clock_words() -> SafeString:
    """Hand the words of the ticking clocks to the page's script, in the page's language."""
    words: dict[str, object] = {
        "soon_seconds": int(SOON.total_seconds()),
        "minutes": _("%(m)d m"),
        "hours": _("%(h)d h"),
        "hours_minutes": _("%(h)d h %(m)d m"),
        "days": ngettext("%(n)d day", "%(n)d days", 2),
        "late": _("%(span)s late"),
        "left": _("%(span)s left"),
    }
    return json_script(words, "clock-words")


LOCAL_FORMATS = {"short": "j M H:i", "long": "l j F Y, H:i T", "time": "H:i", "day": "l j F", "date": "j M Y"}


@register.filter
def local_time(at: datetime | None, style: str = "short") -> SafeString | str:
    """Write a moment in the reader's zone inside a time element. Styles: short, long, time, day, date."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), date_format(local, LOCAL_FORMATS[style])
    )


@register.filter
def duration(span: timedelta | float | None) -> str:
    """Say how long something took; takes a timedelta or a number of seconds."""
    if span is None:
        return ""
    return short_span(span if isinstance(span, timedelta) else timedelta(seconds=span))


@register.filter
def media_length(seconds: float | None) -> str:
    """Write the length of a recording as minutes and seconds, "0:42" or "1:02:07"; takes seconds."""
    if seconds is None:
        return ""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
    return f"{whole // 60}:{whole % 60:02}"


@register.filter
def human_size(size: int | None) -> str:
    """Write a number of bytes with decimal units, as file managers do: "482 kB", "1.3 GB"."""
    if size is None:
        return ""
    if size < 1000:
        return ngettext("%(n)s byte", "%(n)s bytes", size) % {"n": number_format(size)}
    value = float(size)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            break
    places = 0 if value >= 99.95 else 1
    return f"{number_format(round(value, places), places)} {unit}"


KINDS: tuple[tuple[type, str], ...] = (
    (RadioSelect, "choices"),
    (CheckboxSelectMultiple, "choices"),
    (CheckboxInput, "tick"),
    (Textarea, "textarea"),
    (Select, "select"),
    (FileInput, "file"),
    (PasswordInput, "password"),
)


GENERAL = "default_error_messages"


@register.filter
def control_kind(field: BoundField) -> str:
    """Name the shape of a field: choices, tick, textarea, select, file, password or text."""
    return next((kind for widget, kind in KINDS if isinstance(field.field.widget, widget)), "text")


def describing_ids(field: BoundField, *, hint: bool) -> str:
    """List the ids of the hint and the error that explain a field."""
    ids = [f"{field.auto_id}_hint"] if hint else []
    return " ".join([*ids, f"{field.auto_id}_error"] if field.errors else ids)


@register.simple_tag
def control(
    field: BoundField, hint: str = "", sensitive: bool = False, size: str = "", rows: int | None = None, count: int = 0
) -> SafeString:
    """Render the input itself, bound to its hint and error. Pages use components/field.html rather than this."""
    kind = control_kind(field)
    attrs: dict[str, Any] = (
        {} if kind in {"choices", "tick"} else {"class": f"input input--{size}" if size else "input"}
    )
    described = describing_ids(field, hint=bool(hint or field.help_text))
    if count and kind == "textarea":
        attrs["data-count"] = str(count)
        described = f"{described} {field.auto_id}_count".strip()
    if described and kind != "choices":
        attrs["aria-describedby"] = described
    if sensitive:
        attrs |= {name: value for name, value in QUIET_TYPING.items() if name not in field.field.widget.attrs}
    if kind == "textarea":
        attrs["rows"] = rows or 5
    return field.as_widget(attrs=attrs)


@register.filter
def described_by(field: BoundField, hint: str = "") -> str:
    """Give the value of aria-describedby for a group of choices."""
    return describing_ids(field, hint=bool(hint or field.help_text))


@register.filter
def choice_hint(field: BoundField, value: object) -> str:
    """Find the hint of one choice: a form field may carry `hints`, a mapping from value to text."""
    hints: Mapping[str, str] = getattr(field.field, "hints", {})
    return hints.get(str(value), "")


def named_error(field: BoundField, text: str) -> str:
    """Put the field's name before an error that does not say which field it means: Django's own general texts."""
    general = {str(message) for kind in type(field.field).__mro__ for message in vars(kind).get(GENERAL, {}).values()}
    return f"{field.label}: {text}" if text in general else text


@register.filter
def problems(form: BaseForm | None) -> list[tuple[str, str]]:
    """List a form's errors in field order as (where to jump, what to do); errors of the whole form jump nowhere."""
    if form is None or not form.is_bound:
        return []
    found = [("", str(error)) for error in form.non_field_errors()]
    for field in form:
        target = f"{field.auto_id}_0" if control_kind(field) == "choices" else str(field.auto_id)
        found += [(target, named_error(field, str(error))) for error in field.errors]
    return found


@register.simple_tag
def bar(label: str, *parts: object, big: bool = False, total: float | None = None) -> SafeString:
    """Draw a bar of parts, given as tone, amount, tone, amount. Tones: ok, wait, prep, accent, soon.

    Without `total` the parts fill the bar. The label is what a screen reader says, so it must hold the numbers.
    """
    amounts = [(str(parts[i]), float(str(parts[i + 1] or 0))) for i in range(0, len(parts), 2)]
    whole = float(total) if total is not None else sum(amount for _tone, amount in amounts)
    drawn, x = [], 0.0
    for tone, amount in amounts:
        width = min(100 * amount / whole, 100 - x) if whole > 0 else 0
        drawn.append((tone, f"{x:.2f}", f"{width:.2f}"))
        x += width
    rects = format_html_join("", '<rect class="p-{}" x="{}" y="0" width="{}" height="4"/>', drawn)
    return format_html(
        '<svg class="bar{}" role="img" aria-label="{}" viewBox="0 0 100 4" preserveAspectRatio="none">{}</svg>',
        mark_safe(" bar--big") if big else "",
        label,
        rects,
    )


@register.simple_tag
def qr_picture(svg: str) -> SafeString:
    """Draw a QR code inside the page: the path is taken out of the given SVG and nothing else of it."""
    box, path = re.search(r'viewBox="([\d. ]+)"', svg), re.search(r'<path[^>]*\bd="([MmLlHhVvZz\d., -]+)"', svg)
    if box is None or path is None:
        return mark_safe("")
    return format_html(
        '<svg class="qr" role="img" aria-label="{}" viewBox="{}"><path d="{}"/></svg>',
        _("QR code for the app on your phone"),
        box.group(1),
        path.group(1),
    )


@register.simple_block_tag
def scroll_region(content: str, label: str) -> SafeString:
    """Wrap a table or chart that may be wider than the screen; it can be reached and scrolled from the keyboard.

    A group and no landmark: it often bears the name of the section around it, and a page would list both.
    """
    return format_html('<div class="scroll-x" role="group" aria-label="{}" tabindex="0">{}</div>', label, content)


@register.simple_block_tag
def more(content: str, summary: str, open: bool = False) -> SafeString:  # noqa: A002  the tag reads as its attribute
    """Fold content away under a line of text; works without script and opens in print."""
    return format_html(
        '<details class="more"{}><summary>{}{}</summary><div class="more__body">{}</div></details>',
        mark_safe(" open") if open else "",
        icons.use("chevron"),
        summary,
        content,
    )


@register.simple_block_tag
def interruption(content: str, title: str, level: int = 1) -> SafeString:
    """Stop the person for one important thing before they go on; put the button to continue inside."""
    return format_html('<section class="interruption"><h{0}>{1}</h{0}>{2}</section>', level, title, content)
