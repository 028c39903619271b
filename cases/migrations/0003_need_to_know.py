"""Who reaches which case: membership, team, emergency and bar, decided in one place for every table."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

RULE = """
create or replace function recourse_staff_cases() returns setof uuid language plpgsql stable security definer
  set search_path = public, pg_temp as $$
declare roles varchar[];
begin
  if recourse_actor_kind() <> 'user' then return; end if;
  select u.roles into roles from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff';
  if roles is null then return; end if;
  return query
    select m.case_id from cases_membership m
      where m.user_id = recourse_actor() and m.role <> 'client' and (m.until is null or m.until > now())
        and not exists (select from cases_bar b
          where b.user_id = recourse_actor() and b.case_id = m.case_id and b.ended_at is null)
        -- Asked this way round: the first membership is written before its case.
        and not exists (select from cases_case c where c.id = m.case_id and c.state = 'erased');
  if 'supervisor' = any(roles) then
    return query
      select c.id from cases_case c
        where c.state <> 'erased' and (c.team_id is null or c.team_id in (
            select t.team_id from cases_teammember t where t.user_id = recourse_actor() and t.is_supervisor))
          and not exists (select from cases_bar b
            where b.user_id = recourse_actor() and b.case_id = c.id and b.ended_at is null);
  end if;
end $$;

-- Who decides about the people of a case: its owner, and the supervisors who answer for it.
create function recourse_manages(wanted uuid) returns boolean language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  return wanted in (select recourse_staff_cases()) and exists (
    select from cases_case c where c.id = wanted and (c.owner_id = recourse_actor() or exists (
      select from cases_user u where u.id = recourse_actor() and 'supervisor' = any(u.roles)
        and (c.team_id is null or exists (select from cases_teammember t
          where t.user_id = u.id and t.team_id = c.team_id and t.is_supervisor)))));
end $$;

-- A new member works here, or is a client; is not barred; and is brought in by somebody who decides, or opens the case.
create function recourse_may_add(wanted uuid, person uuid, as_what varchar) returns boolean
  language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'user' then return false; end if;
  if exists (select from cases_bar b where b.case_id = wanted and b.user_id = person and b.ended_at is null)
    then return false; end if;
  if not exists (select from cases_user u where u.id = person
      and (u.kind = 'client') = (as_what = 'client') and (u.is_active or u.kind = 'client')) then return false; end if;
  if not exists (select from cases_casekey k where k.case_id = wanted) then return true; end if;
  return case when as_what = 'client' then wanted in (select recourse_staff_cases()) else recourse_manages(wanted) end;
end $$;

drop policy staff_all on cases_membership;
create policy staff_read on cases_membership for select to recourse_web
  using (case_id in (select recourse_staff_cases()));
create policy staff_add on cases_membership for insert to recourse_web
  with check (recourse_may_add(case_id, user_id, role));
create policy staff_change on cases_membership for update to recourse_web
  using (case_id in (select recourse_staff_cases())) with check (recourse_actor_kind() = 'user');
drop function recourse_may_join(uuid);
revoke delete, truncate on cases_membership, cases_bar from recourse_web;

-- What was granted is not widened: an emergency stays four hours, and only who decides gives anybody more time.
create function recourse_keep_membership() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.role = 'emergency' and new.until > new.since + interval '4 hours' then
      raise exception 'Emergency access is for four hours at most.' using errcode = 'check_violation'; end if;
    return new;
  end if;
  if new.case_id <> old.case_id or new.user_id <> old.user_id
      or (old.role = 'emergency' and (new.role <> old.role or new.until > old.until)) then
    raise exception 'A membership is not turned into another.' using errcode = 'check_violation'; end if;
  if current_user = 'recourse_web' and old.role <> 'client' and not recourse_manages(old.case_id) and (
      old.user_id <> recourse_actor() or new.role <> old.role or new.until is null
      or (old.until is not null and new.until > old.until)) then
    raise exception 'Only the owner or a supervisor changes who reaches a case.'
      using errcode = 'insufficient_privilege'; end if;
  return new;
end $$;
create trigger membership_kept before insert or update on cases_membership
  for each row execute function recourse_keep_membership();

-- Emergency access: the only way in that asks nobody first. Gives no case id for a wrong reference or a barred person.
create function recourse_break_glass(wanted varchar) returns uuid language plpgsql security definer
  set search_path = public, pg_temp as $$
declare found_case uuid;
begin
  if recourse_actor_kind() <> 'user' or not exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff'
      and array['caseworker', 'supervisor']::varchar[] && u.roles) then return null; end if;
  select c.id into found_case from cases_case c where c.reference = wanted and c.state <> 'erased' and not exists (
    select from cases_bar b where b.case_id = c.id and b.user_id = recourse_actor() and b.ended_at is null);
  if found_case is null then return null; end if;
  insert into cases_membership (id, sealed, case_id, user_id, role, reason, since, until)
    values (gen_random_uuid(), ''::bytea, found_case, recourse_actor(), 'emergency', 'emergency',
            now(), now() + interval '4 hours');
  return found_case;
end $$;

-- What somebody holds, as numbers: an administrator who sees no case knows what is to be handed over.
create function recourse_workload(person uuid) returns table (part text, team_id uuid, count bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select * from (
    select 'cases', c.team_id, count(*) from cases_case c where c.owner_id = person group by c.team_id
    union all select 'memberships', null, count(*) from cases_membership m join cases_case c on c.id = m.case_id
      where m.user_id = person and c.owner_id <> person and (m.until is null or m.until > now())
    union all select 'tasks', null, count(*) from cases_casetask t where t.assigned_to_id = person and t.state = 'open'
    union all select 'contacts', null, count(*) from cases_contact t where t.taken_by_id = person and t.state = 'open'
  ) found where recourse_reads_system() $$;

-- The people whose contacts a supervisor may see: those of their teams, and those in no team.
create function recourse_supervised_people() returns setof uuid language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'user' or not exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff'
      and 'supervisor' = any(u.roles)) then return; end if;
  return query select u.id from cases_user u where u.kind = 'staff' and (
    not exists (select from cases_teammember t where t.user_id = u.id)
    or exists (select from cases_teammember t join cases_teammember s on s.team_id = t.team_id
      where t.user_id = u.id and s.user_id = recourse_actor() and s.is_supervisor));
end $$;
create policy supervisor_all on cases_contact to recourse_web
  using (taken_by_id in (select recourse_supervised_people()))
  with check (taken_by_id in (select recourse_supervised_people()));
"""

BARS = """
drop policy staff_all on cases_bar;
create policy staff_read on cases_bar for select to recourse_web using (case_id in (select recourse_staff_cases()));
create policy staff_add on cases_bar for insert to recourse_web
  with check (recourse_manages(case_id) or user_id = recourse_actor());
create policy staff_change on cases_bar for update to recourse_web
  using (recourse_manages(case_id)) with check (recourse_manages(case_id) and user_id <> recourse_actor());
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("cases", "0002_record_and_access")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Bar"),
        migrations.RunSQL(RULE, migrations.RunSQL.noop),
        migrations.RunSQL(BARS, migrations.RunSQL.noop),
    ]
