"""What was posted stays as it was posted."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_trail_and_clock"), ("publicity", "0001_initial")]

    operations = [
        run_sql_file(__file__, "frozen.sql"),
    ]
