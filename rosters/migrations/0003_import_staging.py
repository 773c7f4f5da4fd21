"""Where the rows of an uploaded file wait for the clerk's word: unlogged, written by COPY, gone when taken in."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0002_sealed_rosters")]

    operations = [
        run_sql_file(__file__, "staging.sql"),
    ]
