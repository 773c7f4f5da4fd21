"""What was paid after a death is recovered; a payment goes only to who has a right to it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0007_payees_of_right"),
        ("accounts", "0003_schools_and_department_officers"),
        ("disbursement", "0007_verification_and_returns"),
        ("households", "0003_papers_change_who_is_paid"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(choices=[("death", "死亡后继续发放")], max_length=10, verbose_name="追缴原因"),
                ),
                ("reckoning", models.CharField(max_length=200, verbose_name="金额的算法")),
                ("amount_fen", models.BigIntegerField(verbose_name="应追缴金额（分）")),
                (
                    "state",
                    models.CharField(choices=[("open", "追缴中")], default="open", max_length=10, verbose_name="状态"),
                ),
                ("opened_at", models.DateTimeField(verbose_name="建立时间")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="主管部门",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="建立人",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recovery",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="享受人",
                    ),
                ),
            ],
            options={
                "verbose_name": "追缴",
                "verbose_name_plural": "追缴",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="disbursement_recovery_positive"
                    )
                ],
            },
        ),
        run_sql_file(__file__, "recovery.sql"),
    ]
