"""Parties, who asks, look-ups that answer in one word, linked cases, and what a client's page may do by itself."""

from django.db import migrations

from cases.rowsecurity import ProtectCaseRows

LOOK_UP = """
-- A supervisor decides about two cases unless they are kept out of one of them.
create function recourse_may_decide(one uuid, other uuid) returns boolean language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  return recourse_is_supervisor() and not exists (
    select from cases_bar b where b.user_id = recourse_actor() and b.ended_at is null and b.case_id in (one, other));
end $$;

-- Answers one word about the whole organisation. Which case it met is written for a supervisor and never returned.
create function recourse_look_up(kinds text[], macs bytea[], asking_case uuid, asking_contact uuid, asked_when timestamptz)
  returns text language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare elsewhere uuid[];
begin
  if recourse_actor_kind() <> 'user' or not exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff') then
    raise exception 'Only staff look people up.' using errcode = 'insufficient_privilege';
  end if;
  if asking_case is not null and asking_case not in (select recourse_staff_cases()) then
    raise exception 'This case is not yours.' using errcode = 'insufficient_privilege';
  end if;
  select array_agg(distinct l.case_id) into elsewhere
    from cases_lookup l join unnest(kinds, macs) as asked(kind, mac) on l.kind = asked.kind and l.mac = asked.mac
    where l.case_id is distinct from asking_case and l.case_id not in (select recourse_staff_cases());
  if elsewhere is not null then
    insert into cases_match (id, asked_case_id, asked_contact_id, other_case_id, asked_reference, other_reference,
                             kinds, asked_by_id, asked_at, decision, kept_apart)
    select gen_random_uuid(), asking_case, asking_contact, c.id,
           coalesce((select a.reference from cases_case a where a.id = asking_case), ''), c.reference,
           array(select distinct l.kind from cases_lookup l
                 join unnest(kinds, macs) as asked(kind, mac) on l.kind = asked.kind and l.mac = asked.mac
                 where l.case_id = c.id order by 1),
           recourse_actor(), asked_when, '', '[]'
    from cases_case c
    where c.id = any(elsewhere) and not exists (
      select from cases_match m where m.other_case_id = c.id and m.asked_case_id is not distinct from asking_case
        and m.asked_contact_id is not distinct from asking_contact
        and (asking_case is not null or asking_contact is not null or (m.decision = '' and m.asked_by_id = recourse_actor())));
  end if;
  if exists (
    select from cases_lookup l join unnest(kinds, macs) as asked(kind, mac) on l.kind = asked.kind and l.mac = asked.mac
    where l.case_id is distinct from asking_case and l.case_id in (select recourse_staff_cases())) then
    return 'yours';
  end if;
  return case when elsewhere is null then 'none' else 'supervisor' end;
end $$;

-- A contact that became a case: what it met is now about that case.
create function recourse_match_became(contact uuid, became uuid) returns void
  language sql volatile security definer set search_path = public, pg_temp as $$
  update cases_match m set asked_case_id = became, asked_reference = c.reference
  from cases_case c
  where m.asked_contact_id = contact and m.asked_case_id is null and c.id = became
    and became in (select recourse_staff_cases()) $$;

-- Who works on the two cases of a match, for the supervisor who decides it.
create function recourse_match_people(wanted uuid) returns table (reference varchar, user_id uuid, name varchar, role varchar)
  language sql stable security definer set search_path = public, pg_temp as $$
  select c.reference, u.id, u.name, m.role
  from cases_match x join cases_case c on c.id in (x.asked_case_id, x.other_case_id)
    join cases_membership m on m.case_id = c.id join cases_user u on u.id = m.user_id
  where x.id = wanted and recourse_may_decide(x.asked_case_id, x.other_case_id) and m.role <> 'client' and (m.until is null or m.until > now())
  order by c.reference, u.name $$;
"""

OWN_POLICIES = """
alter table cases_match enable row level security; alter table cases_match force row level security;
create policy owner_all on cases_match to recourse_owner using (true) with check (true);
create policy worker_all on cases_match to recourse_worker using (true) with check (true);
create policy supervisor_read on cases_match for select to recourse_web
  using (recourse_may_decide(asked_case_id, other_case_id));
create policy supervisor_change on cases_match for update to recourse_web
  using (recourse_may_decide(asked_case_id, other_case_id))
  with check (recourse_may_decide(asked_case_id, other_case_id));
revoke insert, delete on cases_match from recourse_web;

alter table cases_caselink enable row level security; alter table cases_caselink force row level security;
create policy owner_all on cases_caselink to recourse_owner using (true) with check (true);
create policy worker_all on cases_caselink to recourse_worker using (true) with check (true);
create policy staff_read on cases_caselink for select to recourse_web using (
  case_id in (select recourse_staff_cases()) and (kind <> 'opposing' or recourse_is_supervisor()));
revoke insert, update, delete on cases_caselink from recourse_web;
"""

CLIENTS = """
-- A client who stops contact ends the question whether a new way is theirs, and every mail that still waits.
create function recourse_stop_reaching(wanted uuid, stopped_at timestamptz) returns integer
  language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare ended integer; cancelled integer;
begin
  if wanted not in (select recourse_client_cases()) and wanted not in (select recourse_staff_cases()) then return 0; end if;
  update cases_casetask set state = 'dropped', ended_at = stopped_at
    where case_id = wanted and state = 'open' and dedupe_key = 'confirm_contact'
      and not exists (select from cases_safecontact s where s.case_id = wanted and s.ended_at is null and s.is_allowed
                      and s.channel <> 'page' and s.confirmed_at is null);
  get diagnostics ended = row_count;
  update cases_effect e set state = 'cancelled', ended_at = stopped_at, error = 'contact was stopped'
    where e.case_id = wanted and e.audience = 'client' and e.state = 'new'
      and not exists (select from cases_safecontact s where s.case_id = wanted and s.ended_at is null
                      and s.channel = e.channel and s.is_allowed and s.confirmed_at is not null);
  get diagnostics cancelled = row_count;
  return ended + cancelled;
end $$;

-- When the client's own page was opened: times only, newest first.
create function recourse_own_openings() returns setof timestamptz language sql stable security definer
  set search_path = public, pg_temp as $$
  select e.at from cases_event e
  where e.kind = 'cases.client_came_in' and e.case_id in (select recourse_client_cases())
  order by e.at desc limit 20 $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_retention")]

    operations = [
        migrations.RunSQL(LOOK_UP, migrations.RunSQL.noop),
        ProtectCaseRows("Authority", clients="all"),
        ProtectCaseRows("Withdrawal", clients="all"),
        migrations.RunSQL(OWN_POLICIES, migrations.RunSQL.noop),
        migrations.RunSQL(CLIENTS, migrations.RunSQL.noop),
    ]
