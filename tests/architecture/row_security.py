"""What stands outside row-level security, each with its reason, and which functions run as their owner.

A table that is in neither list must be protected. A new one fails the test until it is protected or stands here.
"""

DOORS: dict[str, str] = {
    "cases_passkey": "a client's passkey is found by a hash before anybody is known; its contents are sealed",
    "cases_door": "tokens are looked up before anybody is known",
    "cases_session": "a session is looked up by its cookie before anybody is known; its contents are sealed",
}
"""Tables with a case or sealed values that are read before anybody is known: ids, hashes, times, counts, states."""

PLAIN: dict[str, str] = {
    "account_emailaddress": "allauth's list of staff e-mail addresses; clients have none",
    "account_emailconfirmation": "allauth's; nobody confirms addresses here, so it stays empty",
    "auth_group": "Django's; empty, our permissions are in code",
    "auth_group_permissions": "Django's; empty",
    "auth_permission": "Django's names of models",
    "cases_anchor": "one hash a day over all chains",
    "cases_anchorstamp": "what a time-stamp authority said to such a hash",
    "cases_blockedload": "counts of what browsers refused to load",
    "cases_doortry": "keyed hashes of what was tried in vain, with counts",
    "cases_formtoken": "hashes of used form tokens and the page they led to",
    "cases_helpline": "reference facts, public",
    "cases_kekversion": "numbers and check values of key versions, never a key",
    "cases_knownplace": "keyed hashes of places that somebody signed in from",
    "cases_limitcount": "how often a person of the staff did something, by id",
    "cases_refusal": "how often somebody was refused a route, by id",
    "cases_rest": "when somebody of the staff takes a break from looking: ids and times",
    "cases_retentionrule": "keeping times, public rules",
    "cases_shift": "who of the staff works when",
    "cases_team": "names of teams",
    "cases_teammember": "who of the staff is in which team",
    "cases_trusteelink": "hashes of links for trustees, with ids of requests",
    "cases_user": "staff by name and e-mail; clients by id only",
    "django_content_type": "Django's names of models",
    "django_migrations": "Django's names of migrations",
    "evidence_bundleseal": "fingerprints of sealed bundles, for /verify; no case",
    "evidence_signingcertificate": "certificates that signed bundles, public",
    "evidence_scrubday": "how many stored files were verified each day; no case",
    "mfa_authenticator": "second factors of staff, their secrets sealed",
    "recourse_cache": "rate limits and spent codes",
    "takedowns_platform": "reference facts, public",
}
"""Tables that hold nothing of a case."""

DEFINERS: dict[str, str] = {
    "recourse_staff_cases": "which cases a member of staff reaches",
    "recourse_client_cases": "which case a client reaches",
    "recourse_shared_cases": "which case a share opens",
    "recourse_reads_system": "who reads events without a case",
    "recourse_may_sort_mail": "whether somebody sorts mails that have no case yet",
    "recourse_outbox_counts": "numbers of the outbox, without whose",
    "recourse_audit": "what administrators may read of the record: kinds and times, cases by a mark only",
    "recourse_audit_kinds": "which kinds of event there are",
    "recourse_break_glass": "the emergency membership, with its event",
    "recourse_case_ends": "what must hold before a case ends",
    "recourse_closed_cases": "which cases the worker may clear, and until when they are held",
    "recourse_endings": "numbers of erasures and removals, without whose",
    "recourse_erased_cases": "which references are tombstones",
    "recourse_guard_hold": "a hold is not lifted by one person",
    "recourse_is_held": "whether a case is on hold",
    "recourse_is_live": "whether a case is open",
    "recourse_is_staff": "whether the actor works here",
    "recourse_is_supervisor": "whether the actor supervises",
    "recourse_keep_key": "a key on hold is not destroyed",
    "recourse_keep_object": "what is on hold is not removed",
    "recourse_key_counts": "how many keys each version wraps",
    "recourse_look_up": "whether a person is known elsewhere, answered to a supervisor",
    "recourse_lookup_counts": "how many look-ups each version has",
    "recourse_manages": "whether the actor manages people",
    "recourse_match_became": "which case a contact became",
    "recourse_match_people": "who works on two matched cases",
    "recourse_may_add": "who may add whom to a case",
    "recourse_may_decide": "who may decide a request",
    "recourse_own_openings": "when a client's own page was opened",
    "recourse_refuse_retired_key": "no key is wrapped by a retired version",
    "recourse_stop_reaching": "a person who left reaches nothing",
    "recourse_stamps_waiting": "how many bundles wait for a time stamp, without whose",
    "recourse_team_looks": "sums of looks of the people somebody supervises, without whose",
    "recourse_supervised_people": "whose contacts a supervisor reads",
    "recourse_worked": "what worked at a platform, over ten cases or more, without whose",
    "recourse_workload": "numbers of open work, without whose",
    "recourse_fingerprints_end": "fingerprints go with the yes to them, also where a client takes it back",
    "recourse_chain_event": "the next place in a chain, which its writer may not see whole",
    "recourse_safe_contact_gate": "the gate for messages to clients",
}
"""Functions that run as their owner and so past the policies: what each answers."""

