"""Rules on what is derived from exhibits, on the probes that derive it, and on looks at stored files."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

RULES = """
create trigger derivative_file_kept before update or delete on evidence_derivative
  for each row execute function recourse_keep_object();

-- What was made from an exhibit names that exhibit's hash and case, and is never changed: only a rule removes it.
create function recourse_derivative_fixed() returns trigger language plpgsql
  set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if not exists (select from evidence_exhibit e
                   where e.id = new.exhibit_id and e.case_id = new.case_id and e.sha256 = new.parent_sha256) then
      raise exception 'A derivative names the hash and the case of its exhibit.'
        using errcode = 'check_violation', constraint = 'derivative_names_its_parent';
    end if;
    return new;
  end if;
  if (new.id, new.case_id, new.exhibit_id, new.kind, new.made_at, new.tool, new.media_type, new.parent_sha256,
      new.size, new.sha256, new.cipher_sha256, new.cipher_size)
     is distinct from
     (old.id, old.case_id, old.exhibit_id, old.kind, old.made_at, old.tool, old.media_type, old.parent_sha256,
      old.size, old.sha256, old.cipher_sha256, old.cipher_size)
     or (new.sealed is distinct from old.sealed and new.sealed <> ''::bytea)
     or (new.object_name <> old.object_name and new.object_name <> '')
     or (new.state <> old.state and new.state <> 'removed')
  then
    raise exception 'What was derived is never changed.'
      using errcode = 'check_violation', constraint = 'derivative_fixed';
  end if;
  return new;
end $$;
create trigger derivative_fixed before insert or update on evidence_derivative
  for each row execute function recourse_derivative_fixed();

-- Only the worker, which can read the store, says what it found there.
revoke insert, update, delete, truncate on evidence_scrubday from recourse_web;
revoke insert, update, delete, truncate on evidence_storedcheck from recourse_web;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0004_intake")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Derivative"),
        ProtectCaseRows("Probe"),
        ProtectCaseRows("StoredCheck"),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]
