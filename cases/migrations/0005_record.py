"""The record: what protects anchors and their time stamps, and what may be searched without seeing a case."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

ANCHORS = """
-- The worker alone makes anchors and keeps stamps; a page could otherwise write the anchor of a day to come.
revoke insert, update, delete, truncate on cases_anchor, cases_anchorstamp from recourse_web;
revoke update, delete, truncate on cases_anchorstamp from recourse_worker;
grant update (stamped_at, error) on cases_anchorstamp to recourse_worker;

-- A reply is kept as it came. What was read from it is written once.
create function recourse_keep_stamp() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.stamped_at is null and old.error = ''
    and (new.id, new.anchor_id, new.authority, new.query, new.nonce, new.reply, new.received_at)
      = (old.id, old.anchor_id, old.authority, old.query, old.nonce, old.reply, old.received_at)
  then return new; end if;
  raise exception 'The record is append-only.' using errcode = 'insufficient_privilege';
end $$;
create trigger stamp_keep before update or delete on cases_anchorstamp
  for each row execute function recourse_keep_stamp();
create trigger stamp_no_truncate before truncate on cases_anchorstamp
  for each statement execute function recourse_refuse_change();
"""

AUDIT = """
-- Who did what and when, without a case: neither its id, nor its row, nor what an event says leaves this function.
-- The mark is the same for one case and one reader, so that a reader sees that many lines concern one case.
-- Staff and parts of Recourse are named by id; clients and recipients by their kind alone.
create function recourse_audit(
  wanted_kinds text[], wanted_actor_kind text, wanted_actor text, since timestamptz, until timestamptz,
  before_at timestamptz, before_id uuid, most integer
) returns table (
  id uuid, recorded_at timestamptz, at timestamptz, actor_kind varchar, actor_id varchar, kind varchar, case_mark text
) language plpgsql stable security definer
  set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
  if not recourse_reads_system() then return; end if;
  return query
    select e.id, e.recorded_at, e.at, e.actor_kind,
      case when e.actor_kind in ('client', 'recipient') then ''::varchar else e.actor_id end,
      e.kind,
      case when e.case_id is null then '' else
        left(encode(sha256(convert_to(recourse_actor()::text || '|' || e.case_id::text, 'UTF8')), 'hex'), 6) end
    from cases_event e
    where (wanted_kinds is null or e.kind = any (wanted_kinds))
      and (wanted_actor_kind is null or e.actor_kind = wanted_actor_kind)
      and (wanted_actor is null or (e.actor_id = wanted_actor and e.actor_kind not in ('client', 'recipient')))
      and (since is null or e.recorded_at >= since) and (until is null or e.recorded_at < until)
      and (before_at is null or (e.recorded_at, e.id) < (before_at, before_id))
    order by e.recorded_at desc, e.id desc limit least(most, 1001);
end $$;

-- The kinds that the record holds, by hopping over its index instead of reading the record.
create function recourse_audit_kinds() returns setof varchar language plpgsql stable security definer
  set search_path = public, pg_temp as $$
declare found_kind varchar;
begin
  if not recourse_reads_system() then return; end if;
  select min(e.kind) into found_kind from cases_event e;
  while found_kind is not null loop
    return next found_kind;
    select min(e.kind) into found_kind from cases_event e where e.kind > found_kind;
  end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("cases", "0004_keys")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Look"),
        migrations.RunSQL(ANCHORS, migrations.RunSQL.noop),
        migrations.RunSQL(AUDIT, migrations.RunSQL.noop),
    ]
