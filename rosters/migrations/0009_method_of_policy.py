"""A roster is paid in a way that its policy's version knows."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0008_corrections_and_reopening"), ("subsidies", "0005_basis_is_rows")]

    operations = [
        run_sql_file(__file__, "method_of_policy.sql"),
    ]
