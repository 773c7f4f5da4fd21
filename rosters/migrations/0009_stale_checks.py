"""Checks that the register has overtaken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0008_column_templates"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaleCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stale_checks",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查已过时",
                "verbose_name_plural": "检查已过时",
            },
        ),
    ]
