"""The tables of cases."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
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
            name="KekVersion",
            fields=[
                ("version", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("check_value", models.BinaryField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retired_at", models.DateTimeField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("escrowed_at", models.DateTimeField(null=True)),
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
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_until", None)),
                            models.Q(
                                ("quiet_from__isnull", False),
                                ("quiet_until__isnull", False),
                                models.Q(("quiet_from", models.F("quiet_until")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="user_quiet_hours_begin_and_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BlockedLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("door", models.CharField(max_length=10)),
                ("directive", models.CharField(max_length=30)),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("day", "door", "directive"), name="blocked_load_once")],
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
                            ("erased", "Erased"),
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
                (
                    "portal_use",
                    models.CharField(
                        choices=[
                            ("whole", "The whole page"),
                            ("messages", "Messages only"),
                            ("none", "No page at all"),
                        ],
                        default="whole",
                        max_length=10,
                    ),
                ),
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
            name="CaseKey",
            fields=[
                ("case_id", models.UUIDField(primary_key=True, serialize=False)),
                ("kek_version", models.PositiveSmallIntegerField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at", None), models.Q(("kek_version", 0), ("wrapped", b"")), _connector="OR"
                        ),
                        name="case_key_destroyed_is_empty",
                    )
                ],
            },
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
            name="KnownPlace",
            fields=[
                ("key_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["last_at"], name="known_place_last")],
            },
        ),
        migrations.CreateModel(
            name="LimitCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("user_id", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("window", models.CharField(max_length=4)),
                ("starts_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("alarmed_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["starts_at"], name="limit_count_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("user_id", "kind", "window", "starts_at"), name="limit_count_once")
                ],
            },
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
            name="Passkey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("credential_hash", models.BinaryField(unique=True)),
                ("sign_count", models.BigIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passkeys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Refusal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person_id", models.UUIDField()),
                ("person_kind", models.CharField(max_length=10)),
                ("route", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                ("untold", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person_id", "route"), name="refusal_once_a_route")],
            },
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
            name="Shift",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("desk", "Desk"), ("on_call", "On call")], default="desk", max_length=10),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("backup", "Backup"),
                            ("helper", "Helper"),
                            ("desk", "Took the call"),
                            ("on_call", "On call"),
                            ("emergency", "Emergency"),
                            ("client", "Client"),
                        ],
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
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "shift",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="cases.shift",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="team_name_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="cases.team"
            ),
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("is_supervisor", models.BooleanField(default=False)),
                ("since", models.DateTimeField()),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="cases.team"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="teams", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TrusteeLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(unique=True)),
                ("code_hash", models.CharField(max_length=200)),
                ("address_hash", models.BinaryField()),
                ("approval_id", models.UUIDField()),
                ("kind", models.CharField(max_length=20)),
                ("asked_by_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("wrong_tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("", "Nothing yet"), ("grant", "Yes"), ("refuse", "No")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["approval_id"], name="trustee_link_approval"),
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["answered_at"], name="trustee_link_to_do"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answer__in", ["", "grant", "refuse"])), name="trustee_link_answer_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "wishes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("stop_notices", "Stop asking sites"),
                                ("stop_contact", "Stop contacting me"),
                                ("delete", "Delete what you have"),
                            ],
                            max_length=15,
                        ),
                        size=None,
                    ),
                ),
                ("said_at", models.DateTimeField()),
                ("decide_by", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="withdrawals", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AnchorStamp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("authority", models.CharField(max_length=120)),
                ("query", models.BinaryField()),
                ("nonce", models.CharField(max_length=40)),
                ("reply", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("stamped_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "anchor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stamps", to="cases.anchor"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("stamped_at__isnull", False)),
                        fields=("anchor", "authority"),
                        name="stamp_good_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Bar",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("set_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bars", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bars", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("user", "case"), name="bar_once_while_standing"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Authority",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "asked_by",
                    models.CharField(
                        choices=[
                            ("client", "The client"),
                            ("supporter", "A supporter"),
                            ("lawyer", "A lawyer"),
                            ("officer", "An officer"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("said", "They said so"),
                            ("code_word", "They said the code word"),
                            ("document", "We saw a document"),
                            ("lawyer", "A lawyer confirmed it"),
                        ],
                        default="said",
                        max_length=10,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="authorities", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("asked_by__in", ["client", "supporter", "lawyer", "officer"])),
                        name="authority_asked_by_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["said", "code_word", "document", "lawyer"])),
                        name="authority_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level", "said"), ("checked_by__isnull", False), _connector="OR"),
                        name="authority_checked_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("case",), name="authority_one_standing"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bulk_export", "Export of many rows"),
                            ("erasure", "Erase a case"),
                            ("hold_lift", "Lift a legal hold"),
                            ("age_unlock", "Lift an age lock"),
                            ("original_release", "Release sealed originals"),
                            ("notice_send", "Send a notice"),
                            ("register_deletion", "Delete an entry of the register"),
                        ],
                        max_length=20,
                    ),
                ),
                ("subject_id", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Taken back"),
                            ("lapsed", "Too old"),
                            ("failed", "Could not be done"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "via",
                    models.CharField(
                        choices=[("person", "A colleague"), ("trustee", "A trustee"), ("delay", "24 hours")],
                        default="person",
                        max_length=10,
                    ),
                ),
                ("ready_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["asked_at"], name="approval_waiting"
                    ),
                    models.Index(fields=["case", "kind"], name="approval_case_kind"),
                    models.Index(fields=["subject_id"], name="approval_subject"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "bulk_export",
                                    "erasure",
                                    "hold_lift",
                                    "age_unlock",
                                    "original_release",
                                    "notice_send",
                                    "register_deletion",
                                ],
                            )
                        ),
                        name="approval_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "granted", "refused", "withdrawn", "lapsed", "failed"])
                        ),
                        name="approval_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("via__in", ["person", "trustee", "delay"])), name="approval_via_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "granted"), _negated=True),
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="approval_never_by_the_asker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "granted"), ("via", "person"), _negated=True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="approval_granted_by_a_second",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("via", "delay"), _negated=True), ("ready_at__isnull", False), _connector="OR"
                        ),
                        name="approval_delay_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "waiting"), ("decided_at__isnull", False), _connector="OR"),
                        name="approval_decided_with_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("kind", "case", "subject_id"),
                        name="approval_once_while_waiting",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("same_person", "The same person"),
                            ("same_material", "The same material"),
                            ("opposing", "Opposing interests"),
                        ],
                        max_length=15,
                    ),
                ),
                ("linked_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="case_links", to="cases.case"
                    ),
                ),
                (
                    "linked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["same_person", "same_material", "opposing"])),
                        name="case_link_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("case", models.F("other")), _negated=True), name="case_link_is_to_another"
                    ),
                    models.UniqueConstraint(fields=("case", "other", "kind"), name="case_link_once"),
                ],
            },
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
                ("reminded", models.PositiveSmallIntegerField(default=0)),
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
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["due_at"], name="case_task_due"),
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["assigned_to", "due_at"], name="case_task_mine"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "done", "dropped"])), name="case_task_state_known"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("case", "dedupe_key"),
                        name="case_task_once_while_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="OR"),
                        name="case_task_ended_with_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("down", "What was found is down"),
                            ("partly", "Some of it is down"),
                            ("not_down", "It could not be taken down"),
                            ("prevented", "Nothing was posted"),
                            ("handed_on", "Others help now: lawyer, police, another service"),
                            ("client_ended", "The client wanted to stop"),
                            ("no_contact", "The client could not be reached any more"),
                            ("not_ours", "It was nothing for us"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "proceedings",
                    models.CharField(choices=[("yes", "Yes, or it is not known"), ("no", "No")], max_length=4),
                ),
                (
                    "wish",
                    models.CharField(
                        choices=[
                            ("keep", "Keep it sealed"),
                            ("copy", "Give me my copy"),
                            ("delete", "Delete it"),
                            ("not_asked", "Could not be asked"),
                        ],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField()),
                ("reopened_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="closings", to="cases.case"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("wish__in", ["keep", "copy", "delete", "not_asked"])),
                        name="closing_wish_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reopened_at", None)), fields=("case",), name="closing_one_standing"
                    ),
                ],
            },
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
                            ("share_regulator", "Share what we have with an authority that watches over sites"),
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "power__in",
                                [
                                    "ask_sites",
                                    "ask_hosts",
                                    "ask_search",
                                    "share_police",
                                    "share_lawyer",
                                    "share_regulator",
                                    "keep_fingerprint",
                                ],
                            )
                        ),
                        name="consent_power_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("case", "power"), name="consent_one_standing"
                    ),
                ],
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
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["new", "claimed"])), fields=["due_at"], name="effect_due"
                    ),
                    models.Index(fields=["case", "state"], name="cases_effec_case_id_4e3d9c_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["new", "claimed", "done", "failed", "unknown", "cancelled"])),
                        name="effect_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("audience", "client"), _negated=True),
                            models.Q(("case__isnull", False), models.Q(("channel", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="effect_client_has_case_and_channel",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("approval_id", models.UUIDField(unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("client", "The client asked for it"),
                            ("retention", "It need not be kept any longer"),
                            ("court", "A court or an authority ordered it"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("granted", "Waiting for the worker"),
                            ("erasing", "Being erased"),
                            ("erased", "Erased; one old key still to be destroyed"),
                            ("complete", "Complete"),
                            ("stopped", "Stopped by a hold"),
                        ],
                        default="granted",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("granted_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("stored_objects", models.PositiveIntegerField(default=0)),
                ("key_version", models.PositiveSmallIntegerField(default=0)),
                ("keys_destroyed_by", models.CharField(blank=True, max_length=60)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="cases.case"
                    ),
                ),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["granted", "erasing", "erased", "complete", "stopped"])),
                        name="erasure_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "stopped"), _negated=True),
                        fields=("case",),
                        name="erasure_once_a_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["erased", "complete"]), _negated=True),
                            ("erased_at__isnull", False),
                            _connector="OR",
                        ),
                        name="erasure_erased_with_time",
                    ),
                ],
            },
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
            options={
                "indexes": [
                    models.Index(fields=["case", "-seq"], name="cases_event_case_id_373064_idx"),
                    models.Index(fields=["case", "kind"], name="cases_event_case_id_3a20d1_idx"),
                    models.Index(fields=["case", "-at", "-seq"], name="event_timeline"),
                    models.Index(fields=["-recorded_at", "-id"], name="event_audit"),
                    models.Index(fields=["kind", "-recorded_at"], name="event_kind"),
                    models.Index(fields=["actor_id", "-recorded_at"], name="event_actor"),
                ],
                "constraints": [models.UniqueConstraint(fields=("chain", "seq"), name="event_seq_once_a_chain")],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("kind", models.CharField(max_length=20)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for a second person"),
                            ("queued", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Could not be made"),
                            ("refused", "Not approved"),
                            ("removed", "Removed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField(null=True)),
                ("object_name", models.CharField(blank=True, max_length=100)),
                ("sealed_bytes", models.PositiveBigIntegerField(null=True)),
                ("built_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("downloads", models.PositiveIntegerField(default=0)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["asked_by", "-asked_at"], name="export_own"),
                    models.Index(fields=["state"], name="export_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "queued", "ready", "failed", "refused", "removed"])
                        ),
                        name="export_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(models.Q(("object_name", ""), _negated=True), ("expires_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="export_ready_has_file",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HandoverRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handover_requests", to="cases.case"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case", "person"),
                        name="handover_request_once_while_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("is_for_proceedings", models.BooleanField(default=False)),
                ("set_at", models.DateTimeField()),
                ("until", models.DateField(blank=True, null=True)),
                ("reviewed_on", models.DateField()),
                ("review_on", models.DateField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="cases.case"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("lifted_at", None)), fields=["case"], name="hold_standing")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("review_on__gt", models.F("reviewed_on"))), name="hold_review_after_look"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at", None), ("lifted_by", None)),
                            models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="hold_lifted_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person_id", models.UUIDField()),
                ("page", models.CharField(max_length=60)),
                ("since", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("case", "person_id", "page"), name="look_once_a_page")],
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
                            ("name", "Name"),
                            ("account", "Account or handle"),
                            ("email", "E-mail address"),
                            ("phone", "Phone number"),
                            ("ticket", "Ticket"),
                            ("reply_token", "Reply token"),
                            ("message_id", "Message-ID"),
                            ("picture", "Picture or film"),
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
            options={
                "indexes": [
                    models.Index(fields=["mac"], name="cases_looku_mac_f0f059_idx"),
                    models.Index(fields=["subject_id"], name="cases_looku_subject_781823_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_reference", models.CharField(blank=True, max_length=20)),
                ("other_reference", models.CharField(max_length=20)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same_person", "The same person: link the cases"),
                            ("same_material", "The same material: link the cases"),
                            ("opposing", "Opposing interests: keep them apart"),
                            ("nothing", "They have nothing to do with each other"),
                        ],
                        default="",
                        max_length=15,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("kept_apart", models.JSONField(blank=True, default=list)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "asked_case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "asked_contact",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="cases.contact"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other_case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("decision", "")), fields=["asked_at"], name="match_open")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decision", ""),
                            models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="match_decided_by_somebody",
                    )
                ],
            },
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
            options={
                "indexes": [models.Index(fields=["case", "-written_at"], name="cases_messa_case_id_0daa33_idx")],
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
                ("confidential_on", models.DateField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parties", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "client",
                                    "shown",
                                    "poster",
                                    "guardian",
                                    "supporter",
                                    "interpreter",
                                    "lawyer",
                                    "officer",
                                ],
                            )
                        ),
                        name="party_role_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("number", models.PositiveIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("own_data", "A client asks for their own data"),
                            ("poster_data", "An alleged poster asks for their data"),
                            ("court", "Subpoena or court order"),
                            ("police", "The police ask for our file"),
                            ("complaint", "Complaint"),
                            ("contact_safety", "Contact-safety incident"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("answered", "Answered"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("due_by_rule", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("steps", models.JSONField(blank=True, default=dict)),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
                (
                    "kept_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["due_at"], name="register_due")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["own_data", "poster_data", "court", "police", "complaint", "contact_safety"])
                        ),
                        name="register_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "answered", "refused", "withdrawn"])),
                        name="register_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="OR"),
                        name="register_ended_with_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("media", "Files: pictures, films, documents"),
                            ("media_kept", "Files that the client asked us to keep sealed"),
                            ("bundles", "Bundles for lawyers and the police"),
                            ("notes", "Notes and messages"),
                            ("people", "People, agreements and contact plan"),
                            ("letters", "Links, notices and letters"),
                            ("drafts", "What was typed on the client’s page"),
                            ("contacts", "Contacts that became no case"),
                            ("register", "Register of requests and complaints"),
                            ("traces", "Sessions, wrong tries at the door, used forms"),
                            ("figures", "Figures without a name: reference, dates, counts"),
                        ],
                        max_length=12,
                    ),
                ),
                ("rule", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("announced", "Announced"),
                            ("going", "Being removed"),
                            ("done", "Removed"),
                            ("dropped", "Did not happen"),
                        ],
                        default="announced",
                        max_length=10,
                    ),
                ),
                ("announced_at", models.DateTimeField()),
                ("goes_on", models.DateField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("objects_removed", models.PositiveIntegerField(default=0)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="removals", to="cases.case"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["announced", "going", "done", "dropped"])),
                        name="removal_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["announced", "going"])),
                        fields=("case", "kind"),
                        name="removal_once_while_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("person",), name="rest_one_at_a_time"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("media", "Files: pictures, films, documents"),
                            ("media_kept", "Files that the client asked us to keep sealed"),
                            ("bundles", "Bundles for lawyers and the police"),
                            ("notes", "Notes and messages"),
                            ("people", "People, agreements and contact plan"),
                            ("letters", "Links, notices and letters"),
                            ("drafts", "What was typed on the client’s page"),
                            ("contacts", "Contacts that became no case"),
                        ],
                        max_length=12,
                    ),
                ),
                ("country", models.CharField(blank=True, default="", max_length=2)),
                ("days", models.PositiveIntegerField(blank=True, null=True)),
                ("basis", models.CharField(max_length=300)),
                ("confidence", models.CharField(max_length=40)),
                ("checked_on", models.DateField()),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "country"), name="retention_rule_once")],
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
                ("days", models.CharField(default="1234567", max_length=7)),
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
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["page", "text", "call", "email", "letter", "in_person"])),
                        name="safe_contact_channel_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case", "channel"),
                        name="safe_contact_one_rule_a_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("days__regex", "^[1-7]{1,7}$")), name="safe_contact_days_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("window_ends", None), ("window_starts", None)),
                            models.Q(("window_ends__isnull", False), ("window_starts__isnull", False)),
                            _connector="OR",
                        ),
                        name="safe_contact_window_has_two_ends",
                    ),
                ],
            },
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
            options={
                "indexes": [
                    models.Index(fields=["idle_until"], name="cases_sessi_idle_un_5b581a_idx"),
                    models.Index(fields=["user"], name="cases_sessi_user_id_d1b7d2_idx"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(
                condition=models.Q(("cancelled_at", None)), fields=["ends_at", "starts_at"], name="shift_planned"
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["desk", "on_call"])), name="shift_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="shift_ends_after_it_starts"
            ),
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
            constraint=models.UniqueConstraint(
                condition=models.Q(("shift__isnull", False)),
                fields=("shift", "case", "user"),
                name="membership_once_a_shift",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["owner", "backup", "helper", "desk", "on_call", "emergency", "client"])
                ),
                name="membership_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role__in", ["desk", "on_call", "emergency"]), _negated=True),
                    ("until__isnull", False),
                    _connector="OR",
                ),
                name="membership_of_the_hour_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["state", "-opened_at"], name="cases_case_state_5459ef_idx"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["intake", "active", "monitoring", "closed", "erased"])),
                name="case_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("portal_use__in", ["whole", "messages", "none"])), name="case_portal_use_known"
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
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(fields=("user", "team"), name="team_member_once"),
        ),
        migrations.AddIndex(
            model_name="withdrawal",
            index=models.Index(fields=["case", "-said_at"], name="cases_withd_case_id_6ec9bb_idx"),
        ),
    ]
