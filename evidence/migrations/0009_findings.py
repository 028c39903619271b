"""Findings are corrected by new versions: no login of ours changes one, and the worker only empties what a rule ends."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

APPEND_ONLY = """
revoke update, delete, truncate on evidence_finding from recourse_web;
create function recourse_finding_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if to_jsonb(new) - 'sealed' is distinct from to_jsonb(old) - 'sealed' or length(new.sealed) > 0 then
    raise exception 'a finding is corrected by a new version, never changed' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger finding_stays before update on evidence_finding
  for each row execute function recourse_finding_stays();
"""
UNDO = """
drop trigger if exists finding_stays on evidence_finding;
drop function if exists recourse_finding_stays();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0008_fingerprints")]

    operations: ClassVar[list[Operation]] = [ProtectCaseRows("Finding"), migrations.RunSQL(APPEND_ONLY, UNDO)]
