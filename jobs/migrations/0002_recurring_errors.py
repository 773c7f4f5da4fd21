import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecurringSettled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24, verbose_name="文件")),
                ("person_digest", models.BinaryField()),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("settled_at", models.DateTimeField(verbose_name="处理时间")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="单位",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
            ],
            options={
                "verbose_name": "已处理的重复错误",
                "verbose_name_plural": "已处理的重复错误",
                "indexes": [
                    models.Index(
                        fields=["kind", "organisation", "person_digest", "rule"], name="jobs_recurring_settled"
                    )
                ],
            },
        ),
    ]
