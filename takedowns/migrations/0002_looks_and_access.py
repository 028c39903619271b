"""The partitioned table of looks, and row-level security on the tables of takedowns."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from cases.rowsecurity import ProtectCaseRows

LOOKS = """
create table takedowns_urlcheck (
  id uuid not null, at timestamptz not null, case_id uuid not null, url_id uuid not null,
  answer varchar(12) not null check (answer in ('gone', 'still_up', 'cannot_tell')),
  reason varchar(40) not null, status smallint, vantage varchar(20) not null, milliseconds integer not null,
  body_sha256 varchar(64) not null default '',
  primary key (at, id)
) partition by range (at);
create index takedowns_urlcheck_url on takedowns_urlcheck (url_id, at desc);
create index takedowns_urlcheck_case on takedowns_urlcheck (case_id, at desc);
create table takedowns_urlcheck_default partition of takedowns_urlcheck default;

-- Months are made by the owner's migrate step; a runtime login holds no grant on them.
create function recourse_make_months(first date, how_many integer) returns integer language plpgsql
  set search_path = public, pg_temp as $$
declare starts date; name text; made integer := 0;
begin
  for i in 0 .. how_many - 1 loop
    starts := (date_trunc('month', first) + make_interval(months => i))::date;
    name := 'takedowns_urlcheck_' || to_char(starts, 'YYYY_MM');
    if to_regclass(name) is null then
      execute format('create table %I partition of takedowns_urlcheck for values from (%L) to (%L)',
        name, starts::timestamp at time zone 'UTC', (starts + interval '1 month')::timestamp at time zone 'UTC');
      execute format('alter table %I enable row level security', name);
      execute format('alter table %I force row level security', name);
      execute format('create policy owner_all on %I to recourse_owner using (true) with check (true)', name);
      execute format('revoke all on %I from recourse_web, recourse_worker', name);
      made := made + 1;
    end if;
  end loop;
  return made;
end $$;
revoke all on function recourse_make_months(date, integer) from public;
select recourse_make_months((now() - interval '2 months')::date, 26);
alter table takedowns_urlcheck_default enable row level security;
alter table takedowns_urlcheck_default force row level security;
create policy owner_all on takedowns_urlcheck_default to recourse_owner using (true) with check (true);
revoke all on takedowns_urlcheck_default from recourse_web, recourse_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("takedowns", "0001_initial"), ("cases", "0002_record_and_access")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LOOKS, "drop table takedowns_urlcheck")],
            state_operations=[
                migrations.CreateModel(
                    "UrlCheck",
                    [
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "at", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False)),
                        ("at", models.DateTimeField()),
                        (
                            "answer",
                            models.CharField(
                                choices=[("gone", "Gone"), ("still_up", "Still up"), ("cannot_tell", "Cannot tell")],
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(max_length=40)),
                        ("status", models.PositiveSmallIntegerField(null=True)),
                        ("vantage", models.CharField(max_length=20)),
                        ("milliseconds", models.PositiveIntegerField()),
                        ("body_sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "case",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="cases.case",
                            ),
                        ),
                        (
                            "url",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="checks",
                                to="takedowns.reportedurl",
                            ),
                        ),
                    ],
                )
            ],
        ),
        ProtectCaseRows("ReportedUrl", clients="all"),
        ProtectCaseRows("Notice", clients="read"),
        ProtectCaseRows("NoticeLink", clients="read"),
        ProtectCaseRows("NoticeClock", clients="read"),
        ProtectCaseRows("UrlCheck"),
    ]
