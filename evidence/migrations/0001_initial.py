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
            name="ScrubDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("verified", models.PositiveIntegerField(default=0)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("differ", models.PositiveIntegerField(default=0)),
                ("missing", models.PositiveIntegerField(default=0)),
                ("not_checked", models.PositiveIntegerField(default=0)),
                ("read_bytes", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SigningCertificate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("root_sha256", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=200)),
                ("pem", models.TextField()),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("first_used_at", models.DateTimeField()),
            ],
        ),
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
                            ("stopped", "Stopped"),
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
                ("language", models.CharField(default="en", max_length=10)),
                ("parts", models.JSONField(default=list)),
                ("pages", models.PositiveIntegerField(default=0)),
                ("last_page", models.PositiveIntegerField(default=0)),
                ("is_tagged", models.BooleanField(default=False)),
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
                (
                    "supplements",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplemented_by",
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
            name="BundleStamp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("authority", models.CharField(max_length=120)),
                ("query", models.BinaryField()),
                ("nonce", models.CharField(max_length=40)),
                ("reply", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("stamped_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                ("is_inside", models.BooleanField(default=False)),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stamps", to="evidence.bundle"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "renews",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="renewed_by",
                        to="evidence.bundlestamp",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClientCopy",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("kept_here", models.BooleanField(default=False)),
                ("taken", models.PositiveSmallIntegerField(default=0)),
                ("most", models.PositiveSmallIntegerField(default=5)),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="client_copies", to="evidence.bundle"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
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
                ("media_type", models.CharField(max_length=100)),
                (
                    "evidence_kind",
                    models.CharField(
                        choices=[
                            ("screenshot", "Screenshot"),
                            ("recording", "Screen recording"),
                            ("original", "Original photo, video or sound"),
                            ("chat", "Chat export"),
                            ("email", "E-mail"),
                            ("web", "Web capture"),
                            ("document", "Document"),
                            ("platform", "Reply of a platform"),
                            ("forensic", "Forensic report"),
                            ("other", "Something else"),
                        ],
                        default="other",
                        max_length=12,
                    ),
                ),
                ("has_other_extension", models.BooleanField(default=False)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("sha512", models.CharField(max_length=128)),
                ("md5", models.CharField(max_length=32)),
                ("crc32", models.PositiveBigIntegerField(null=True)),
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
            name="Derivative",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("file_data", "Data in the file"),
                            ("media_data", "Data of the picture or film"),
                            ("credentials", "Content credentials"),
                            ("pages", "Number of pages"),
                            ("transcript", "Transcript"),
                            ("mail_headers", "Head of the mail"),
                            ("page_text", "Text of the page"),
                            ("page_source", "Source of the page"),
                            ("screenshot", "Picture of the page"),
                            ("web_archive", "Web archive"),
                            ("chain", "Chain of answers"),
                            ("certificates", "Certificates of the site"),
                            ("capture", "Record of the capture"),
                            ("still", "Still"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("made", "Made"), ("failed", "Could not be made"), ("removed", "Removed by rule")],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("tool", models.CharField(max_length=80)),
                ("media_type", models.CharField(blank=True, max_length=60)),
                ("parent_sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("object_name", models.CharField(blank=True, max_length=120)),
                ("cipher_sha256", models.CharField(blank=True, max_length=64)),
                ("cipher_size", models.PositiveBigIntegerField(default=0)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("removed_by", models.CharField(blank=True, max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="derivatives", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="derivatives", to="evidence.exhibit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Capture",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("link_id", models.UUIDField(blank=True, null=True)),
                ("site", models.CharField(max_length=253)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being captured"),
                            ("kept", "Kept"),
                            ("failed", "Nothing was captured"),
                            ("stopped", "Stopped"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("whole", "Whole page"),
                            ("partial", "Part of the page"),
                            ("other", "Not what was asked for"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                (
                    "step",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("opening", "Opening the page"),
                            ("packing", "Packing what was got"),
                            ("sealing", "Sealing it as an exhibit"),
                        ],
                        max_length=10,
                    ),
                ),
                ("with_media", models.BooleanField(default=False)),
                ("requested_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="captures", to="cases.case"
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
                    "exhibit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="captures",
                        to="evidence.exhibit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Acquisition",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acquisitions", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="acquisitions", to="evidence.exhibit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExtraTime",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("minutes", models.PositiveSmallIntegerField()),
                ("given_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "given_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FileRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("made_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="file_requests", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "noun",
                    models.CharField(
                        choices=[
                            ("claim", "Claim about a fake"),
                            ("source_check", "Search for the source"),
                            ("assessment", "Assessment"),
                            ("comparison", "Comparison"),
                            ("chronology_entry", "Entry of the chronology"),
                            ("harm_entry", "Entry of harm and cost"),
                            ("statement_draft", "Paper in draft"),
                        ],
                        default="claim",
                        max_length=20,
                    ),
                ),
                ("thread", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("written_at", models.DateTimeField()),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("link_id", models.UUIDField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="findings", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.exhibit"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="evidence.exhibit"
                    ),
                ),
                (
                    "written_by",
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
            name="Assessment",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="ChronologyEntry",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="Comparison",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="HarmEntry",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="SourceCheck",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="StatementDraft",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="SyntheticClaim",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("evidence.finding",),
        ),
        migrations.CreateModel(
            name="Fingerprint",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("made", "Kept"), ("poor", "Too plain to compare"), ("failed", "Could not be made")],
                        max_length=10,
                    ),
                ),
                ("is_film", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
                ("tool", models.CharField(max_length=80)),
                ("error", models.CharField(blank=True, max_length=20)),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("md5", models.CharField(db_index=True, max_length=32)),
                ("place", models.BigIntegerField(blank=True, null=True, unique=True)),
                ("compared_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fingerprints", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fingerprint", to="evidence.exhibit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FingerprintHash",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("frame", models.PositiveSmallIntegerField(default=0)),
                ("at_ms", models.PositiveIntegerField(default=0)),
                ("pdq", models.BinaryField(max_length=32)),
                ("turns", models.BinaryField(max_length=256)),
                ("quality", models.PositiveSmallIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fingerprint_hashes", to="cases.case"
                    ),
                ),
                (
                    "fingerprint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="hashes", to="evidence.fingerprint"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HashRelease",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="hash_releases", to="cases.case"
                    ),
                ),
                (
                    "written_by",
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
            name="HashServiceUse",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "service",
                    models.CharField(
                        choices=[("stopncii", "StopNCII.org"), ("other", "Another service")], max_length=12
                    ),
                ),
                ("done_on", models.DateField()),
                ("told_at", models.DateTimeField()),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="hash_service_uses", to="cases.case"
                    ),
                ),
                (
                    "written_by",
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
            name="Likeness",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "basis",
                    models.CharField(
                        choices=[("same_file", "The same file, byte for byte"), ("near", "Looks alike")], max_length=10
                    ),
                ),
                ("distance", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "turn",
                    models.CharField(
                        choices=[
                            ("none", "not turned"),
                            ("quarter", "turned by a quarter"),
                            ("half", "turned upside down"),
                            ("three_quarters", "turned by three quarters"),
                            ("flipped", "mirrored top to bottom"),
                            ("mirrored", "mirrored left to right"),
                            ("mirrored_1", "mirrored and turned by a quarter"),
                            ("mirrored_3", "mirrored and turned by three quarters"),
                        ],
                        default="none",
                        max_length=15,
                    ),
                ),
                ("frames_alike", models.PositiveSmallIntegerField(default=0)),
                ("frames", models.PositiveSmallIntegerField(default=0)),
                ("found_at", models.DateTimeField()),
                (
                    "decision",
                    models.CharField(
                        blank=True, choices=[("same", "Same"), ("not_same", "Not same")], default="", max_length=10
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="likenesses", to="cases.case"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="likenesses", to="evidence.exhibit"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="evidence.exhibit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("maker", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Answered"), ("failed", "Could not be answered")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("lease", models.UUIDField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=60)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="probes", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="probes", to="evidence.exhibit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                (
                    "reader",
                    models.CharField(
                        choices=[
                            ("lawyer", "A lawyer"),
                            ("police", "The police"),
                            ("regulator", "A regulator"),
                            ("court", "A court, through a lawyer"),
                            ("client", "The client"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waits for a second person"),
                            ("allowed", "Allowed"),
                            ("refused", "Not allowed"),
                            ("ended", "Over"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("approval_id", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("days", models.PositiveSmallIntegerField()),
                ("allowed_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("packed", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="releases", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="releases", to="evidence.exhibit"
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
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("given_at", models.DateTimeField()),
                ("is_made", models.BooleanField(default=False)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "share",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="evidence.share"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ShareItem",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("item", models.CharField(max_length=40)),
                ("taken", models.PositiveIntegerField(default=0)),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="evidence.share"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BundleProof",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("why_unsigned", models.CharField(blank=True, max_length=200)),
                ("packet_level", models.CharField(max_length=10)),
                ("clock", models.CharField(max_length=200)),
                ("asked", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                (
                    "bundle",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proof", to="evidence.bundle"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proofs",
                        to="evidence.signingcertificate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StoredCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=60)),
                ("subject_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("verified", "Verified"),
                            ("differs", "The stored file differs"),
                            ("missing", "The stored file is missing"),
                            ("not_checked", "Could not be checked"),
                        ],
                        default="not_checked",
                        max_length=12,
                    ),
                ),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                ("plain_at", models.DateTimeField(blank=True, null=True)),
                ("next_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stored_checks", to="cases.case"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("is_from_client", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Coming in"),
                            ("received", "Received"),
                            ("done", "Taken in"),
                            ("refused", "Not taken in"),
                            ("cancelled", "Given up"),
                            ("expired", "Never finished"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("size", models.PositiveBigIntegerField()),
                ("part_bytes", models.PositiveIntegerField(default=0)),
                ("offset", models.PositiveBigIntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("lease", models.UUIDField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("object_name", models.CharField(blank=True, max_length=120)),
                ("cipher_sha256", models.CharField(blank=True, max_length=64)),
                ("cipher_size", models.PositiveBigIntegerField(default=0)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="evidence.exhibit",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Viewing",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("session_id", models.UUIDField()),
                ("token_hash", models.BinaryField(max_length=32, null=True, unique=True)),
                (
                    "mode",
                    models.CharField(choices=[("media", "Picture or film"), ("text", "Text instead")], max_length=6),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("same", "To confirm that it is the same"),
                            ("describe", "To describe it for a notice"),
                            ("reupload", "To check a new upload"),
                            ("client", "The client asked me to"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "tone",
                    models.CharField(
                        choices=[("soft", "grey and blurred"), ("sharp", "grey, not blurred"), ("colour", "in colour")],
                        default="soft",
                        max_length=6,
                    ),
                ),
                ("is_moving", models.BooleanField(default=False)),
                ("is_sounding", models.BooleanField(default=False)),
                ("granted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("served_at", models.DateTimeField(null=True)),
                ("shown_since", models.DateTimeField(null=True)),
                ("open_until", models.DateTimeField(null=True)),
                ("shown_ms", models.PositiveIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("covered", "covered again"),
                            ("spent", "its time was over"),
                            ("left", "the page was left"),
                            ("lost", "contact was lost"),
                            ("rest", "a break began"),
                            ("age", "the case was locked"),
                            ("stopped", "the case was closed or the file removed"),
                            ("next", "another look began"),
                            ("read", "read as text"),
                        ],
                        max_length=8,
                    ),
                ),
                ("seconds", models.PositiveIntegerField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="viewings", to="cases.case"
                    ),
                ),
                (
                    "exhibit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="viewings", to="evidence.exhibit"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("variant", models.CharField(max_length=24)),
                ("media_type", models.CharField(max_length=20)),
                ("locked", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "viewing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="previews", to="evidence.viewing"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VolumeSet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("sealed", models.BinaryField(default=b"")),
                ("number", models.PositiveSmallIntegerField()),
                ("max_bytes", models.PositiveBigIntegerField()),
                ("max_files", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "bundle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="volume_sets", to="evidence.bundle"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
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
                condition=models.Q(
                    ("state__in", ["requested", "building", "sealed", "failed", "stopped", "revoked", "removed"])
                ),
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
        migrations.AddConstraint(
            model_name="bundlestamp",
            constraint=models.UniqueConstraint(
                condition=models.Q(("renews__isnull", True), ("stamped_at__isnull", False)),
                fields=("bundle", "authority"),
                name="bundle_stamp_good_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="clientcopy",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("case",), name="client_copy_one_stands"
            ),
        ),
        migrations.AddConstraint(
            model_name="clientcopy",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("made_at"))), name="client_copy_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="clientcopy",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__lte", models.F("most"))), name="client_copy_within_limit"
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
        migrations.AddIndex(
            model_name="derivative",
            index=models.Index(fields=["exhibit", "kind"], name="evidence_de_exhibit_5fc349_idx"),
        ),
        migrations.AddConstraint(
            model_name="derivative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "file_data",
                            "media_data",
                            "credentials",
                            "pages",
                            "transcript",
                            "mail_headers",
                            "page_text",
                            "page_source",
                            "screenshot",
                            "web_archive",
                            "chain",
                            "certificates",
                            "capture",
                            "still",
                        ],
                    )
                ),
                name="derivative_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="derivative",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["made", "failed", "removed"])), name="derivative_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="derivative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "made"), _negated=True), models.Q(("sha256", ""), _negated=True), _connector="OR"
                ),
                name="derivative_made_has_hash",
            ),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["requested_at"],
                name="capture_to_make",
            ),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["case", "link_id"], name="evidence_ca_case_id_c4a7a0_idx"),
        ),
        migrations.AddIndex(
            model_name="capture",
            index=models.Index(fields=["site", "-started_at"], name="evidence_ca_site_82934c_idx"),
        ),
        migrations.AddConstraint(
            model_name="capture",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "kept", "failed", "stopped"])),
                name="capture_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="capture",
            constraint=models.CheckConstraint(
                condition=models.Q(("result__in", ["", "whole", "partial", "other"])), name="capture_result_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="capture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "kept"), _negated=True),
                    models.Q(("exhibit__isnull", False), models.Q(("result", ""), _negated=True)),
                    _connector="OR",
                ),
                name="capture_kept_has_exhibit",
            ),
        ),
        migrations.AddConstraint(
            model_name="capture",
            constraint=models.UniqueConstraint(
                condition=models.Q(("link_id__isnull", False), ("state__in", ["queued", "running"])),
                fields=("case", "link_id"),
                name="capture_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="acquisition",
            constraint=models.UniqueConstraint(fields=("exhibit", "number"), name="acquisition_number_once"),
        ),
        migrations.AddConstraint(
            model_name="acquisition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)), fields=("exhibit",), name="acquisition_one_stands"
            ),
        ),
        migrations.AddIndex(
            model_name="extratime",
            index=models.Index(fields=["person", "ends_at"], name="extra_time_person"),
        ),
        migrations.AddConstraint(
            model_name="extratime",
            constraint=models.CheckConstraint(
                condition=models.Q(("person", models.F("given_by")), _negated=True), name="extra_time_not_to_oneself"
            ),
        ),
        migrations.AddConstraint(
            model_name="extratime",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 1), ("minutes__lte", 20)), name="extra_time_is_little"
            ),
        ),
        migrations.AddConstraint(
            model_name="extratime",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("given_at"))), name="extra_time_ends"
            ),
        ),
        migrations.AddConstraint(
            model_name="filerequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("case",), name="file_request_one_stands"
            ),
        ),
        migrations.AddConstraint(
            model_name="filerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("made_at"))), name="file_request_ends_later"
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["case", "noun"], name="evidence_fi_case_id_02df58_idx"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(fields=("thread", "version"), name="finding_version_once"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "noun__in",
                        [
                            "claim",
                            "source_check",
                            "assessment",
                            "comparison",
                            "chronology_entry",
                            "harm_entry",
                            "statement_draft",
                        ],
                    )
                ),
                name="finding_noun_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="finding_version_from_one"),
        ),
        migrations.AddIndex(
            model_name="fingerprint",
            index=models.Index(condition=models.Q(("place", None)), fields=["made_at"], name="fingerprint_to_compare"),
        ),
        migrations.AddConstraint(
            model_name="fingerprint",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["made", "poor", "failed"])), name="fingerprint_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="fingerprint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("compared_at", None), ("place", None)),
                    models.Q(("compared_at__isnull", False), ("place__isnull", False)),
                    _connector="OR",
                ),
                name="fingerprint_place_when_compared",
            ),
        ),
        migrations.AddConstraint(
            model_name="fingerprinthash",
            constraint=models.UniqueConstraint(fields=("fingerprint", "frame"), name="fingerprint_hash_once"),
        ),
        migrations.AddConstraint(
            model_name="fingerprinthash",
            constraint=models.CheckConstraint(
                condition=models.Q(("quality__lte", 100)), name="fingerprint_hash_quality"
            ),
        ),
        migrations.AddConstraint(
            model_name="hashrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["portal", "written"])), name="hash_release_never_by_voice"
            ),
        ),
        migrations.AddConstraint(
            model_name="hashserviceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("service__in", ["stopncii", "other"])), name="hash_service_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.UniqueConstraint(
                condition=models.Q(("other__isnull", False)), fields=("exhibit", "other"), name="likeness_once_a_pair"
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.UniqueConstraint(
                condition=models.Q(("other", None)), fields=("exhibit",), name="likeness_once_elsewhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["same_file", "near"])), name="likeness_basis_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other", None), models.Q(("exhibit", models.F("other")), _negated=True), _connector="OR"
                ),
                name="likeness_is_to_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decision", "")),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="likeness_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("other__isnull", False),
                    models.Q(("decision", ""), ("distance", None), ("frames_alike", 0)),
                    _connector="OR",
                ),
                name="likeness_elsewhere_tells_nothing",
            ),
        ),
        migrations.AddIndex(
            model_name="probe",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="probe_waiting"),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.UniqueConstraint(fields=("exhibit", "maker"), name="probe_once_per_exhibit"),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "done", "failed"])), name="probe_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="probe",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "waiting"), ("ended_at__isnull", False), _connector="OR"),
                name="probe_ended_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "allowed", "refused", "ended"])), name="release_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("reader__in", ["lawyer", "police", "regulator", "court", "client"])),
                name="release_reader_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "allowed"), _negated=True),
                    models.Q(
                        ("allowed_at__isnull", False), ("expires_at__isnull", False), ("approval_id__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="release_allowed_has_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ended"), _negated=True), ("ended_at__isnull", False), _connector="OR"
                ),
                name="release_ended_with_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "allowed"])),
                fields=("exhibit", "reader"),
                name="release_once_for_a_reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(("downloads__lte", models.F("max_downloads"))), name="share_downloads_within_limit"
            ),
        ),
        migrations.AddConstraint(
            model_name="shareitem",
            constraint=models.UniqueConstraint(fields=("share", "item"), name="share_item_once"),
        ),
        migrations.AddIndex(
            model_name="storedcheck",
            index=models.Index(fields=["next_at"], name="evidence_st_next_at_66f484_idx"),
        ),
        migrations.AddConstraint(
            model_name="storedcheck",
            constraint=models.UniqueConstraint(fields=("subject", "subject_id"), name="stored_check_once_per_file"),
        ),
        migrations.AddConstraint(
            model_name="storedcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["verified", "differs", "missing", "not_checked"])),
                name="stored_check_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="storedcheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "verified"), _negated=True), ("verified_at__isnull", False), _connector="OR"
                ),
                name="stored_check_verified_says_when",
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["state", "expires_at"], name="evidence_up_state_9d28bc_idx"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["case", "state"], name="evidence_up_case_id_e8339f_idx"),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "received", "done", "refused", "cancelled", "expired"])),
                name="upload_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(("offset__lte", models.F("size"))), name="upload_offset_in_size"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "received"), _negated=True),
                    models.Q(("object_name", ""), _negated=True),
                    _connector="OR",
                ),
                name="upload_received_is_stored",
            ),
        ),
        migrations.AddIndex(
            model_name="viewing",
            index=models.Index(fields=["person", "granted_at"], name="viewing_person"),
        ),
        migrations.AddIndex(
            model_name="viewing",
            index=models.Index(fields=["exhibit"], name="viewing_exhibit"),
        ),
        migrations.AddIndex(
            model_name="viewing",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["expires_at"], name="viewing_running"),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["media", "text"])), name="viewing_mode_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["same", "describe", "reupload", "client", "other"])),
                name="viewing_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("tone__in", ["soft", "sharp", "colour"])), name="viewing_tone_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ending__in", ["", "covered", "spent", "left", "lost", "rest", "age", "stopped", "next", "read"])
                ),
                name="viewing_ending_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ending", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                    _connector="OR",
                ),
                name="viewing_ended_with_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode", "text"), ("token_hash__isnull", False), _connector="OR"),
                name="viewing_media_has_token",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_sounding", False), ("is_moving", True), _connector="OR"),
                name="viewing_sound_moves",
            ),
        ),
        migrations.AddConstraint(
            model_name="viewing",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gte", models.F("granted_at"))), name="viewing_shown_after_grant"
            ),
        ),
        migrations.AddConstraint(
            model_name="preview",
            constraint=models.UniqueConstraint(fields=("viewing", "variant"), name="preview_once_a_variant"),
        ),
        migrations.AddConstraint(
            model_name="volumeset",
            constraint=models.UniqueConstraint(fields=("bundle", "number"), name="volume_set_number_once"),
        ),
        migrations.AddConstraint(
            model_name="volumeset",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_bytes__gte", 1048576), ("max_files__gte", 1)), name="volume_set_has_limits"
            ),
        ),
    ]
