"""Deputies for a term."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deputation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("term", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="代理期")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待确认"),
                            ("confirmed", "已确认"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
                (
                    "asked_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "decided_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代理人",
                    ),
                ),
                (
                    "deputy_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="终止人",
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deputations",
                        to="accounts.post",
                        verbose_name="岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位代理",
                "verbose_name_plural": "岗位代理",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="post",
            name="deputation",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="post",
                to="accounts.deputation",
                verbose_name="代理",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputation",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="accounts_deputation_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="deputation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by_person__isnull", True), ("state__in", ["asked", "ended"])),
                    models.Q(("decided_by_person__isnull", False), ("state__in", ["confirmed", "refused", "ended"])),
                    _connector="OR",
                ),
                name="accounts_deputation_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by_person__isnull", True),
                    models.Q(
                        models.Q(("decided_by_person", models.F("asked_by_person")), _negated=True),
                        models.Q(("decided_by_person", models.F("deputy_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="accounts_deputation_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="deputation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state__in", ["asked", "confirmed"])),
                expressions=[("principal", "="), ("term", "&&")],
                name="accounts_deputation_one_at_a_time",
            ),
        ),
        run_sql_file(__file__, "deputies.sql"),
    ]
