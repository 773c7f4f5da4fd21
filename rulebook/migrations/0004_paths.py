"""One guard for the steps of every paper that goes its way through the offices."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0003_values_only_added")]

    operations = [run_sql_file(__file__, "paths.sql")]
