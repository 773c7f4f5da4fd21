"""Names are found by part, a card in use is one person's, checked changes stay, and imports have a table to stage in."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_trail_and_clock"),
        ("households", "0001_initial"),
    ]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="households_person_name", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use", True)), fields=("number_digest",), name="households_card_of_one_person"
            ),
        ),
        run_sql_file(__file__, "account_changes.sql"),
        run_sql_file(__file__, "staging.sql"),
    ]
