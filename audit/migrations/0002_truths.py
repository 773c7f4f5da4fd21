"""Data leaves by a granted request, and what left stays on the record."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("rulebook", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "access.sql"),
    ]