BROAD: dict[str, str] = {
    "cases_approval.announced_read": "in a small team a request that waits a day is announced to everybody",
    "cases_approval.announced_stop": "and anybody may stop it",
    "cases_case.erased_read": "a supervisor sees the tombstone of an erased case, which holds nothing",
    "cases_contact.supervisor_all": "a supervisor reads the contacts of their own team's people",
    "cases_erasure.supervisor_read": "a supervisor sees what was erased, which holds nothing",
    "cases_erasure.supervisor_add": "a supervisor asks for an erasure",
    "cases_event.erased_read": "a supervisor sees when an erased case ended",
    "evidence_viewing.own_read": "a person counts all their own looks, in cases too that they left",
    "evidence_extratime.own_read": "a person reads what they were given on top of their own limit, and why",
    "evidence_extratime.supervisor_read": "a supervisor reads what their people were given; it is about no case",
    "evidence_extratime.supervisor_add": "a supervisor gives minutes to their people, never to themselves",
    "cases_registerentry.keeper_all": "the register is kept by supervisors",
}
"""Policies of the web login that ask for something wider than the actor's own cases: why."""

SESSION_LOCKS: dict[str, str] = {
    "cases/key_custody.py": "a custodian's command works through many transactions; it refuses behind a pooler",
}
"""Modules that take a lock for longer than one transaction."""

DOOR_COLUMNS = frozenset(
    {"uuid", "bytea", "timestamp with time zone", "integer", "smallint", "bigint", "boolean", "date"}
)
"""Types that a door-like table may use freely; a text column must be listed in DOOR_WORDS."""

HASHED = (*DOORS, "cases_doortry", "cases_formtoken", "cases_knownplace", "cases_limitcount", "cases_refusal")
HASHED += ("cases_trusteelink", "cases_blockedload", "cases_kekversion")
"""Tables of ids, hashes, times and counts, whose columns are checked."""

DOOR_WORDS: dict[str, str] = {
    "cases_blockedload.directive": "a rule of the content policy",
    "cases_blockedload.door": "one of the four doors",
    "cases_limitcount.kind": "one of a fixed list",
    "cases_limitcount.window": "one of a fixed list",
    "cases_refusal.person_kind": "one of a fixed list",
    "cases_refusal.route": "the pattern of an address of ours",
    "cases_trusteelink.answer": "one of a fixed list",
    "cases_trusteelink.code_hash": "a salted hash",
    "cases_trusteelink.kind": "one of a fixed list",
    "cases_door.kind": "one of a fixed list",
    "cases_door.secret_hash": "a salted hash",
    "cases_session.door": "one of the four doors",
    "cases_formtoken.outcome": "an address of ours, which names no person",
}
"""Text columns of door-like tables and what stands in them instead of words."""
