"""Requests to hand a case over: whoever asked and the supervisors read them; colleagues in the case do not."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

READERS = """
drop policy staff_all on cases_handoverrequest;
create policy staff_read on cases_handoverrequest for select to recourse_web
  using (case_id in (select recourse_staff_cases()) and (person_id = recourse_actor() or recourse_is_supervisor()));
create policy staff_add on cases_handoverrequest for insert to recourse_web
  with check (case_id in (select recourse_staff_cases()) and person_id = recourse_actor());
create policy staff_change on cases_handoverrequest for update to recourse_web
  using (case_id in (select recourse_staff_cases()) and (person_id = recourse_actor() or recourse_is_supervisor()))
  with check (case_id in (select recourse_staff_cases()) and (person_id = recourse_actor() or recourse_is_supervisor()));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("cases", "0008_parties")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("HandoverRequest"),
        migrations.RunSQL(READERS, migrations.RunSQL.noop),
    ]
