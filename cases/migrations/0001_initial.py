"""The tables of cases."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("day", models.DateField(unique=True)),
                ("chains", models.PositiveIntegerField()),
                ("events", models.PositiveBigIntegerField()),
                ("heads_hash", models.BinaryField()),
                ("prev", models.BinaryField(default=b"")),
                ("hash", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CaseKey",
            fields=[
                ("case_id", models.UUIDField(primary_key=True, serialize=False)),
                ("kek_version", models.PositiveSmallIntegerField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Helpline",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None),
                ),
                ("kind", models.CharField(max_length=20)),
                (
                    "who",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("url", models.CharField(blank=True, max_length=400)),
                ("phone", models.CharField(blank=True, max_length=100)),
                ("hours", models.CharField(blank=True, max_length=200)),
                ("confidence", models.CharField(max_length=40)),
                ("facts", models.JSONField(default=dict)),
                ("loaded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("staff", "Staff"), ("client", "Client")], max_length=10)),
                ("email", models.EmailField(max_length=254, null=True)),
                ("name", models.CharField(blank=True, max_length=100)),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("language", models.CharField(default="en", max_length=10)),
                ("time_zone", models.CharField(default="UTC", max_length=50)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="user_email_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("email__isnull", False), ("kind", "staff")),
                            models.Q(("email", None), ("kind", "client"), ("roles", [])),
                            _connector="OR",
                        ),
                        name="user_client_has_no_email",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("alias", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("intake", "Intake"),
                            ("active", "Open"),
                            ("monitoring", "Watching"),
                            ("closed", "Closed"),
                        ],
                        default="intake",
                        max_length=12,
                    ),
                ),
                (
                    "age_answer",
                    models.CharField(
                        choices=[
                            ("not_asked", "Age not asked yet"),
                            ("adult", "Adult, they said"),
                            ("under_18", "Someone under 18"),
                            ("not_sure", "Age not sure"),
                        ],
                        default="not_asked",
                        max_length=12,
                    ),
                ),
                ("age_said_by", models.CharField(blank=True, max_length=20)),
                ("age_said_at", models.DateTimeField(null=True)),
                ("routed_to", models.CharField(blank=True, max_length=100)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("language", models.CharField(default="en", max_length=10)),
                ("source", models.CharField(default="phone", max_length=20)),
                ("is_demo", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField()),
                ("reported_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_cases",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseTask",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("subject_id", models.UUIDField(blank=True, null=True)),
                ("path", models.CharField(max_length=200)),
                (
                    "clock",
                    models.CharField(
                        choices=[("ours", "ours"), ("platform", "platform's"), ("regulator", "regulator's")],
                        default="ours",
                        max_length=12,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("dropped", "No longer needed")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("dedupe_key", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "power",
                    models.CharField(
                        choices=[
                            ("ask_sites", "Ask sites to take it down"),
                            ("ask_hosts", "Ask the companies that host a site"),
                            ("ask_search", "Ask search engines to stop listing it"),
                            ("share_police", "Share what we have with the police"),
                            ("share_lawyer", "Share what we have with a lawyer"),
                            ("keep_fingerprint", "Keep a fingerprint to find copies"),
                        ],
                        max_length=20,
                    ),
                ),
                ("is_given", models.BooleanField()),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("portal", "On their page"),
                            ("oral", "Told us, read from the script"),
                            ("written", "In writing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Being taken"), ("became_case", "Became a case"), ("ended", "Ended")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Door",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("staff_invitation", "Invitation for staff"),
                            ("client_invitation", "Invitation for a client"),
                            ("access_code", "A client's code"),
                            ("share", "A share for a lawyer or the police"),
                            ("reply", "A reply address of a notice"),
                        ],
                        max_length=20,
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("secret_hash", models.CharField(blank=True, max_length=200)),
                ("case_id", models.UUIDField(null=True)),
                ("user_id", models.UUIDField(null=True)),
                ("subject_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("uses", models.PositiveIntegerField(default=0)),
                ("max_uses", models.PositiveIntegerField(null=True)),
                ("wrong_tries", models.PositiveIntegerField(default=0)),
                ("slowed_until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "subject_id"], name="cases_door_kind_1cb75a_idx"),
                    models.Index(fields=["case_id"], name="cases_door_case_id_79e2b8_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["staff_invitation", "client_invitation", "access_code", "share", "reply"])
                        ),
                        name="door_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_uses", None), ("uses__lte", models.F("max_uses")), _connector="OR"),
                        name="door_uses_within_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DoorTry",
            fields=[
                ("key_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("slowed_until", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["last_at"], name="door_try_last")],
            },
        ),
        migrations.CreateModel(
            name="Effect",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("kind", models.CharField(max_length=40)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("client", "Client"),
                            ("staff", "Staff"),
                            ("platform", "Platform"),
                            ("nobody", "Nobody outside"),
                        ],
                        max_length=10,
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("subject_id", models.UUIDField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Waiting"),
                            ("claimed", "Being done"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("unknown", "Not known whether it happened"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("dedupe_key", models.CharField(max_length=160, unique=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="effects", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("chain", models.UUIDField()),
                ("seq", models.BigIntegerField()),
                ("prev", models.BinaryField(default=b"")),
                ("hash", models.BinaryField(default=b"")),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "actor_kind",
                    models.CharField(
                        choices=[
                            ("user", "Staff"),
                            ("client", "Client"),
                            ("recipient", "Recipient of a share"),
                            ("system", "Recourse"),
                            ("mailbox", "Mailbox"),
                        ],
                        max_length=10,
                    ),
                ),
                ("actor_id", models.CharField(blank=True, max_length=40)),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(blank=True, max_length=100)),
                ("commitments", models.TextField(default="{}")),
                ("format_version", models.PositiveSmallIntegerField(default=1)),
                (
                    "case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormToken",
            fields=[
                ("token_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField(null=True)),
                ("used_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(fields=["used_at"], name="cases_formt_used_at_b4d767_idx")],
            },
        ),
        migrations.CreateModel(
            name="Lookup",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("link", "Link identity"),
                            ("account", "Account or handle"),
                            ("email", "E-mail address"),
                            ("phone", "Phone number"),
                            ("ticket", "Ticket"),
                            ("reply_token", "Reply token"),
                            ("message_id", "Message-ID"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key_version", models.PositiveSmallIntegerField()),
                ("mac", models.BinaryField()),
                ("subject_id", models.UUIDField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lookups", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("backup", "Backup"), ("helper", "Helper"), ("client", "Client")],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(default="opened", max_length=40)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="cases.case"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("is_from_client", models.BooleanField()),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("page", "This page only"),
                            ("text", "Text message"),
                            ("call", "Phone call"),
                            ("email", "Email"),
                            ("letter", "Letter"),
                            ("in_person", "In person"),
                        ],
                        default="page",
                        max_length=10,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "nature",
                    models.CharField(
                        choices=[("fact", "Fact"), ("client_words", "Client's words"), ("opinion", "Our opinion")],
                        default="fact",
                        max_length=12,
                    ),
                ),
                ("written_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="cases.case"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("client", "Client"),
                            ("shown", "Person shown"),
                            ("poster", "Person who shared it"),
                            ("guardian", "Guardian"),
                            ("supporter", "Supporter"),
                            ("interpreter", "Interpreter"),
                            ("lawyer", "Lawyer"),
                            ("officer", "Officer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("language", models.CharField(default="en", max_length=10)),
                ("version", models.PositiveIntegerField(default=1)),
                ("added_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parties", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("started_at", models.DateTimeField()),
                ("saved_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="report", to="cases.case"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SafeContact",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("page", "This page only"),
                            ("text", "Text message"),
                            ("call", "Phone call"),
                            ("email", "Email"),
                            ("letter", "Letter"),
                            ("in_person", "In person"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_allowed", models.BooleanField()),
                ("window_starts", models.TimeField(blank=True, null=True)),
                ("window_ends", models.TimeField(blank=True, null=True)),
                ("time_zone", models.CharField(default="UTC", max_length=50)),
                ("may_leave_message", models.BooleanField(default=False)),
                ("may_say_who_we_are", models.BooleanField(default=False)),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("review_on", models.DateField(blank=True, null=True)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("said_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="safe_contacts", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("key_hash", models.BinaryField(unique=True)),
                ("door", models.CharField(max_length=10)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("idle_until", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "-opened_at"], name="cases_case_state_5459ef_idx"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["intake", "active", "monitoring", "closed"])), name="case_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("age_answer__in", ["not_asked", "adult", "under_18", "not_sure"])),
                name="case_age_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("age_answer", "not_asked"), ("age_said_at__isnull", False), _connector="OR"),
                name="case_age_said_with_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", False), _connector="OR"
                ),
                name="case_closed_with_time",
            ),
        ),
        migrations.AddIndex(
            model_name="casetask",
            index=models.Index(condition=models.Q(("state", "open")), fields=["due_at"], name="case_task_due"),
        ),
        migrations.AddIndex(
            model_name="casetask",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["assigned_to", "due_at"], name="case_task_mine"
            ),
        ),
        migrations.AddConstraint(
            model_name="casetask",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "done", "dropped"])), name="case_task_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="casetask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("case", "dedupe_key"), name="case_task_once_while_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="casetask",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="OR"),
                name="case_task_ended_with_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "power__in",
                        ["ask_sites", "ask_hosts", "ask_search", "share_police", "share_lawyer", "keep_fingerprint"],
                    )
                ),
                name="consent_power_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("case", "power"), name="consent_one_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(
                condition=models.Q(("state__in", ["new", "claimed"])), fields=["due_at"], name="effect_due"
            ),
        ),
        migrations.AddIndex(
            model_name="effect",
            index=models.Index(fields=["case", "state"], name="cases_effec_case_id_4e3d9c_idx"),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["new", "claimed", "done", "failed", "unknown", "cancelled"])),
                name="effect_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="effect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "client"), _negated=True),
                    models.Q(("case__isnull", False), models.Q(("channel", ""), _negated=True)),
                    _connector="OR",
                ),
                name="effect_client_has_case_and_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["case", "-seq"], name="cases_event_case_id_373064_idx"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["case", "kind"], name="cases_event_case_id_3a20d1_idx"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("chain", "seq"), name="event_seq_once_a_chain"),
        ),
        migrations.AddIndex(
            model_name="lookup",
            index=models.Index(fields=["mac"], name="cases_looku_mac_f0f059_idx"),
        ),
        migrations.AddIndex(
            model_name="lookup",
            index=models.Index(fields=["subject_id"], name="cases_looku_subject_781823_idx"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["user", "case"], name="cases_membe_user_id_0e3522_idx"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)), fields=("case", "user"), name="membership_once_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["owner", "backup", "helper", "client"])), name="membership_role_known"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["case", "-written_at"], name="cases_messa_case_id_0daa33_idx"),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        ["client", "shown", "poster", "guardian", "supporter", "interpreter", "lawyer", "officer"],
                    )
                ),
                name="party_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="safecontact",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["page", "text", "call", "email", "letter", "in_person"])),
                name="safe_contact_channel_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="safecontact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("case", "channel"),
                name="safe_contact_one_rule_a_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="safecontact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("window_ends", None), ("window_starts", None)),
                    models.Q(("window_ends__isnull", False), ("window_starts__isnull", False)),
                    _connector="OR",
                ),
                name="safe_contact_window_has_two_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["idle_until"], name="cases_sessi_idle_un_5b581a_idx"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["user"], name="cases_sessi_user_id_d1b7d2_idx"),
        ),
    ]
