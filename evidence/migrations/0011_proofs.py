"""Rules on proofs, signing certificates and receipts."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

WAITING = """
-- Numbers only, over every case: the health page says how many bundles wait for a time stamp, not whose.
create function recourse_stamps_waiting() returns table (count bigint, oldest timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select count(distinct p.id), min(p.made_at) from evidence_bundleproof p
  join evidence_bundle b on b.id = p.bundle_id and b.state = 'sealed'
  cross join lateral jsonb_array_elements_text(p.asked) as asked (name)
  where recourse_reads_system() and not exists (
    select 1 from evidence_bundlestamp s
    where s.bundle_id = p.bundle_id and s.authority = asked.name and s.stamped_at is not null and s.renews_id is null
  ) $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0010_bundles")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("BundleProof", recipients="read"),
        ProtectCaseRows("BundleStamp", recipients="read"),
        ProtectCaseRows("VolumeSet", recipients="read"),
        ProtectCaseRows("Receipt", recipients="all"),
        ProtectCaseRows("ShareItem", recipients="all"),
        migrations.RunSQL(WAITING, "drop function recourse_stamps_waiting()"),
        migrations.RunSQL(
            # What an authority said, and what a bundle was signed with, is written once.
            "revoke update, truncate on evidence_bundleproof, evidence_bundlestamp from recourse_web, recourse_worker;"
            "revoke update, delete, truncate on evidence_signingcertificate from recourse_web, recourse_worker;"
            # A recipient asks something or confirms a receipt: that lies on the caseworker's queue at once.
            "create policy recipient_add on cases_casetask for insert to recourse_web"
            " with check (case_id in (select recourse_shared_cases()))",
            "drop policy if exists recipient_add on cases_casetask",
        ),
    ]
