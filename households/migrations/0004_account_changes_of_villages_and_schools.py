"""Villages and schools ask for account changes: which unit asked stands with the request."""

import django.db.models.deletion
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_village_clerks"),
        ("households", "0003_papers_change_who_is_paid"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountchange",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
                verbose_name="申请单位",
            ),
        ),
        migrations.AlterField(
            model_name="accountchange",
            name="state",
            field=models.CharField(
                choices=[
                    ("submitted", "待单位审核"),
                    ("unit_approved", "待财政局审批"),
                    ("approved", "已生效"),
                    ("rejected", "未通过"),
                ],
                default="submitted",
                max_length=14,
                verbose_name="状态",
            ),
        ),
        run_sql_file(__file__, "asking_units.sql"),
    ]
