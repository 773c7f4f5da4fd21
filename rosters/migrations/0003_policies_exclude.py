"""Nobody is in two rosters on their way of policies that exclude one another."""

from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("rosters", "0002_truths"), ("subsidies", "0003_exclusion_groups")]

    operations = [
        migrations.AddIndex(
            model_name="rosterline",
            index=models.Index(fields=["policy", "basis"], name="rosters_line_basis", condition=~models.Q(basis="")),
        ),
        run_sql_file(__file__, "exclusions.sql"),
    ]
