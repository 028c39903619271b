"""The tables of evidence."""

import uuid

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
            name="Bundle",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("reference", models.CharField(max_length=30, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("building", "Being built"),
                            ("sealed", "Sealed"),
                            ("failed", "Failed"),
                            ("revoked", "Withdrawn"),
                            ("removed", "Removed by rule"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("built_at", models.DateTimeField(null=True)),
                ("object_name", models.CharField(blank=True, max_length=120)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("cipher_sha256", models.CharField(blank=True, max_length=64)),
                ("packet_sha256", models.CharField(blank=True, max_length=64)),
                ("files", models.JSONField(default=list)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("removed_by", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bundles", to="cases.case"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="evidence.bundle",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BundleSeal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                (
                    "part",
                    models.CharField(
                        choices=[
                            ("archive", "The whole archive"),
                            ("manifest", "The list of files"),
                            ("packet", "The packet"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reference", models.CharField(max_length=30)),
                ("built_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["archive", "manifest", "packet"])),
                        name="bundle_seal_part_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Exhibit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("producer", models.CharField(max_length=6)),
                ("number", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("sealed", "Sealed"), ("refused", "Refused"), ("removed", "Removed by rule")],
                        max_length=10,
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("media_type", models.CharField(max_length=60)),
                ("has_other_extension", models.BooleanField(default=False)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("sha512", models.CharField(max_length=128)),
                ("md5", models.CharField(max_length=32)),
                ("object_name", models.CharField(blank=True, max_length=120)),
                ("cipher_sha256", models.CharField(blank=True, max_length=64)),
                ("cipher_size", models.PositiveBigIntegerField(default=0)),
                ("received_at", models.DateTimeField()),
                ("discovered_at", models.DateTimeField(blank=True, null=True)),
                ("sealed_at", models.DateTimeField(blank=True, null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("removed_by", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exhibits", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("door_id", models.UUIDField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("downloads", models.PositiveIntegerField(default=0)),
                ("max_downloads", models.PositiveIntegerField(default=3)),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="evidence.bundle"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="cases.case"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bundle",
            index=models.Index(
                condition=models.Q(("state__in", ["requested", "building"])),
                fields=["requested_at"],
                name="bundle_to_build",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["requested", "building", "sealed", "failed", "revoked", "removed"])),
                name="bundle_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="bundle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sealed"), _negated=True),
                    models.Q(("built_at__isnull", False), models.Q(("object_name", ""), _negated=True)),
                    _connector="OR",
                ),
                name="bundle_sealed_has_object",
            ),
        ),
        migrations.AddIndex(
            model_name="exhibit",
            index=models.Index(fields=["case", "sha256"], name="evidence_ex_case_id_d1a95e_idx"),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.UniqueConstraint(
                fields=("case", "producer", "number"), name="exhibit_number_never_reused"
            ),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["sealed", "refused", "removed"])), name="exhibit_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="exhibit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sealed"), _negated=True),
                    models.Q(("sealed_at__isnull", False), models.Q(("object_name", ""), _negated=True)),
                    _connector="OR",
                ),
                name="exhibit_sealed_has_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(("downloads__lte", models.F("max_downloads"))), name="share_downloads_within_limit"
            ),
        ),
    ]
