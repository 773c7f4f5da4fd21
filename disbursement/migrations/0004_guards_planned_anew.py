"""Sending 20,000 payments took minutes once a session had changed a single one: the guards' joins no longer loop."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("disbursement", "0003_own_account_and_cancelled_drafts")]

    operations = [
        run_sql_file(__file__, "planned_anew.sql"),
    ]
