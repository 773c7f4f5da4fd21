"""Payments go to the payee's own account; the draft of a batch gives its lines back."""

import django.db.models.deletion
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0002_payments"),
        ("households", "0001_initial"),
        ("rosters", "0002_sealed_rosters"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="payment",
            name="disbursement_payment_attempt",
        ),
        migrations.AlterField(
            model_name="payment",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="payments",
                to="rosters.rosterline",
                verbose_name="清册明细",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="previous",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followers",
                to="disbursement.payment",
                verbose_name="上一次支付",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "cancelled"), _negated=True),
                fields=("line", "attempt"),
                name="disbursement_payment_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "cancelled"), _negated=True),
                fields=("previous",),
                name="disbursement_payment_one_successor",
            ),
        ),
        run_sql_file(__file__, "own_account.sql"),
    ]
