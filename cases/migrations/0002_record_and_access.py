"""Row-level security on every case table, the chained record, and the gate for messages to clients."""

from django.db import migrations

from cases.rowsecurity import GrantRuntimeRoles, ProtectCaseRows

CONTEXT = """
create sequence recourse_case_number start 2001;
create function recourse_actor_kind() returns text language sql stable set search_path = public, pg_temp as
  $$ select coalesce(current_setting('recourse.actor_kind', true), '') $$;
create function recourse_actor() returns uuid language sql stable set search_path = public, pg_temp as
  $$ select nullif(current_setting('recourse.actor_id', true), '')::uuid $$;

-- One place decides which cases a person reaches. It runs as the owner, so a policy on membership may ask it.
create function recourse_staff_cases() returns setof uuid language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'user' then return; end if;
  if exists (select from cases_user u where u.id = recourse_actor() and u.is_active and 'supervisor' = any(u.roles)) then
    return query select k.case_id from cases_casekey k where k.case_id <> '00000000-0000-0000-0000-000000000000';
  end if;
  return query
    select m.case_id from cases_membership m join cases_user u on u.id = m.user_id
    where m.user_id = recourse_actor() and u.is_active and m.role <> 'client' and (m.until is null or m.until > now());
end $$;

create function recourse_client_cases() returns setof uuid language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'client' then return; end if;
  return query
    select m.case_id from cases_membership m join cases_user u on u.id = m.user_id
    where m.user_id = recourse_actor() and u.is_active and m.role = 'client' and (m.until is null or m.until > now())
      and not exists (select from cases_case c where c.id = m.case_id and c.state = 'erased');
end $$;

create function recourse_shared_cases() returns setof uuid language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'recipient' then return; end if;
  return query
    select d.case_id from cases_door d
    where d.id = recourse_actor() and d.kind = 'share' and d.revoked_at is null
      and (d.expires_at is null or d.expires_at > now())
      and not exists (select from cases_case c where c.id = d.case_id and c.state = 'erased');
end $$;

-- A case's first membership is written before the case and its key: only then may a person add themselves.
create function recourse_may_join(wanted uuid) returns boolean language plpgsql stable security definer
  set search_path = public, pg_temp as $$
begin
  if recourse_actor_kind() <> 'user' then return false; end if;
  return not exists (select from cases_casekey k where k.case_id = wanted)
      or wanted in (select recourse_staff_cases());
end $$;

create function recourse_reads_system() returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select recourse_actor_kind() = 'user' and exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active
      and (array['administrator', 'supervisor']::varchar[] && u.roles)) $$;
"""

COUNTS = """
-- Numbers only, over every case: the health page says how much waits without seeing whose it is.
create function recourse_outbox_counts() returns table (state varchar, count bigint, oldest timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select e.state, count(*), min(e.created_at) from cases_effect e where recourse_reads_system() group by e.state $$;
"""

OWN_POLICIES = """
alter table cases_membership enable row level security; alter table cases_membership force row level security;
create policy owner_all on cases_membership to recourse_owner using (true) with check (true);
create policy worker_all on cases_membership to recourse_worker using (true) with check (true);
create policy staff_all on cases_membership to recourse_web
  using (case_id in (select recourse_staff_cases())) with check (recourse_may_join(case_id));
create policy client_read on cases_membership for select to recourse_web
  using (case_id in (select recourse_client_cases()) and user_id = recourse_actor());

alter table cases_casekey enable row level security; alter table cases_casekey force row level security;
create policy owner_all on cases_casekey to recourse_owner using (true) with check (true);
create policy worker_all on cases_casekey to recourse_worker using (true) with check (true);
create policy system_read on cases_casekey for select to recourse_web
  using (case_id = '00000000-0000-0000-0000-000000000000');
create policy system_add on cases_casekey for insert to recourse_web
  with check (case_id = '00000000-0000-0000-0000-000000000000');
create policy staff_read on cases_casekey for select to recourse_web
  using (case_id in (select recourse_staff_cases()));
create policy staff_add on cases_casekey for insert to recourse_web
  with check (case_id in (select recourse_staff_cases()));
create policy client_read on cases_casekey for select to recourse_web using (case_id in (select recourse_client_cases()));
create policy recipient_read on cases_casekey for select to recourse_web
  using (case_id in (select recourse_shared_cases()));

alter table cases_event enable row level security; alter table cases_event force row level security;
create policy owner_all on cases_event to recourse_owner using (true) with check (true);
create policy worker_all on cases_event to recourse_worker using (true) with check (true);
create policy staff_read on cases_event for select to recourse_web using (case_id in (select recourse_staff_cases()));
create policy system_read on cases_event for select to recourse_web using (case_id is null and recourse_reads_system());
create policy add on cases_event for insert to recourse_web with check (
  case_id is null or case_id in (select recourse_staff_cases())
  or case_id in (select recourse_client_cases()) or case_id in (select recourse_shared_cases()));

alter table cases_effect enable row level security; alter table cases_effect force row level security;
create policy owner_all on cases_effect to recourse_owner using (true) with check (true);
create policy worker_all on cases_effect to recourse_worker using (true) with check (true);
create policy staff_all on cases_effect to recourse_web
  using (case_id in (select recourse_staff_cases())) with check (case_id in (select recourse_staff_cases()));
create policy client_add on cases_effect for insert to recourse_web with check (case_id in (select recourse_client_cases()));
create policy system_add on cases_effect for insert to recourse_web with check (case_id is null);

alter table cases_contact enable row level security; alter table cases_contact force row level security;
create policy owner_all on cases_contact to recourse_owner using (true) with check (true);
create policy worker_all on cases_contact to recourse_worker using (true) with check (true);
create policy taker_all on cases_contact to recourse_web
  using (recourse_actor_kind() = 'user' and taken_by_id = recourse_actor())
  with check (recourse_actor_kind() = 'user' and taken_by_id = recourse_actor());
"""

