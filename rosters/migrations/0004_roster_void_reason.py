from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rosters", "0003_import_staging")]

    operations = [
        migrations.AddField(
            model_name="roster",
            name="void_reason",
            field=models.CharField(blank=True, default="", max_length=300, verbose_name="作废原因"),
            preserve_default=False,
        ),
    ]
