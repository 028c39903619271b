"""Retention, holds, erasure and the register: who reads them, and what the database itself refuses to destroy."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

QUESTIONS = """
create function recourse_is_supervisor() returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select recourse_actor_kind() = 'user' and exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and 'supervisor' = any(u.roles)) $$;

create function recourse_is_held(wanted uuid) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from cases_hold h where h.case_id = wanted and h.lifted_at is null
    and (h.until is null or h.until >= (now() at time zone 'UTC')::date)) $$;

create function recourse_is_live(wanted uuid) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from cases_case c where c.id = wanted and c.state not in ('closed', 'erased')) $$;

create function recourse_erased_cases() returns setof uuid language sql stable security definer
  set search_path = public, pg_temp as $$
  select c.id from cases_case c where c.state = 'erased' and recourse_is_supervisor() $$;

-- For the preview of what would go: dates and holds over every closed case, and no word of any.
create function recourse_closed_cases() returns table
  (case_id uuid, country varchar, closed_at timestamptz, wish varchar, held boolean, held_until date)
  language sql stable security definer set search_path = public, pg_temp as $$
  select c.id, c.country, c.closed_at, coalesce(e.wish, 'not_asked'),
    coalesce(h.held, false), case when h.open_end then null else h.held_until end
  from cases_case c
  left join cases_closing e on e.case_id = c.id and e.reopened_at is null
  left join lateral (
    select count(*) > 0 as held, max(until) as held_until, bool_or(until is null) as open_end
    from cases_hold where cases_hold.case_id = c.id and lifted_at is null
      and (until is null or until >= (now() at time zone 'UTC')::date)) h on true
  where c.state = 'closed' and recourse_reads_system() $$;

-- For Health: removals and erasures that wait or were begun, as numbers over every case.
create function recourse_endings() returns table (kind text, state varchar, count bigint, oldest timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select 'erasure', e.state, count(*), min(coalesce(e.begun_at, e.granted_at)) from cases_erasure e
    where recourse_reads_system() and e.state in ('granted', 'erasing', 'erased') group by e.state
  union all
  select 'removal', r.state, count(*), min(r.begun_at) from cases_removal r
    where recourse_reads_system() and r.state = 'going' group by r.state $$;

create sequence recourse_register_number start 1;
grant usage on sequence recourse_register_number to recourse_web, recourse_worker;
"""

KEEP = """
-- A case key is emptied or deleted only for a closed case without a hold, and only while an erasure that a second
-- person granted is under way. The owner may: a restore takes keys from the escrow file.
create function recourse_keep_key() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (octet_length(new.wrapped) > 0 or octet_length(old.wrapped) = 0) then return new; end if;
  if session_user <> 'recourse_owner' and (
    recourse_is_live(old.case_id) or recourse_is_held(old.case_id) or not exists (
      select from cases_erasure e join cases_approval a on a.id = e.approval_id
      where e.case_id = old.case_id and e.state = 'erasing'
        and a.kind = 'erasure' and a.state = 'granted' and a.case_id = old.case_id))
  then
    raise exception 'The key of a case goes only with an erasure that a second person granted, and never under a hold.'
      using errcode = 'check_violation', constraint = 'case_key_kept';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger case_key_kept before delete or update on cases_casekey
  for each row execute function recourse_keep_key();

-- What holds files: nothing stored is let go of while the case is open or held.
create function recourse_keep_object() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (new.object_name = old.object_name or old.object_name = '') then return new; end if;
  if old.object_name <> '' and (recourse_is_live(old.case_id) or recourse_is_held(old.case_id)) then
    raise exception 'Stored files stay while their case is open or held.'
      using errcode = 'check_violation', constraint = 'stored_file_kept';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

-- A hold is never deleted, never shortened, and lifted only when a second person granted it.
create function recourse_guard_hold() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'A hold is lifted, not deleted.' using errcode = 'check_violation', constraint = 'hold_kept';
  end if;
  if new.case_id <> old.case_id or (old.until is null and new.until is not null) or new.until < old.until then
    raise exception 'A hold is not shortened.' using errcode = 'check_violation', constraint = 'hold_not_shortened';
  end if;
  if new.lifted_at is distinct from old.lifted_at and not exists (
    select from cases_approval a where a.kind = 'hold_lift' and a.subject_id = old.id and a.state = 'granted')
  then
    raise exception 'Lifting a hold needs two people.'
      using errcode = 'check_violation', constraint = 'hold_lift_needs_two';
  end if;
  return new;
end $$;
create trigger hold_guarded before update or delete on cases_hold
  for each row execute function recourse_guard_hold();
alter table cases_hold add constraint hold_review_within_90_days check (review_on <= reviewed_on + 90);

-- A closed case is opened again by nobody while its files go, and what was erased stays erased.
create function recourse_case_ends() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if old.state = 'erased' and new.state <> 'erased' then
    raise exception 'What was erased stays erased.' using errcode = 'check_violation', constraint = 'case_stays_erased';
  end if;
  if new.state = 'erased' and old.state <> 'erased' and (
    old.state <> 'closed' or recourse_is_held(old.id)
    or not exists (select from cases_erasure e where e.case_id = old.id and e.state = 'erasing'))
  then
    raise exception 'Only a closed case without a hold is erased, by an erasure that was granted.'
      using errcode = 'check_violation', constraint = 'case_erased_by_erasure';
  end if;
  return new;
end $$;
create trigger case_ends before update of state on cases_case for each row execute function recourse_case_ends();
"""

OWN_POLICIES = """
alter table cases_erasure enable row level security; alter table cases_erasure force row level security;
create policy owner_all on cases_erasure to recourse_owner using (true) with check (true);
create policy worker_all on cases_erasure to recourse_worker using (true) with check (true);
create policy supervisor_read on cases_erasure for select to recourse_web using (recourse_is_supervisor());
create policy staff_read on cases_erasure for select to recourse_web using (case_id in (select recourse_staff_cases()));
create policy supervisor_add on cases_erasure for insert to recourse_web
  with check (recourse_is_supervisor() and case_id in (select recourse_staff_cases()) and state = 'granted');

alter table cases_registerentry enable row level security; alter table cases_registerentry force row level security;
create policy owner_all on cases_registerentry to recourse_owner using (true) with check (true);
create policy worker_all on cases_registerentry to recourse_worker using (true) with check (true);
create policy keeper_all on cases_registerentry to recourse_web
  using (recourse_is_supervisor()) with check (recourse_is_supervisor());

create policy erased_read on cases_case for select to recourse_web
  using (state = 'erased' and recourse_is_supervisor());
create policy erased_read on cases_event for select to recourse_web
  using (case_id in (select recourse_erased_cases()));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("cases", "0006_approvals")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Closing"),
        ProtectCaseRows("Hold"),
        ProtectCaseRows("Removal"),
        migrations.RunSQL(QUESTIONS, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.RunSQL(OWN_POLICIES, migrations.RunSQL.noop),
    ]
