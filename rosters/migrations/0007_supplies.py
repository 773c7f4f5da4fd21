"""Lists that departments supply, sorted to townships, and by which import each was taken."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("jobs", "0001_initial"),
        ("rosters", "0007_merged_twice"),
        ("subsidies", "0004_column_templates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Supply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sorting", "分发中"),
                            ("sorted", "待下达"),
                            ("issued", "已下达"),
                            ("withdrawn", "已撤回"),
                            ("unreadable", "无法读取"),
                        ],
                        default="sorting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("sorted_rows", models.PositiveIntegerField(default=0, verbose_name="可下达行数")),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="结果")),
                ("made_at", models.DateTimeField(verbose_name="提供时间")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="下达时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="下达人",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="accounts.organisation",
                        verbose_name="提供部门",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "提供的名单",
                "verbose_name_plural": "提供的名单",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SupplyPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rows", models.PositiveIntegerField(verbose_name="行数")),
                (
                    "batch",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplied",
                        to="rosters.rosterimport",
                        verbose_name="取入的导入",
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "supply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="rosters.supply",
                        verbose_name="名单",
                    ),
                ),
            ],
            options={
                "verbose_name": "分乡镇的名单",
                "verbose_name_plural": "分乡镇的名单",
                "ordering": ["supply", "division"],
            },
        ),
        migrations.CreateModel(
            name="SupplyRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "supply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="errors", to="rosters.supply"
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_supply_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="supply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "issued"), _negated=True),
                    models.Q(("issued_at__isnull", False), ("sorted_rows__gt", 0)),
                    _connector="OR",
                ),
                name="rosters_supply_issued",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplypart",
            constraint=models.UniqueConstraint(fields=("supply", "division"), name="rosters_supply_part_once"),
        ),
        migrations.AddConstraint(
            model_name="supplypart",
            constraint=models.CheckConstraint(condition=models.Q(("rows__gt", 0)), name="rosters_supply_part_rows"),
        ),
        migrations.AddIndex(
            model_name="supplyrowerror",
            index=models.Index(fields=["supply", "row"], name="rosters_supply_errors"),
        ),
        run_sql_file(__file__, "supplies.sql"),
    ]
