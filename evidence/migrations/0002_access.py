"""Row-level security on the tables of evidence."""

from django.db import migrations

from cases.rowsecurity import ProtectCaseRows


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial"), ("cases", "0002_record_and_access")]

    operations = [
        ProtectCaseRows("Exhibit"),
        ProtectCaseRows("Bundle", recipients="read"),
        ProtectCaseRows("Share", recipients="all"),
        # What /verify answers from is written once; it stands outside the policies (see the model).
        migrations.RunSQL(
            "revoke update, delete, truncate on evidence_bundleseal from recourse_web, recourse_worker",
            migrations.RunSQL.noop,
        ),
    ]
