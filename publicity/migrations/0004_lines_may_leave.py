"""A line that leaves a returned roster leaves the posted notice as it was: no foreign key holds it back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("publicity", "0003_sms_retry_after")]

    operations = [
        migrations.AlterField(
            model_name="noticeline",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="rosters.rosterline",
            ),
        ),
    ]
