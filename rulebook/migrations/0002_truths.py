"""Rules are only added to, and a paper goes its way step by step."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rulebook", "0001_initial"),
        ("accounts", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "rules.sql"),
        run_sql_file(__file__, "paths.sql"),
    ]
