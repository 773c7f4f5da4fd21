"""What a revision changes is kept, and the way goes on where it stopped only for what was asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("rosters", "0005_applications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LineBefore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=24)),
                ("basis", models.CharField(blank=True, max_length=60)),
                ("number", models.PositiveIntegerField()),
                ("village", models.BigIntegerField()),
                ("group", models.CharField(blank=True, max_length=30)),
                ("household", models.BigIntegerField()),
                ("head_name", models.CharField(max_length=50)),
                ("beneficiary", models.BigIntegerField()),
                ("beneficiary_name", models.CharField(max_length=50)),
                ("beneficiary_id_digest", models.BinaryField()),
                ("payee", models.BigIntegerField(null=True)),
                ("payee_name", models.CharField(blank=True, max_length=50)),
                ("payee_id_digest", models.BinaryField(null=True)),
                ("bank_name", models.CharField(blank=True, max_length=60)),
                ("account_digest", models.BinaryField(null=True)),
                ("account_tail", models.CharField(blank=True, max_length=4)),
                ("cash", models.BooleanField()),
                ("standard", models.BigIntegerField()),
                ("unit_fen", models.BigIntegerField()),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12)),
                ("amount_fen", models.BigIntegerField()),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("remark", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "退回时的明细",
                "verbose_name_plural": "退回时的明细",
            },
        ),
        migrations.CreateModel(
            name="ReturnAsk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.CharField(
                        choices=[
                            ("amount", "数量、档次和金额"),
                            ("payee", "收款人和账户"),
                            ("register", "姓名、证件号、户主、村组（按底册更新）"),
                            ("remark", "备注"),
                            ("remove", "删除"),
                            ("add", "补录"),
                        ],
                        max_length=10,
                        verbose_name="内容",
                    ),
                ),
                ("holder", models.CharField(blank=True, max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="序号")),
            ],
            options={
                "verbose_name": "退回要求",
                "verbose_name_plural": "退回要求",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RevisionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveSmallIntegerField(verbose_name="修订次数")),
                (
                    "kind",
                    models.CharField(
                        choices=[("added", "新增"), ("removed", "删除"), ("changed", "修改")],
                        max_length=8,
                        verbose_name="变动",
                    ),
                ),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="现序号")),
                ("number_before", models.PositiveIntegerField(null=True, verbose_name="原序号")),
                ("name", models.CharField(max_length=50, verbose_name="享受人")),
                ("areas", models.JSONField(default=list, verbose_name="内容")),
                ("old", models.JSONField(default=dict, verbose_name="原为")),
                ("new", models.JSONField(default=dict, verbose_name="现为")),
            ],
            options={
                "verbose_name": "修订变动",
                "verbose_name_plural": "修订变动",
                "ordering": ["roster", "revision", "number", "number_before", "id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="rosters_decision_maker_is_not_checker",
        ),
        migrations.AddField(
            model_name="decision",
            name="resumes",
            field=models.BooleanField(default=False, verbose_name="改后续审"),
        ),
        migrations.AlterField(
            model_name="decision",
            name="action",
            field=models.CharField(
                choices=[("send", "送审"), ("approve", "同意"), ("return", "退回"), ("recall", "撤回")],
                max_length=8,
                verbose_name="决定",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "approve"), _negated=True),
                    models.Q(("by_person", models.F("maker_person")), _negated=True),
                    _connector="OR",
                ),
                name="rosters_decision_maker_is_not_checker",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("resumes", False), ("action", "return"), _connector="OR"),
                name="rosters_decision_only_a_return_resumes",
            ),
        ),
        migrations.AddField(
            model_name="linebefore",
            name="roster",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="rosters.roster",
            ),
        ),
        migrations.AddField(
            model_name="returnask",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="asks",
                to="rosters.decision",
                verbose_name="退回",
            ),
        ),
        migrations.AddField(
            model_name="revisionchange",
            name="roster",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="revision_changes",
                to="rosters.roster",
                verbose_name="清册",
            ),
        ),
        migrations.AddIndex(
            model_name="linebefore",
            index=models.Index(fields=["roster"], name="rosters_line_before"),
        ),
        migrations.AddConstraint(
            model_name="returnask",
            constraint=models.UniqueConstraint(fields=("decision", "area", "holder", "basis"), name="rosters_ask_once"),
        ),
        migrations.AddConstraint(
            model_name="returnask",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("area", "add"), _negated=True), ("holder", ""), _connector="OR"),
                name="rosters_ask_add_is_for_any",
            ),
        ),
        migrations.AddConstraint(
            model_name="revisionchange",
            constraint=models.UniqueConstraint(
                fields=("roster", "revision", "holder", "basis"), name="rosters_revision_change"
            ),
        ),
        run_sql_file(__file__, "revisions.sql"),
    ]
