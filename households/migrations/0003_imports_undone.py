"""An import of the register can be taken back whole; it knows its rows of history, and follows its arrows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0002_truths"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="registerimport",
            name="history_after",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="registerimport",
            name="history_until",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="registerimport",
            name="undone_at",
            field=models.DateTimeField(null=True, verbose_name="撤销时间"),
        ),
        migrations.AddField(
            model_name="registerimport",
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
            model_name="registerimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "检查中"),
                    ("ready", "待确认"),
                    ("taken_in", "已入库"),
                    ("dropped", "已放弃"),
                    ("unreadable", "无法读取"),
                    ("undone", "已撤销"),
                ],
                default="checking",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        run_sql_file(__file__, "import_undo.sql"),
    ]
