from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0003_recurring_errors"),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="extra",
            field=models.JSONField(db_default=Value({}, models.JSONField()), default=dict, verbose_name="模板列"),
        ),
        migrations.AddField(
            model_name="application",
            name="extra_ciphers",
            field=models.JSONField(
                db_default=Value({}, models.JSONField()), default=dict, verbose_name="模板列（密文）"
            ),
        ),
    ]
