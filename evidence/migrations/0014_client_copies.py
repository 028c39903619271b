"""Rules on what a client reaches of bundles: the one that was laid on their page, and nothing else of them."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

RULES = """
-- A client says that they saw it, took it, or want it kept here; what it is and until when is not theirs to change.
create policy client_say on evidence_clientcopy for update to recourse_web
  using (ended_at is null and case_id in (select recourse_client_cases()))
  with check (case_id in (select recourse_client_cases()));
create policy client_copy on evidence_bundle for select to recourse_web
  using (case_id in (select recourse_client_cases()) and state = 'sealed' and id in (
    select c.bundle_id from evidence_clientcopy c where c.ended_at is null));
create function recourse_keep_client_copy() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.id, new.case_id, new.bundle_id, new.made_by_id, new.made_at, new.until, new.most)
     is distinct from (old.id, old.case_id, old.bundle_id, old.made_by_id, old.made_at, old.until, old.most)
     or new.taken < old.taken then
    raise exception 'what was laid on a page is not changed';
  end if;
  return new;
end $$;
create trigger client_copy_kept before update on evidence_clientcopy
  for each row execute function recourse_keep_client_copy();
"""
UNDONE = """
drop trigger client_copy_kept on evidence_clientcopy;
drop function recourse_keep_client_copy();
drop policy client_copy on evidence_bundle;
drop policy client_say on evidence_clientcopy;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0013_extra_time")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("ClientCopy", clients="read"),
        migrations.RunSQL(RULES, UNDONE),
    ]
