"""Row-level security on imports of links."""

from django.db import migrations

from cases.rowsecurity import ProtectCaseRows


class Migration(migrations.Migration):
    dependencies = [("takedowns", "0002_looks_and_access")]

    operations = [ProtectCaseRows("LinkImport")]
