"""Rules on fingerprints and transcripts."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

from cases.rowsecurity import ProtectCaseRows

ONLY_WITH_CONSENT = """
-- Fingerprints are clear numbers: none is written for a case whose client did not agree, or that is locked for age.
create function recourse_fingerprint_allowed() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from cases_consent c where c.case_id = new.case_id and c.power = 'keep_fingerprint'
                   and c.is_given and c.ended_at is null)
      or not exists (select from cases_case k where k.id = new.case_id and k.age_answer = 'adult') then
    raise exception 'No fingerprint is kept without consent, or of anybody who may be under 18.'
      using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger fingerprint_allowed before insert on evidence_fingerprint
  for each row execute function recourse_fingerprint_allowed();
create trigger fingerprint_hash_allowed before insert on evidence_fingerprinthash
  for each row execute function recourse_fingerprint_allowed();

-- The yes and the numbers end together, whoever ends the yes and by whichever door: with a no at once, else when the
-- transaction ends, since a new yes first ends the one before it.
create function recourse_fingerprints_end() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if not exists (select from cases_consent c where c.case_id = new.case_id and c.power = 'keep_fingerprint'
                   and c.is_given and c.ended_at is null) then
    delete from evidence_fingerprinthash h where h.case_id = new.case_id;
    delete from evidence_fingerprint f where f.case_id = new.case_id;
    delete from evidence_likeness l where l.case_id = new.case_id and l.decision = '';
  end if;
  return null;
end $$;
create trigger fingerprints_end_with_a_no after insert on cases_consent for each row
  when (new.power = 'keep_fingerprint' and not new.is_given) execute function recourse_fingerprints_end();
create constraint trigger fingerprints_end_with_the_yes after update on cases_consent deferrable initially deferred
  for each row when (new.power = 'keep_fingerprint' and new.ended_at is not null)
  execute function recourse_fingerprints_end();
"""

BACK = """
drop trigger fingerprints_end_with_the_yes on cases_consent;
drop trigger fingerprints_end_with_a_no on cases_consent;
drop function recourse_fingerprints_end();
drop trigger fingerprint_hash_allowed on evidence_fingerprinthash;
drop trigger fingerprint_allowed on evidence_fingerprint;
drop function recourse_fingerprint_allowed();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("evidence", "0007_captures")]

    operations: ClassVar[list[Operation]] = [
        ProtectCaseRows("Fingerprint"),
        ProtectCaseRows("FingerprintHash"),
        ProtectCaseRows("Likeness"),
        ProtectCaseRows("HashRelease"),
        ProtectCaseRows("HashServiceUse"),
        migrations.RunSQL(ONLY_WITH_CONSENT, BACK),
    ]
