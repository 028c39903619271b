"""Row-level security on replies, and on mails that have no case yet."""

from django.db import migrations

from cases.rowsecurity import ProtectCaseRows

WAITING = """
create function recourse_may_sort_mail() returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select recourse_actor_kind() = 'user' and exists (
    select from cases_user u where u.id = recourse_actor() and u.is_active and u.kind = 'staff'
      and 'supervisor' = any(u.roles)) $$;
alter table takedowns_incomingmail enable row level security;
alter table takedowns_incomingmail force row level security;
create policy owner_all on takedowns_incomingmail to recourse_owner using (true) with check (true);
create policy worker_all on takedowns_incomingmail to recourse_worker using (true) with check (true);
-- A mail of no case is a supervisor's; others reach those that seem to belong to a case of theirs. None is added here.
create policy staff_read on takedowns_incomingmail for select to recourse_web
  using (recourse_may_sort_mail() or suggested_cases && array(select recourse_staff_cases()));
create policy staff_change on takedowns_incomingmail for update to recourse_web
  using (recourse_may_sort_mail() or suggested_cases && array(select recourse_staff_cases()))
  with check (recourse_may_sort_mail() or suggested_cases && array(select recourse_staff_cases()));
"""
BACK = """
drop policy staff_read on takedowns_incomingmail; drop policy staff_change on takedowns_incomingmail;
drop policy owner_all on takedowns_incomingmail; drop policy worker_all on takedowns_incomingmail;
alter table takedowns_incomingmail disable row level security;
drop function recourse_may_sort_mail();
"""


class Migration(migrations.Migration):
    dependencies = [("takedowns", "0003_link_imports"), ("cases", "0002_record_and_access")]

    operations = [ProtectCaseRows("Reply"), migrations.RunSQL(WAITING, BACK)]
