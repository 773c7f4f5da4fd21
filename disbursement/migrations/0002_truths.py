"""Nobody is paid twice, two people release, and what comes back is accounted for."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0001_initial"),
        ("publicity", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "payments.sql"),
        run_sql_file(__file__, "own_account.sql"),
        run_sql_file(__file__, "cash.sql"),
        run_sql_file(__file__, "clearing.sql"),
        run_sql_file(__file__, "data_first.sql"),
        run_sql_file(__file__, "recovery.sql"),
        run_sql_file(__file__, "recovery_cases.sql"),
    ]
