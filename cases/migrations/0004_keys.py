"""Keys: how many each version wraps, and that a destroyed or retired key stays so."""

from django.db import migrations

KEYS = """
revoke update, delete, truncate on cases_kekversion from recourse_web;
-- A key is wrapped anew and emptied by the worker; no login of ours takes its row away.
revoke update, delete, truncate on cases_casekey from recourse_web;
revoke delete, truncate on cases_casekey from recourse_worker;

-- Numbers only, over every case: which versions must be held before anything may start.
create function recourse_key_counts() returns table (kek_version int, count bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select k.kek_version::int, count(*) from cases_casekey k where k.destroyed_at is null
  group by k.kek_version order by k.kek_version $$;
create function recourse_lookup_counts() returns table (key_version int, count bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select l.key_version::int, count(*) from cases_lookup l group by l.key_version order by l.key_version $$;

create function recourse_key_stays_destroyed() returns trigger language plpgsql
  set search_path = public, pg_temp as $$
begin
  raise exception 'A destroyed key does not come back.' using errcode = 'insufficient_privilege';
end $$;
create trigger casekey_stays_destroyed before update on cases_casekey
  for each row when (old.destroyed_at is not null and new is distinct from old)
  execute function recourse_key_stays_destroyed();

-- A process that was not restarted may still hold a version that is being destroyed: it must fail, not lose a case.
create function recourse_refuse_retired_key() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (select from fresh f join cases_kekversion k on k.version = f.kek_version
             where f.destroyed_at is null and k.retired_at is not null) then
    raise exception 'This version of the key-encryption key is retired.' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
create trigger casekey_retired_insert after insert on cases_casekey
  referencing new table as fresh for each statement execute function recourse_refuse_retired_key();
create trigger casekey_retired_update after update on cases_casekey
  referencing new table as fresh for each statement execute function recourse_refuse_retired_key();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_need_to_know")]

    operations = [migrations.RunSQL(KEYS, migrations.RunSQL.noop)]
