"""Values of a profile are only added, by an approved change of two people; breaches stay on the record."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_trail_and_clock"), ("rulebook", "0002_changes_breaches_and_local_days")]

    operations = [
        run_sql_file(__file__, "rules.sql"),
    ]
