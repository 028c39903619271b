"""What worked at a platform, as numbers over all cases and never under ten of them."""

from django.db import migrations

WORKED = """
create function recourse_worked(place text) returns table (route text, cases int, asked int, down int)
  language sql stable security definer set search_path = public, pg_temp as $$
  select n.route::text, count(distinct n.case_id)::int, count(*)::int,
    count(*) filter (where u.state in ('down', 'watching') and u.down_at >= n.sent_at)::int
  from takedowns_notice n
    join takedowns_noticelink l on l.notice_id = n.id
    join takedowns_reportedurl u on u.id = l.url_id
  where n.platform_id = place and n.sent_at is not null and n.state <> 'withdrawn' and u.state <> 'dropped'
    and recourse_actor_kind() in ('user', 'system')
  group by n.route having count(distinct n.case_id) >= 10 $$;
"""


class Migration(migrations.Migration):
    dependencies = [("takedowns", "0004_mail")]

    operations = [migrations.RunSQL(WORKED, "drop function recourse_worked(text)")]
