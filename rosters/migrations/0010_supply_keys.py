"""Keys by which other systems supply lists, and what their requests said."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("jobs", "0001_initial"),
        ("rosters", "0009_stale_checks"),
        ("subsidies", "0004_column_templates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SupplyNonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="supply",
            name="request_id",
            field=models.CharField(blank=True, max_length=64, verbose_name="请求编号"),
        ),
        migrations.AddField(
            model_name="supply",
            name="request_sha256",
            field=models.BinaryField(null=True, verbose_name="请求摘要"),
        ),
        migrations.AlterField(
            model_name="supply",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="经办人",
            ),
        ),
        migrations.CreateModel(
            name="SupplyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=24, unique=True, verbose_name="密钥编号")),
                ("name", models.CharField(max_length=60, verbose_name="系统名称")),
                (
                    "policy_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None, verbose_name="补贴政策"
                    ),
                ),
                ("letter_number", models.CharField(max_length=60, verbose_name="对接批复文号")),
                ("expires_on", models.DateField(verbose_name="有效期至")),
                ("salt", models.BinaryField(verbose_name="盐")),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待审批"), ("living", "有效"), ("refused", "未同意"), ("revoked", "已吊销")],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("shown_at", models.DateTimeField(null=True, verbose_name="领取时间")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="吊销时间")),
                ("revoke_reason", models.CharField(blank=True, max_length=200, verbose_name="吊销原因")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "asked_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "decided_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_keys",
                        to="accounts.organisation",
                        verbose_name="所属部门",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="吊销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "系统对接密钥",
                "verbose_name_plural": "系统对接密钥",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="supply",
            name="key",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="supplies",
                to="rosters.supplykey",
                verbose_name="对接密钥",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("key__isnull", True),
                        ("made_by__isnull", False),
                        ("request_id", ""),
                        ("request_sha256__isnull", True),
                    ),
                    models.Q(
                        ("key__isnull", False),
                        ("made_by__isnull", True),
                        ("request_sha256__isnull", False),
                        models.Q(("request_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="rosters_supply_from",
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key__isnull", False)),
                fields=("key", "request_id"),
                name="rosters_supply_request_once",
            ),
        ),
        migrations.AddField(
            model_name="supplynonce",
            name="key",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rosters.supplykey"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplykey",
            constraint=models.CheckConstraint(
                condition=models.Q(("policy_codes__len__gt", 0)), name="rosters_supplykey_policies"
            ),
        ),
        migrations.AddConstraint(
            model_name="supplykey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by_person__isnull", True),
                    models.Q(("decided_by_person", models.F("asked_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="rosters_supplykey_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplykey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "asked")),
                    models.Q(
                        models.Q(("state", "asked"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="rosters_supplykey_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplykey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "revoked"), _negated=True),
                    models.Q(("revoked_at__isnull", False), models.Q(("revoke_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="rosters_supplykey_revoked_why",
            ),
        ),
        migrations.AddIndex(
            model_name="supplynonce",
            index=models.Index(fields=["signed_at"], name="rosters_supplynonce_age"),
        ),
        migrations.AddConstraint(
            model_name="supplynonce",
            constraint=models.UniqueConstraint(fields=("key", "nonce"), name="rosters_supplynonce_once"),
        ),
        run_sql_file(__file__, "supply_keys.sql"),
    ]
