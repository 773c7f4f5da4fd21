"""An import of a roster can be taken back whole: what it replaced is kept until something depends on it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0003_policies_exclude"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="rosterimport",
            name="undone_at",
            field=models.DateTimeField(null=True, verbose_name="撤销时间"),
        ),
        migrations.AddField(
            model_name="rosterimport",
            name="undone_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="撤销人",
            ),
        ),
        migrations.AlterField(
            model_name="rosterimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "检查中"),
                    ("ready", "待确认"),
                    ("taken_in", "已写入清册"),
                    ("dropped", "已放弃"),
                    ("unreadable", "无法读取"),
                    ("undone", "已撤销"),
                ],
                default="checking",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="RosterUndo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_line", models.BigIntegerField(default=0, verbose_name="导入前的最后一条")),
                ("lines", models.PositiveIntegerField(verbose_name="导入前的条数")),
                ("total_fen", models.BigIntegerField(verbose_name="导入前的金额（分）")),
                ("explained", models.JSONField(default=list, verbose_name="导入前的情况说明")),
                ("spoilt", models.BooleanField(default=False, verbose_name="之后有改动")),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undo",
                        to="rosters.rosterimport",
                        verbose_name="导入",
                    ),
                ),
                (
                    "roster",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undo",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "可撤销的导入",
                "verbose_name_plural": "可撤销的导入",
            },
        ),
        migrations.CreateModel(
            name="FormerLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.JSONField(verbose_name="明细")),
                (
                    "undo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former", to="rosters.rosterundo"
                    ),
                ),
            ],
            options={
                "verbose_name": "被替换的明细",
                "verbose_name_plural": "被替换的明细",
            },
        ),
        run_sql_file(__file__, "import_undo.sql"),
    ]
