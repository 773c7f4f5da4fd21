"""A person is found by one or two characters of the name as quickly in a large register as in a small one."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models import F, Func

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("households", "0005_register_by_request")]

    operations = [
        run_sql_file(__file__, "name_parts.sql"),
        migrations.RemoveIndex(model_name="person", name="households_person_name"),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                Func(
                    F("name"),
                    function="households_name_parts",
                    output_field=django.contrib.postgres.fields.ArrayField(models.TextField()),
                ),
                name="households_person_name_parts",
            ),
        ),
    ]
