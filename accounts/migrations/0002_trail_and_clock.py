"""The trail chains itself and is append-only; the clock only moves forward."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        run_sql_file(__file__, "trail.sql"),
    ]
