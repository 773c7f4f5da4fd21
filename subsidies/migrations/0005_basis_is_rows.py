"""The basis documents are rows now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0004_policy_truths")]

    operations = [
        migrations.RemoveField(model_name="policyversion", name="basis_listed"),
    ]
