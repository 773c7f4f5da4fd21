"""Data may go before money, the bank verifies before it pays, and what was paid may come back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0006_cash_and_clearing"),
        ("rosters", "0008_corrections_and_reopening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BankDiscrepancy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=300, verbose_name="哪里不符")),
                ("reported_at", models.DateTimeField(verbose_name="报告时间")),
                ("settlement", models.CharField(blank=True, max_length=300, verbose_name="处理结果")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discrepancies",
                        to="disbursement.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报告人",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
            ],
            options={
                "verbose_name": "银行核对不符",
                "verbose_name_plural": "银行核对不符",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("settlement", "")),
                            models.Q(("settled_at__isnull", False), models.Q(("settlement", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="disbursement_discrepancy_settled",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("batch",),
                        name="disbursement_discrepancy_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=4, verbose_name="退回原因")),
                ("message", models.CharField(blank=True, max_length=200, verbose_name="银行说明")),
                ("reference", models.CharField(max_length=60, verbose_name="退款流水号")),
                ("noticed_at", models.DateTimeField(verbose_name="银行收到退款信息的时间")),
                ("reported_at", models.DateTimeField(verbose_name="报告时间")),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="return_notice",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报告人",
                    ),
                ),
            ],
            options={
                "verbose_name": "跨行退款",
                "verbose_name_plural": "跨行退款",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("reference", ""), _negated=True)
                        ),
                        name="disbursement_return_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reported_at__gte", models.F("noticed_at"))),
                        name="disbursement_return_times",
                    ),
                ],
            },
        ),
        run_sql_file(__file__, "data_first.sql"),
    ]
