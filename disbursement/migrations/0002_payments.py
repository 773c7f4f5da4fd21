"""Nobody is paid twice, batches are sealed, results are taken in once."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_trail_and_clock"), ("disbursement", "0001_initial")]

    operations = [
        run_sql_file(__file__, "payments.sql"),
    ]
