"""Filters for the pages of a packet."""

from collections.abc import Mapping

from django import template

from evidence.packet.pieces import anchor

register = template.Library()


@register.filter
def page_of(label: str, pages: object) -> str:
    """Return the printed number of the page where an exhibit's sheet is, or nothing while it is not known."""
    number = pages.get(anchor(label)) if isinstance(pages, Mapping) else None
    return str(number) if number else ""


@register.filter
def place(label: str) -> str:
    """Return the name of the place where an exhibit's sheet is: `{{ label|place }}` for an id, after # for a link."""
    return anchor(label)
