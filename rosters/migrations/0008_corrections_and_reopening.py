"""What failed is declared again for the same people and never for more; a closed roster may open again."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0007_payees_of_right")]

    operations = [
        run_sql_file(__file__, "corrections.sql"),
    ]
