"""Sealing 20,000 lines took minutes once a session had changed a single line: the guard's joins no longer loop."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0004_roster_void_reason")]

    operations = [
        run_sql_file(__file__, "line_guard.sql"),
    ]
