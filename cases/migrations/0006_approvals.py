"""Two people: approvals, exports, limits."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

APPROVALS = """
create function recourse_is_staff() returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select recourse_actor_kind() = 'user' and exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff') $$;

alter table cases_approval enable row level security; alter table cases_approval force row level security;
create policy owner_all on cases_approval to recourse_owner using (true) with check (true);
create policy worker_all on cases_approval to recourse_worker using (true) with check (true);
create policy staff_all on cases_approval to recourse_web
  using (case_id in (select recourse_staff_cases())) with check (case_id in (select recourse_staff_cases()));
-- Requests without a case: the person who asked, and those who read what concerns the house.
create policy house_all on cases_approval to recourse_web
  using (case_id is null and (recourse_reads_system() or (recourse_actor_kind() = 'user' and asked_by_id = recourse_actor())))
  with check (case_id is null and (recourse_reads_system()
    or (recourse_actor_kind() = 'user' and asked_by_id = recourse_actor())));
-- What goes ahead by itself after a day may be stopped by anybody on the staff; its words stay sealed to them.
create policy announced_read on cases_approval for select to recourse_web using (via = 'delay' and recourse_is_staff());
create policy announced_stop on cases_approval for update to recourse_web
  using (via = 'delay' and state = 'waiting' and recourse_is_staff())
  with check (via = 'delay' and state = 'refused' and recourse_is_staff());

-- A decision stands: what was decided is never decided again, and who asked, what and why never changes.
create function recourse_approval_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.state <> 'waiting' and (new.state, new.decided_by_id, new.decided_at, new.via)
      is distinct from (old.state, old.decided_by_id, old.decided_at, old.via) then
    raise exception 'This was decided already.' using errcode = 'check_violation', constraint = 'approval_decided_once';
  end if;
  if (new.kind, new.case_id, new.subject_id, new.asked_by_id, new.asked_at)
      is distinct from (old.kind, old.case_id, old.subject_id, old.asked_by_id, old.asked_at) then
    raise exception 'What was asked does not change.'
      using errcode = 'check_violation', constraint = 'approval_question_stands';
  end if;
  return new;
end $$;
create trigger approval_stands before update on cases_approval
  for each row execute function recourse_approval_stands();

alter table cases_export enable row level security; alter table cases_export force row level security;
create policy owner_all on cases_export to recourse_owner using (true) with check (true);
create policy worker_all on cases_export to recourse_worker using (true) with check (true);
create policy own_all on cases_export to recourse_web
  using (recourse_actor_kind() = 'user' and asked_by_id = recourse_actor())
  with check (recourse_actor_kind() = 'user' and asked_by_id = recourse_actor());
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("cases", "0005_record")]

    operations: ClassVar[list[Operation]] = [migrations.RunSQL(APPROVALS, migrations.RunSQL.noop)]
