"""Load platforms and help services from the playbooks; safe to run as often as wanted."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from cases.helplines import helplines
from cases.models import Helpline
from takedowns.book import all_entries
from takedowns.models import Platform


def _but_the_key(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if not field.primary_key]


class Command(BaseCommand):
    """Bring the rows to what the playbooks say; a row that left a playbook stays, since notices name it."""

    help = __doc__

    def handle(self, *_: Any, verbosity: int = 1, **__: Any) -> None:
        """Insert what is new and update what changed, all or nothing."""
        now = timezone.now()
        platforms = [
            Platform(
                key=values["key"],
                name=values["name"],
                kind=values["kind"],
                domains=list(values["domains"]),
                abuse_email=values.get("abuse_email", ""),
                response_hours=values["published_response_hours"],
                confidence=values["confidence"],
                route_quality=values["route_quality"],
                facts=values,
                last_checked_on=compiled,
                is_fictional=is_fictional,
                loaded_at=now,
            )
            for compiled, values, is_fictional in all_entries()
        ]
        lines = [
            Helpline(
                key=facts.key,
                name=facts.name,
                countries=list(facts.countries),
                kind=facts.kind,
                who=list(facts.who),
                url=facts.url,
                phone=facts.phone,
                hours=facts.hours,
                confidence=facts.confidence,
                facts={
                    "email": facts.email,
                    "languages": list(facts.languages),
                    "notes": facts.notes,
                    "sources": [{"title": source.title, "url": source.url} for source in facts.sources],
                },
                loaded_at=now,
            )
            for facts in helplines().values()
        ]
        with transaction.atomic():
            Platform.objects.bulk_create(
                platforms, update_conflicts=True, unique_fields=["key"], update_fields=_but_the_key(Platform)
            )
            Helpline.objects.bulk_create(
                lines, update_conflicts=True, unique_fields=["key"], update_fields=_but_the_key(Helpline)
            )
        if verbosity:
            self.stdout.write(f"{len(platforms)} platforms and {len(lines)} help services are loaded.")
