"""A sealed roster does not change, states follow their arrows, and money goes to whom it is owed."""

from django.db import migrations

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0001_initial"),
        ("households", "0002_truths"),
        ("subsidies", "0002_truths"),
    ]

    operations = [
        run_sql_file(__file__, "sealed.sql"),
        run_sql_file(__file__, "staging.sql"),
        run_sql_file(__file__, "line_identity.sql"),
        run_sql_file(__file__, "payees_of_right.sql"),
        run_sql_file(__file__, "corrections.sql"),
        run_sql_file(__file__, "method_of_policy.sql"),
        run_sql_file(__file__, "grid_drafts.sql"),
        run_sql_file(__file__, "exclusions.sql"),
        run_sql_file(__file__, "import_undo.sql"),
        run_sql_file(__file__, "applications.sql"),
        run_sql_file(__file__, "revisions.sql"),
        run_sql_file(__file__, "merged_twice.sql"),
        run_sql_file(__file__, "supplies.sql"),
        run_sql_file(__file__, "templates.sql"),
        run_sql_file(__file__, "supply_keys.sql"),
        run_sql_file(__file__, "deputies.sql"),
    ]
