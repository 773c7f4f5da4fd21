"""Sealed rosters are frozen, their header equals their lines, and decisions stay as they were made."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_trail_and_clock"), ("rosters", "0001_initial")]

    operations = [
        run_sql_file(__file__, "sealed.sql"),
    ]
