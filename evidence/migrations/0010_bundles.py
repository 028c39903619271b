"""Rules on packets and profiles."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0009_findings")]

    operations: ClassVar[list[Operation]] = []
