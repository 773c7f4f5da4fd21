"""What the register's papers may do, its history, answers of the police, cards, and a table to stage imports in."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0001_initial"),
        ("rulebook", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "account_changes.sql"),
        run_sql_file(__file__, "staging.sql"),
        run_sql_file(__file__, "papers.sql"),
        run_sql_file(__file__, "asking_units.sql"),
        run_sql_file(__file__, "register_history.sql"),
        run_sql_file(__file__, "register_requests.sql"),
        run_sql_file(__file__, "import_undo.sql"),
        run_sql_file(__file__, "identity.sql"),
        run_sql_file(__file__, "bulk_update.sql"),
        run_sql_file(__file__, "cards.sql"),
    ]
