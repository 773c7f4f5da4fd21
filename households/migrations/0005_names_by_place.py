"""Names are found at each of their first places by an index of that place; only longer ones by their parts.

The index of people by household stood twice.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models.functions import Collate, Substr

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0004_people_by_number"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="person",
            name="households_person_household",
        ),
        migrations.RemoveIndex(
            model_name="person",
            name="households_person_name_parts",
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(Collate(models.F("name"), "C"), name="households_person_name_1"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(Collate(Substr("name", 2), "C"), name="households_person_name_2"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(Collate(Substr("name", 3), "C"), name="households_person_name_3"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("name"),
                    function="households_name_parts",
                    output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                condition=models.Q(("name__length__gt", 3)),
                name="households_person_long_names",
            ),
        ),
        run_sql_file(__file__, "name_parts_cost.sql"),
    ]
