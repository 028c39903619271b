"""What a client may do with a file of their own that comes in parts."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

CLIENTS = """
-- A client begins a file or hands one in whole, only while somebody asks for files. Nothing of it is an exhibit yet.
drop policy client_add on evidence_upload;
create policy client_add on evidence_upload for insert to recourse_web
  with check (is_from_client and state in ('open', 'received') and exhibit_id is null
    and person_id = recourse_actor() and case_id in (select recourse_client_cases())
    and exists (select from evidence_filerequest r where r.case_id = evidence_upload.case_id
      and r.ended_at is null and r.until > now()));
-- They go on with what is still coming, give it up, or hand it in. What came whole they do not touch again.
create policy client_go_on on evidence_upload for update to recourse_web
  using (is_from_client and state = 'open' and person_id = recourse_actor()
    and case_id in (select recourse_client_cases()))
  with check (is_from_client and state in ('open', 'received', 'refused', 'cancelled') and exhibit_id is null
    and person_id = recourse_actor() and case_id in (select recourse_client_cases())
    and (state <> 'received' or exists (select from evidence_filerequest r
      where r.case_id = evidence_upload.case_id and r.ended_at is null and r.until > now())));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0011_proofs")]

    operations: ClassVar[list[Operation]] = [migrations.RunSQL(CLIENTS, migrations.RunSQL.noop)]
