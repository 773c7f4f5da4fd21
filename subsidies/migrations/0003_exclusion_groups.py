"""Groups of policies that exclude one another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subsidies", "0002_truths")]

    operations = [
        migrations.CreateModel(
            name="ExclusionGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "per",
                    models.CharField(
                        choices=[("person", "同一人"), ("household", "同一户")],
                        default="person",
                        max_length=10,
                        verbose_name="范围",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("error", "不能同时享受"), ("warning", "须说明情况")],
                        default="warning",
                        max_length=8,
                        verbose_name="处理",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        help_text="文件名称和文号；由主管部门提出的，写明主管部门和日期",
                        max_length=200,
                        verbose_name="依据",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="启用")),
                (
                    "policies",
                    models.ManyToManyField(
                        help_text="至少两项",
                        related_name="exclusion_groups",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "互斥政策组",
                "verbose_name_plural": "互斥政策组",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="subsidies_exclusion_source"
                    )
                ],
            },
        ),
    ]
