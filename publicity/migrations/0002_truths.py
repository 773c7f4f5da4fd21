"""A notice stays as it was posted."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("publicity", "0001_initial"),
        ("rosters", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "frozen.sql"),
    ]
