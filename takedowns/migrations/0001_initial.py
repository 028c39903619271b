"""The tables of takedowns."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0001_initial"),
        ("evidence", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Platform",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=20)),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None),
                ),
                ("abuse_email", models.CharField(blank=True, max_length=200)),
                ("response_hours", models.PositiveIntegerField(default=0)),
                ("confidence", models.CharField(max_length=40)),
                ("route_quality", models.CharField(max_length=20)),
                ("facts", models.JSONField(default=dict)),
                ("last_checked_on", models.DateField()),
                ("is_fictional", models.BooleanField(default=False)),
                ("loaded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LinkImport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "channel",
                    models.CharField(
                        choices=[("paste", "Pasted"), ("csv", "CSV list"), ("xlsx", "Spreadsheet")], max_length=6
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("new", models.PositiveIntegerField(default=0)),
                ("again", models.PositiveIntegerField(default=0)),
                ("relisted", models.PositiveIntegerField(default=0)),
                ("wrong", models.PositiveIntegerField(default=0)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="link_imports", to="cases.case"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "route",
                    models.CharField(
                        choices=[("policy", "Platform's own policy"), ("us_take_it_down_act", "Take It Down Act")],
                        max_length=30,
                    ),
                ),
                (
                    "filer",
                    models.CharField(
                        choices=[
                            ("us", "We"),
                            ("client", "The client"),
                            ("lawyer", "A lawyer"),
                            ("police", "The police"),
                            ("helper", "Another helper"),
                        ],
                        default="us",
                        max_length=8,
                    ),
                ),
                ("is_earlier", models.BooleanField(default=False)),
                (
                    "means",
                    models.CharField(blank=True, choices=[("mail", "By mail"), ("form", "By web form")], max_length=6),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("ready", "Ready"),
                            ("sending", "On its way"),
                            ("sent", "Sent"),
                            ("acknowledged", "Received by them"),
                            ("upheld", "They agreed"),
                            ("partly", "They agreed in part"),
                            ("refused", "They refused"),
                            ("no_answer", "No answer"),
                            ("bounced", "Could not be delivered"),
                            ("escalated", "Escalated"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=14,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("is_complete", models.BooleanField(default=False)),
                ("has_ticket", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="cases.case"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "platform",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="takedowns.platform"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeClock",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("lever", models.CharField(max_length=60)),
                ("name", models.CharField(default="follow_up", max_length=60)),
                (
                    "owner",
                    models.CharField(
                        choices=[("ours", "ours"), ("platform", "platform's"), ("regulator", "regulator's")],
                        default="platform",
                        max_length=12,
                    ),
                ),
                ("hours", models.PositiveIntegerField()),
                ("is_statutory", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Stands still"),
                            ("met", "Met"),
                            ("missed", "Missed"),
                            ("stopped", "Stopped"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="takedowns.notice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("mail_id", models.UUIDField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reply", "Answer"),
                            ("received", "Automatic receipt"),
                            ("away", "Away note"),
                            ("bounce", "Could not be delivered"),
                            ("delay", "Delivery is late"),
                            ("delivered", "Delivery confirmed"),
                            ("complaint", "Complaint about a mail of ours"),
                            ("bulk", "Newsletter"),
                            ("ours", "Our own mail, come back"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "matched_by",
                    models.CharField(
                        choices=[
                            ("token", "Reply address"),
                            ("references", "The mail it answers"),
                            ("inner", "The mail it carries"),
                            ("ticket", "Ticket number"),
                            ("person", "A person chose"),
                        ],
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.exhibit"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="takedowns.notice"
                    ),
                ),
                (
                    "read_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReportedUrl",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("site", models.CharField(max_length=253)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("found", "Found"),
                            ("captured", "Captured"),
                            ("asked", "Asked"),
                            ("down", "Down"),
                            ("still_up", "Still up"),
                            ("cannot_tell", "Cannot tell"),
                            ("refused", "Refused"),
                            ("watching", "Down, watching"),
                            ("back", "Came back"),
                            ("dropped", "Taken off the list"),
                        ],
                        default="found",
                        max_length=12,
                    ),
                ),
                (
                    "found_by",
                    models.CharField(
                        choices=[("client", "Client"), ("staff", "Staff"), ("recheck", "Re-check")], max_length=10
                    ),
                ),
                ("is_released", models.BooleanField(default=False)),
                ("found_at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("link", "Post, picture or film"),
                            ("account", "Account"),
                            ("channel", "Channel"),
                            ("group", "Group"),
                            ("chat", "Private chat"),
                            ("story", "Story or live stream"),
                            ("call", "Call or screen shared"),
                            ("print", "On paper"),
                            ("device", "On somebody’s device"),
                        ],
                        default="link",
                        max_length=10,
                    ),
                ),
                ("has_address", models.BooleanField(default=True)),
                ("disappears", models.BooleanField(default=False)),
                ("seen_on", models.DateField(blank=True, null=True)),
                ("views", models.PositiveBigIntegerField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("down_at", models.DateTimeField(blank=True, null=True)),
                ("back_at", models.DateTimeField(blank=True, null=True)),
                ("times_back", models.PositiveIntegerField(default=0)),
                ("last_answer", models.CharField(blank=True, max_length=12)),
                ("last_reason", models.CharField(blank=True, max_length=40)),
                ("last_look_at", models.DateTimeField(blank=True, null=True)),
                ("next_check_at", models.DateTimeField(blank=True, null=True)),
                ("check_claimed_until", models.DateTimeField(blank=True, null=True)),
                ("check_token", models.UUIDField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "brought_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="urls",
                        to="takedowns.linkimport",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reported_urls", to="cases.case"
                    ),
                ),
                (
                    "found_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="led_to",
                        to="takedowns.reportedurl",
                    ),
                ),
                (
                    "platform",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reported_urls",
                        to="takedowns.platform",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NoticeLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="takedowns.notice"
                    ),
                ),
                (
                    "url",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_links",
                        to="takedowns.reportedurl",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="notice",
            name="urls",
            field=models.ManyToManyField(
                related_name="notices", through="takedowns.NoticeLink", to="takedowns.reportedurl"
            ),
        ),
        migrations.CreateModel(
            name="IncomingMail",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "Kept, not read yet"),
                            ("waiting", "Waits for a person"),
                            ("matched", "Belongs to a notice, not filed yet"),
                            ("filed", "Lies in its case"),
                            ("set_aside", "Set aside"),
                        ],
                        default="new",
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reply", "Answer"),
                            ("received", "Automatic receipt"),
                            ("away", "Away note"),
                            ("bounce", "Could not be delivered"),
                            ("delay", "Delivery is late"),
                            ("delivered", "Delivery confirmed"),
                            ("complaint", "Complaint about a mail of ours"),
                            ("bulk", "Newsletter"),
                            ("ours", "Our own mail, come back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("mark_version", models.PositiveSmallIntegerField()),
                ("mark", models.BinaryField()),
                ("object_name", models.CharField(blank=True, max_length=200)),
                ("sealed_bytes", models.BigIntegerField(default=0)),
                ("sealed_sha256", models.CharField(blank=True, max_length=64)),
                ("plain_bytes", models.BigIntegerField(default=0)),
                (
                    "suggested_cases",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("matched_notice", models.UUIDField(blank=True, null=True)),
                ("settled_case", models.UUIDField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "received_at"], name="takedowns_i_state_925bc8_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("mark_version", "mark"), name="incoming_mail_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["new", "waiting", "matched", "filed", "set_aside"])),
                        name="incoming_mail_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "matched"), _negated=True),
                            ("matched_notice__isnull", False),
                            _connector="OR",
                        ),
                        name="incoming_mail_matched_has_notice",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="linkimport",
            index=models.Index(fields=["case", "-made_at"], name="takedowns_l_case_id_dc34ec_idx"),
        ),
        migrations.AddIndex(
            model_name="noticeclock",
            index=models.Index(condition=models.Q(("state", "running")), fields=["due_at"], name="notice_clock_due"),
        ),
        migrations.AddIndex(
            model_name="reply",
            index=models.Index(fields=["notice", "-received_at"], name="takedowns_r_notice__1a80c8_idx"),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["reply", "received", "away", "bounce", "delay", "delivered", "complaint", "bulk", "ours"],
                    )
                ),
                name="reply_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(("matched_by__in", ["token", "references", "inner", "ticket", "person"])),
                name="reply_matched_by_known",
            ),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(
                condition=models.Q(("next_check_at__isnull", False)), fields=["next_check_at"], name="url_check_due"
            ),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(fields=["case", "state"], name="takedowns_r_case_id_1c54bc_idx"),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(fields=["case", "-found_at"], name="takedowns_r_case_id_20e8bd_idx"),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(fields=["-found_at", "id"], name="url_newest"),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(fields=["state", "-found_at", "id"], name="url_state_newest"),
        ),
        migrations.AddIndex(
            model_name="reportedurl",
            index=models.Index(fields=["platform", "-found_at", "id"], name="url_platform_newest"),
        ),
        migrations.AddConstraint(
            model_name="reportedurl",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "found",
                            "captured",
                            "asked",
                            "down",
                            "still_up",
                            "cannot_tell",
                            "refused",
                            "watching",
                            "back",
                            "dropped",
                        ],
                    )
                ),
                name="reported_url_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportedurl",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["down", "watching"]), _negated=True),
                    ("down_at__isnull", False),
                    _connector="OR",
                ),
                name="reported_url_down_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="noticelink",
            constraint=models.UniqueConstraint(fields=("notice", "url"), name="notice_link_once"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["case", "-created_at"], name="takedowns_n_case_id_8ff914_idx"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "ready",
                            "sending",
                            "sent",
                            "acknowledged",
                            "upheld",
                            "partly",
                            "refused",
                            "no_answer",
                            "bounced",
                            "escalated",
                            "withdrawn",
                        ],
                    )
                ),
                name="notice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "ready", "sending", "bounced", "withdrawn"]),
                    ("sent_at__isnull", False),
                    _connector="OR",
                ),
                name="notice_sent_has_time",
            ),
        ),
    ]