CHAIN = """
-- A field of the record's hash: four bytes of length, big-endian, then the text (docs/record.md).
create function recourse_field(value text) returns bytea language sql immutable set search_path = public, pg_temp as
  $$ select int4send(octet_length(convert_to(coalesce(value, ''), 'UTF8'))) || convert_to(coalesce(value, ''), 'UTF8') $$;
create function recourse_moment(value timestamptz) returns text language sql stable set search_path = public, pg_temp as
  $$ select to_char(value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

create function recourse_event_hash(e cases_event) returns bytea language sql stable
  set search_path = public, pg_temp as $$
  select sha256(
    recourse_field('recourse-event-1') || recourse_field(e.chain::text) || recourse_field(e.seq::text)
    || recourse_field(encode(e.prev, 'hex')) || recourse_field(recourse_moment(e.at))
    || recourse_field(recourse_moment(e.recorded_at)) || recourse_field(e.actor_kind) || recourse_field(e.actor_id)
    || recourse_field(e.kind) || recourse_field(e.case_id::text) || recourse_field(e.subject)
    || recourse_field(encode(sha256(e.sealed), 'hex')) || recourse_field(e.commitments)) $$;

-- Runs as the owner: as the invoker it would not see the whole chain and fork it.
create function recourse_chain_event() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare head record;
begin
  new.chain := coalesce(new.case_id, '00000000-0000-0000-0000-000000000000');
  perform pg_advisory_xact_lock(hashtextextended(new.chain::text, 7));
  select seq, hash into head from cases_event where chain = new.chain order by seq desc limit 1;
  new.seq := coalesce(head.seq, 0) + 1;
  new.prev := coalesce(head.hash, ''::bytea);
  new.recorded_at := clock_timestamp();
  new.hash := recourse_event_hash(new);
  return new;
end $$;
create trigger event_chain before insert on cases_event for each row execute function recourse_chain_event();

create function recourse_refuse_change() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception 'The record is append-only.' using errcode = 'insufficient_privilege';
end $$;
create trigger event_no_change before update or delete on cases_event
  for each row execute function recourse_refuse_change();
create trigger event_no_truncate before truncate on cases_event
  for each statement execute function recourse_refuse_change();
create trigger anchor_no_change before update or delete on cases_anchor
  for each row execute function recourse_refuse_change();
create trigger anchor_no_truncate before truncate on cases_anchor
  for each statement execute function recourse_refuse_change();
revoke update, delete, truncate on cases_event, cases_anchor from recourse_web, recourse_worker;
"""

CACHE = """
create table recourse_cache (
  cache_key varchar(255) primary key, value text not null, expires timestamptz not null
);
create index recourse_cache_expires on recourse_cache (expires);
"""

GATE = """
-- The last gate: a message to a client needs a standing rule that allows its channel.
create function recourse_safe_contact_gate() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if new.audience = 'client' and new.channel <> 'page' and not exists (
    select from cases_safecontact s
    where s.case_id = new.case_id and s.channel = new.channel and s.is_allowed and s.ended_at is null
      and s.confirmed_at is not null and (s.valid_until is null or s.valid_until > now())
  ) then
    raise exception 'Safe contact: % is not allowed, or not known to be.', new.channel
      using errcode = 'check_violation', constraint = 'effect_safe_contact';
  end if;
  return new;
end $$;
create trigger effect_safe_contact before insert or update of audience, channel, case_id on cases_effect
  for each row execute function recourse_safe_contact_gate();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.RunSQL(CONTEXT, migrations.RunSQL.noop),
        GrantRuntimeRoles(),
        migrations.RunSQL(OWN_POLICIES, migrations.RunSQL.noop),
        ProtectCaseRows("Case", column="id", clients="all"),
        ProtectCaseRows("Party", clients="all"),
        ProtectCaseRows("Consent", clients="all"),
        ProtectCaseRows("SafeContact", clients="all"),
        ProtectCaseRows("CaseTask", clients="add"),
        ProtectCaseRows("Message", clients="all"),
        ProtectCaseRows("Note"),
        ProtectCaseRows("Report", clients="all"),
        ProtectCaseRows("Lookup", clients="all"),
        migrations.RunSQL(CHAIN, migrations.RunSQL.noop),
        migrations.RunSQL(GATE, migrations.RunSQL.noop),
        migrations.RunSQL(CACHE, "drop table recourse_cache"),
        migrations.RunSQL(COUNTS, migrations.RunSQL.noop),
    ]
