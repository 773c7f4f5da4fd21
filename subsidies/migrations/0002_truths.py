"""The ledger balances, a policy lives by its papers, a template's revision stays."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("subsidies", "0001_initial"),
        ("rulebook", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "ledger.sql"),
        run_sql_file(__file__, "policies.sql"),
        run_sql_file(__file__, "templates.sql"),
    ]
