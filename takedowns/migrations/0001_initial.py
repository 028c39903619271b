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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reported_urls", to="cases.case"
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
            name="NoticeClock",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("lever", models.CharField(max_length=60)),
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
                        choices=[("running", "Running"), ("met", "Met"), ("missed", "Missed"), ("stopped", "Stopped")],
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
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "running")), fields=["due_at"], name="notice_clock_due")
                ],
            },
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
