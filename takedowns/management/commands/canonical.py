"""`manage.py canonical URL…`: which platform an address belongs to, what the item is called, its canonical form."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from takedowns import reference
from takedowns.book import platform_book
from takedowns.canonical import identify
from takedowns.pasted_lines import read_address
from takedowns.reference import GENERIC, Platforms


def told(given: str, book: Platforms) -> dict[str, str | None]:
    """Tell what one address stands for; `error` says in plain words why it could not be read, else it is missing."""
    line = read_address(given)
    shown = given.encode("utf-8", "backslashreplace").decode()
    problem = line.error
    if line.url is not None:
        try:
            found = identify(line.url, book)
        except ValueError:
            problem = "The site name cannot be read."
        else:
            facts: dict[str, str | None] = {
                "url": shown,
                "platform": found.platform_key or GENERIC,
                "identity": found.name,
                "canonical": found.canonical,
            }
            return {**facts, "archive": found.held_by} if found.held_by else facts
    return {"url": shown, "platform": None, "identity": None, "canonical": None, "error": problem}


def book_at_hand() -> Platforms:
    """Return the platforms of this installation, or the shipped ones where no database answers."""
    try:
        return platform_book()
    except DatabaseError:
        return reference.platforms()


class Command(BaseCommand):
    """Read addresses and say what each stands for. Nothing is fetched and nothing is kept."""

    help = "Say which platform, item and canonical address each URL stands for; nothing is fetched."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take addresses."""
        parser.add_argument("url", nargs="+", help="an address, as it was found")
        parser.add_argument("--json", action="store_true", help="print one JSON list, an object per address")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print one object or one line for each address, in the order given."""
        book = book_at_hand()
        answers = [told(given, book) for given in options["url"]]
        if options["json"]:
            self.stdout.write(json.dumps(answers, ensure_ascii=True, indent=1))
            return
        for answer in answers:
            if answer.get("error"):
                self.stdout.write(f"{answer['url']}\n  {answer['error']}")
            else:
                where = f"  (a copy kept by {answer['archive']})" if "archive" in answer else ""
                self.stdout.write(f"{answer['identity']}{where}\n  {answer['canonical']}")
