"""Rules on looks and released originals: who reaches them, what may not change, and totals without items."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

RULES = """
-- A person counts all their own looks, in cases too that they left since.
create policy own_read on evidence_viewing for select to recourse_web using (person_id = recourse_actor());

-- What a look was stays: whose, at what, why, from when until when. A look that ended begins no more and grows no more.
create function recourse_keep_viewing() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    if current_user = 'recourse_web' then
      raise exception 'A look is not taken back.' using errcode = 'insufficient_privilege'; end if;
    return old;
  end if;
  if new.case_id <> old.case_id or new.exhibit_id <> old.exhibit_id or new.person_id <> old.person_id
      or new.session_id <> old.session_id or new.granted_at <> old.granted_at or new.expires_at > old.expires_at
      or new.token_hash is distinct from old.token_hash or new.reason <> old.reason or new.mode <> old.mode then
    raise exception 'A look is not turned into another.' using errcode = 'check_violation'; end if;
  if old.ended_at is not null and (new.ended_at is distinct from old.ended_at or new.open_until is not null
      or new.seconds is distinct from old.seconds or new.shown_ms <> old.shown_ms) then
    raise exception 'A look that ended stays ended.' using errcode = 'check_violation'; end if;
  if new.shown_ms < old.shown_ms then
    raise exception 'What was seen is not unseen.' using errcode = 'check_violation'; end if;
  return new;
end $$;
create trigger viewing_kept before update or delete on evidence_viewing
  for each row execute function recourse_keep_viewing();

-- An original leaves only by a request that a second person granted.
create function recourse_keep_release() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'UPDATE' and (new.case_id <> old.case_id or new.exhibit_id <> old.exhibit_id or new.reader <> old.reader
      or new.asked_by_id <> old.asked_by_id or new.days <> old.days
      or (old.expires_at is not null and new.expires_at > old.expires_at)) then
    raise exception 'A release is not turned into another.' using errcode = 'check_violation'; end if;
  if new.state = 'allowed' and (tg_op = 'INSERT' or old.state <> 'allowed') and not exists (
      select from cases_approval a where a.id = new.approval_id and a.kind = 'original_release'
        and a.subject_id = new.id and a.state = 'granted' and a.asked_by_id = new.asked_by_id
        and a.decided_by_id is distinct from new.asked_by_id) then
    raise exception 'A second person allows an original to leave.' using errcode = 'insufficient_privilege'; end if;
  return new;
end $$;
create trigger release_kept before insert or update on evidence_release
  for each row execute function recourse_keep_release();

-- Totals of the people that a supervisor answers for, as sums of a day: nobody's items, and nobody by name.
create function recourse_team_looks(since timestamptz)
  returns table (day date, people bigint, looks bigint, seconds numeric, avoided bigint)
  language sql stable security definer set search_path = public, pg_temp as $$
  select (v.granted_at at time zone 'UTC')::date, count(distinct v.person_id),
         count(*) filter (where v.mode = 'media'),
         coalesce(sum(v.shown_ms) filter (where v.mode = 'media'), 0) / 1000,
         count(*) filter (where v.mode = 'text')
    from evidence_viewing v
   where v.granted_at >= since and v.person_id in (select recourse_supervised_people())
   group by 1 order by 1 $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0005_derivatives"), ("cases", "0008_parties")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Viewing"),
        ProtectCaseRows("Preview"),
        ProtectCaseRows("Release"),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]
