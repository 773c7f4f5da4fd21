"""What a double received before it was merged, the record that stayed does not receive again."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0006_revisions")]

    operations = [run_sql_file(__file__, "merged_twice.sql")]
