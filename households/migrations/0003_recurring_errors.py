from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("households", "0002_truths"),
    ]

    operations = [
        migrations.AddField(
            model_name="registerrowerror",
            name="last_on",
            field=models.DateField(null=True, verbose_name="上次"),
        ),
        migrations.AddField(
            model_name="registerrowerror",
            name="person_digest",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="registerrowerror",
            name="times",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="第几次"),
        ),
        migrations.AddIndex(
            model_name="registerrowerror",
            index=models.Index(fields=["person_digest", "rule"], name="households_import_errors_again"),
        ),
    ]
