"""What stood in versions as text becomes rows; what the database itself holds about the life of a policy."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_trail_and_clock"), ("subsidies", "0003_policy_life_cycle")]

    operations = [
        run_sql_file(__file__, "policies_carried_over.sql"),
        run_sql_file(__file__, "policies.sql"),
    ]
