"""People are compared with the police register; an answer is written once, and nothing else verifies a person."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("households", "0003_imports_undone"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityAnswers",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(verbose_name="文件摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "检查中"),
                            ("taken_in", "已入库"),
                            ("refused", "有错误，未入库"),
                            ("unreadable", "无法读取"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("taken", models.PositiveIntegerField(default=0, verbose_name="新增结果")),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="与已有结果相同")),
                ("bad_rows", models.PositiveIntegerField(default=0, verbose_name="有错误的行")),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="无法读取的原因")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
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
                        verbose_name="上传人",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查结果文件",
                "verbose_name_plural": "公安核查结果文件",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("id_cipher", models.BinaryField(verbose_name="身份证号（密文）")),
                ("id_digest", models.BinaryField(verbose_name="身份证号（摘要）")),
                ("waiting", models.BooleanField(default=True, verbose_name="待返回")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("match", "一致"),
                            ("mismatch", "不一致"),
                            ("unknown", "查无此人"),
                            ("dead", "死亡"),
                            ("cancelled", "注销"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="核查结果",
                    ),
                ),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("name", "姓名"),
                                ("id_number", "身份证号"),
                                ("sex", "性别"),
                                ("birth_date", "出生日期"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                        verbose_name="不一致项",
                    ),
                ),
                ("died_on", models.DateField(null=True, verbose_name="死亡日期")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="核查时间")),
                ("current", models.BooleanField(default=False, verbose_name="最近一次")),
                (
                    "answers",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.identityanswers",
                        verbose_name="结果文件",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_checks",
                        to="households.person",
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查结果",
                "verbose_name_plural": "公安核查结果",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DeathRefutation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="核实情况")),
                ("made_at", models.DateTimeField(verbose_name="核实时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="在世证明",
                    ),
                ),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refutation",
                        to="households.identitycheck",
                        verbose_name="核查结果",
                    ),
                ),
            ],
            options={
                "verbose_name": "在世核实",
                "verbose_name_plural": "在世核实",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[("file", "文件交换"), ("http", "接口")], max_length=4, verbose_name="核查方式"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("waiting", "待核查人员（未核查、信息有变更、核查到期）"),
                            ("again", "核查不一致、报死亡的人员再次核查"),
                            ("all", "全部在册人员"),
                            ("named", "指定人员"),
                        ],
                        max_length=8,
                        verbose_name="核查人员",
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="核查单位")),
                ("reason", models.CharField(max_length=100, verbose_name="事由")),
                ("people", models.PositiveIntegerField(default=0, verbose_name="人数")),
                ("digest", models.BinaryField(default=b"", verbose_name="名单摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待返回结果"), ("done", "已全部返回"), ("closed", "已结束")],
                        default="open",
                        max_length=6,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="发起时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("end_reason", models.CharField(blank=True, max_length=100, verbose_name="结束原因")),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="接口任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "township",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查批次",
                "verbose_name_plural": "公安核查批次",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="identitycheck",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="households.identityrun",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="identityanswers",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="households.identityrun",
                verbose_name="批次",
            ),
        ),
        migrations.CreateModel(
            name="IdentityRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "answers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="errors",
                        to="households.identityanswers",
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [models.Index(fields=["answers", "row"], name="households_identity_errors")],
            },
        ),
        migrations.AddConstraint(
            model_name="identityrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="households_identityrun_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="identitycheck",
            index=models.Index(fields=["person"], name="households_identity_person"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="households_identity_number"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(fields=("run", "person"), name="households_identity_once_in_a_run"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("waiting", True)), fields=("person",), name="households_identity_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("current", True)), fields=("person",), name="households_identity_one_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", True), ("current", False), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True), ("answered_at__isnull", False), ("waiting", False)
                    ),
                    _connector="OR",
                ),
                name="households_identity_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.CheckConstraint(
                condition=models.Q(("died_on__isnull", True), ("outcome__in", ["dead", "cancelled"]), _connector="OR"),
                name="households_identity_died_on",
            ),
        ),
        run_sql_file(__file__, "identity.sql"),
    ]
