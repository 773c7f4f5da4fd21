"""When a message that failed is tried again."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("publicity", "0002_frozen_notices")]

    operations = [
        migrations.AddField(
            model_name="smsmessage",
            name="retry_after",
            field=models.DateTimeField(null=True, verbose_name="再次尝试时间"),
        ),
        migrations.AddIndex(
            model_name="smsmessage",
            index=models.Index(
                fields=["retry_after"],
                condition=Q(state="failed", retry_after__isnull=False),
                name="publicity_sms_retry",
            ),
        ),
    ]
