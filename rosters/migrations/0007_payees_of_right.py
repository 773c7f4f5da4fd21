"""Who is paid in whose stead, and who of another place stands in a roster: held when a roster is sealed."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0003_papers_change_who_is_paid"),
        ("rosters", "0006_corrections_and_cash"),
    ]

    operations = [run_sql_file(__file__, "payees_of_right.sql")]
