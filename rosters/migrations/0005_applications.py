"""Applications for subsidies, their papers, and which line of which roster was made from them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("households", "0002_truths"),
        ("jobs", "0001_initial"),
        ("rosters", "0004_imports_undone"),
        ("subsidies", "0004_column_templates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="申报编号")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数量")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "待受理"),
                            ("asked", "待补正"),
                            ("accepted", "待审核"),
                            ("approved", "已通过"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="submitted",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="申报时间")),
                ("missing", models.CharField(blank=True, max_length=300, verbose_name="须补正的内容")),
                ("missing_at", models.DateTimeField(null=True, verbose_name="通知补正时间")),
                ("supplied_at", models.DateTimeField(null=True, verbose_name="补正时间")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="受理时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="审核意见")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="受理人",
                    ),
                ),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="households.person",
                        verbose_name="申报人",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="享受人",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
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
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代办人",
                    ),
                ),
                (
                    "entered_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "missing_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="通知人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.standard",
                        verbose_name="补贴标准",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="村（社区）",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "补贴申报",
                "verbose_name_plural": "补贴申报",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ApplicationPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("form", "签字的申报表"), ("proof", "证明材料")], max_length=5, verbose_name="类别"
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_papers",
                        to="rosters.application",
                        verbose_name="申报",
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
            ],
            options={
                "verbose_name": "申报材料",
                "verbose_name_plural": "申报材料",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ApplicationTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("opens_on", models.DateField(verbose_name="受理开始")),
                ("closes_on", models.DateField(verbose_name="受理截止")),
                ("basis_title", models.CharField(blank=True, max_length=30, verbose_name="须填写的计发依据")),
                ("papers", models.CharField(blank=True, max_length=300, verbose_name="须提交的材料")),
                ("guide", models.CharField(blank=True, max_length=500, verbose_name="申报说明")),
                ("opened_at", models.DateTimeField(verbose_name="开放时间")),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开放人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="application_terms",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "申报受理",
                "verbose_name_plural": "申报受理",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="rosters.applicationterm",
                verbose_name="申报受理",
            ),
        ),
        migrations.CreateModel(
            name="ApplicationTake",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("released", models.BooleanField(db_default=False, default=False, verbose_name="清册已作废")),
                ("at", models.DateTimeField(verbose_name="列入时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="rosters.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="taken_from",
                        to="rosters.rosterline",
                        verbose_name="清册明细",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications_taken",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "列入清册的申报",
                "verbose_name_plural": "列入清册的申报",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released", False)),
                        fields=("application",),
                        name="rosters_application_in_one_roster",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="applicationterm",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_term_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationterm",
            constraint=models.CheckConstraint(
                condition=models.Q(("opens_on__lte", models.F("closes_on"))), name="rosters_term_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="applicationterm",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("policy", "="),
                    (
                        models.Func(
                            models.F("period_start"),
                            models.F("period_end"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="rosters_one_term_a_period",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["division", "state"], name="rosters_application_queue"),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["policy", "period_start", "state"], name="rosters_application_policy"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="rosters_application_quantity"
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entered_by__isnull", True), ("entered_by_person__isnull", True)),
                    models.Q(("entered_by__isnull", False), ("entered_by_person__isnull", False)),
                    _connector="OR",
                ),
                name="rosters_application_entered_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by_person__isnull", True),
                    ("entered_by_person__isnull", True),
                    models.Q(("decided_by_person", models.F("entered_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="rosters_application_maker_is_not_checker",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "refused"]), _negated=True),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decided_by_person__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="rosters_application_decided_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "refused"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="rosters_application_refused_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("missing", ""), ("missing_at__isnull", True)),
                    models.Q(models.Q(("missing", ""), _negated=True), ("missing_at__isnull", False)),
                    _connector="OR",
                ),
                name="rosters_application_missing_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state__in", ["submitted", "asked", "accepted", "approved"])),
                expressions=[
                    ("policy", "="),
                    ("holder", "="),
                    ("basis", "="),
                    (
                        models.Func(
                            models.F("period_start"),
                            models.F("period_end"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="rosters_application_once",
            ),
        ),
        run_sql_file(__file__, "applications.sql"),
    ]
