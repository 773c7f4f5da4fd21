"""What an organisation calls the columns of its files, remembered."""

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
            name="HeaderName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=24, verbose_name="文件")),
                ("policy", models.CharField(blank=True, max_length=20, verbose_name="政策编码")),
                ("title", models.CharField(max_length=40, verbose_name="表头")),
                ("key", models.CharField(max_length=40, verbose_name="对应的列")),
                ("made_at", models.DateTimeField(verbose_name="记录时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="记录人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="header_names",
                        to="accounts.organisation",
                        verbose_name="机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "记住的表头",
                "verbose_name_plural": "记住的表头",
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "kind", "policy", "title"), name="jobs_header_means_one_column"
                    )
                ],
            },
        ),
    ]
