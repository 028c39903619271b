"""Stored files stay while their case is open or held: the database refuses to let go of them."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

TRIGGERS = """
create trigger exhibit_file_kept before update or delete on evidence_exhibit
  for each row execute function recourse_keep_object();
create trigger bundle_file_kept before update or delete on evidence_bundle
  for each row execute function recourse_keep_object();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0002_access"), ("cases", "0007_retention")]

    operations: ClassVar[list[Operation]] = [migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop)]
