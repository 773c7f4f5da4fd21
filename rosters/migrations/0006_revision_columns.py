from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0005_rest_shares"),
        ("subsidies", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "revision_columns.sql"),
    ]
