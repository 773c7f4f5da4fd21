import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0004_application_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RestShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total_fen", models.BigIntegerField(verbose_name="资金总额（分）")),
                ("rest_fen", models.BigIntegerField(verbose_name="余额（分）")),
                ("lines", models.PositiveIntegerField(verbose_name="分到余额的明细")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "roster",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rest",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "余额分配",
                "verbose_name_plural": "余额分配",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rest_fen__gt", 0), ("lines__gt", 0), ("total_fen__gt", models.F("rest_fen"))
                        ),
                        name="rosters_rest_is_some",
                    )
                ],
            },
        ),
        run_sql_file(__file__, "rest.sql"),
    ]
