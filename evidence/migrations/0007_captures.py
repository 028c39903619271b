"""Rules on web captures: who reaches them, and that one which ended stays as it ended."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

ENDED_STAYS = """
create function recourse_capture_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if new.case_id <> old.case_id or new.link_id is distinct from old.link_id or new.site <> old.site
      or new.with_media <> old.with_media or new.requested_at <> old.requested_at
      or new.requested_by_id is distinct from old.requested_by_id then
    raise exception 'A capture is not turned into another.' using errcode = 'check_violation';
  end if;
  if old.state in ('kept', 'failed', 'stopped')
      and to_jsonb(new) - 'sealed' is distinct from to_jsonb(old) - 'sealed' then
    raise exception 'A capture that ended stays ended; a new try is a new one.' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger capture_stays before update on evidence_capture
  for each row execute function recourse_capture_stays();
revoke delete, truncate on evidence_capture from recourse_web;
"""
UNDO = """
drop trigger if exists capture_stays on evidence_capture;
drop function if exists recourse_capture_stays();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0006_looks")]

    operations: ClassVar[list[Operation]] = [ProtectCaseRows("Capture"), migrations.RunSQL(ENDED_STAYS, UNDO)]
