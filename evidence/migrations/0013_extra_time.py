"""More minutes of looking: given by a supervisor to one of their people, never to themselves, and then left alone."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

EXTRA_TIME = """
alter table evidence_extratime enable row level security; alter table evidence_extratime force row level security;
create policy owner_all on evidence_extratime to recourse_owner using (true) with check (true);
create policy worker_all on evidence_extratime to recourse_worker using (true) with check (true);
create policy own_read on evidence_extratime for select to recourse_web
  using (recourse_actor_kind() = 'user' and person_id = recourse_actor());
create policy supervisor_read on evidence_extratime for select to recourse_web
  using (person_id in (select recourse_supervised_people()));
create policy supervisor_add on evidence_extratime for insert to recourse_web
  with check (given_by_id = recourse_actor() and person_id <> given_by_id
    and person_id in (select recourse_supervised_people()));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("evidence", "0012_client_parts"),
        ("cases", "0008_parties"),
    ]

    operations: ClassVar[list[Operation]] = [migrations.RunSQL(EXTRA_TIME, migrations.RunSQL.noop)]
