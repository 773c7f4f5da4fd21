"""A line that changed its id in the same statement had no former self to be compared with, and passed the guard."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0004_roster_void_reason")]

    operations = [
        run_sql_file(__file__, "line_identity.sql"),
    ]
