"""The trail is chained and stays, time has one source, a village's clerk and a deputy act in their bounds."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        run_sql_file(__file__, "trail.sql"),
        run_sql_file(__file__, "village_clerks.sql"),
        run_sql_file(__file__, "deputies.sql"),
    ]
