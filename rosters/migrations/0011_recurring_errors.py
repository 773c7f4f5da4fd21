"""Errors of imports know of whom they are, so that those which come back are recognised."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("rosters", "0010_supply_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecurringSettled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_digest", models.BinaryField()),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("settled_at", models.DateTimeField(verbose_name="处理时间")),
            ],
            options={
                "verbose_name": "已处理的重复错误",
                "verbose_name_plural": "已处理的重复错误",
            },
        ),
        migrations.AddField(
            model_name="rosterrowerror",
            name="last_on",
            field=models.DateField(null=True, verbose_name="上次"),
        ),
        migrations.AddField(
            model_name="rosterrowerror",
            name="person_digest",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="rosterrowerror",
            name="times",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="第几次"),
        ),
        migrations.AddIndex(
            model_name="rosterrowerror",
            index=models.Index(fields=["person_digest", "rule"], name="rosters_import_errors_again"),
        ),
        migrations.AddField(
            model_name="recurringsettled",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
                verbose_name="编制单位",
            ),
        ),
        migrations.AddField(
            model_name="recurringsettled",
            name="settled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="处理人",
            ),
        ),
        migrations.AddIndex(
            model_name="recurringsettled",
            index=models.Index(fields=["organisation", "person_digest", "rule"], name="rosters_recurring_settled"),
        ),
    ]
