"""Column templates, and which one a policy version's rosters are made by."""

import django.db.models.deletion
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0003_exclusion_groups")]

    operations = [
        migrations.CreateModel(
            name="ColumnTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, verbose_name="代码")),
                ("number", models.PositiveSmallIntegerField(verbose_name="版次")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("source", models.CharField(max_length=300, verbose_name="依据")),
                ("content", models.JSONField(default=dict, verbose_name="内容")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
            ],
            options={
                "verbose_name": "造册模板",
                "verbose_name_plural": "造册模板",
                "ordering": ["code", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "number"), name="subsidies_template_number"),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="subsidies_template_source"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="policyversion",
            name="template",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="versions",
                to="subsidies.columntemplate",
                verbose_name="造册模板",
            ),
        ),
        run_sql_file(__file__, "templates.sql"),
    ]
