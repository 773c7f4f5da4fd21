"""What the public may read of the columns of a policy's template, on the lines of a notice."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("publicity", "0002_truths"),
        ("rosters", "0008_column_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="noticeline",
            name="extra",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="模板列"
            ),
        ),
    ]
