"""Rules on uploads in parts, what a client may send, and acquisition records."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

CLIENTS = """
-- A client reaches what they sent themselves, and may only add it: the worker takes it in.
create policy client_own on evidence_upload for select to recourse_web
  using (is_from_client and person_id = recourse_actor() and case_id in (select recourse_client_cases()));
create policy client_add on evidence_upload for insert to recourse_web
  with check (is_from_client and state = 'received' and person_id = recourse_actor()
    and case_id in (select recourse_client_cases())
    and exists (select from evidence_filerequest r where r.case_id = evidence_upload.case_id
      and r.ended_at is null and r.until > now()));
"""

KEPT = """
-- What was said about how a file came is corrected by a later record, never changed and never removed by hand.
create function recourse_keep_acquisition() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if new.id <> old.id or new.case_id <> old.case_id or new.exhibit_id <> old.exhibit_id or new.number <> old.number
     or new.made_at <> old.made_at or (old.replaced_at is not null and new.replaced_at is distinct from old.replaced_at)
     or (new.sealed <> old.sealed and length(new.sealed) > 0) then
    raise exception 'an acquisition record is not changed; write a correction';
  end if;
  return new;
end $$;
create trigger acquisition_kept before update on evidence_acquisition
  for each row execute function recourse_keep_acquisition();
revoke delete, truncate on evidence_acquisition from recourse_web;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0003_removal")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("FileRequest", clients="read"),
        ProtectCaseRows("Upload"),
        ProtectCaseRows("Acquisition"),
        migrations.RunSQL(CLIENTS, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
