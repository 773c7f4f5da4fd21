"""Many records are brought up to date by one file, which becomes one request."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("households", "0004_police_comparison"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterUpdateRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("phone_cipher", models.BinaryField(null=True)),
                ("phone_digest", models.BinaryField(null=True)),
                ("was_phone_cipher", models.BinaryField(null=True)),
                ("was_phone_digest", models.BinaryField(null=True)),
                ("address", models.CharField(max_length=200, null=True, verbose_name="住址")),
                ("was_address", models.CharField(max_length=200)),
                ("group", models.CharField(max_length=30, null=True, verbose_name="村民小组")),
                ("was_group", models.CharField(max_length=30)),
                (
                    "contracted_mu",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="承包面积（亩）"),
                ),
                ("was_contracted_mu", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                (
                    "subsidised_mu",
                    models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name="地力补贴面积（亩）"),
                ),
                ("was_subsidised_mu", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("bank_name", models.CharField(max_length=60, null=True, verbose_name="开户银行")),
                ("account_cipher", models.BinaryField(null=True)),
                ("account_digest", models.BinaryField(null=True)),
                ("account_tail", models.CharField(max_length=4, null=True, verbose_name="尾号")),
            ],
            options={
                "ordering": ["row"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="registerrequest",
            name="households_request_has_household",
        ),
        migrations.AddField(
            model_name="registerimport",
            name="purpose",
            field=models.CharField(
                choices=[("add", "新增"), ("update", "批量更新")], default="add", max_length=8, verbose_name="用途"
            ),
        ),
        migrations.AlterField(
            model_name="registerimport",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "检查中"),
                    ("ready", "待确认"),
                    ("taken_in", "已入库"),
                    ("dropped", "已放弃"),
                    ("unreadable", "无法读取"),
                    ("undone", "已撤销"),
                    ("submitted", "已提交审核"),
                ],
                default="checking",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="registerrequest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new", "新增农户"),
                    ("cancel", "注销农户"),
                    ("head", "变更户主"),
                    ("identity", "更正姓名、身份证号"),
                    ("member_in", "增加成员"),
                    ("member_out", "成员迁出"),
                    ("contact", "变更电话、住址"),
                    ("means", "变更面积和生产资料"),
                    ("split", "分户、转户"),
                    ("merge", "合并重复档案"),
                    ("bulk", "批量更新"),
                ],
                max_length=12,
                verbose_name="变更事项",
            ),
        ),
        migrations.AddConstraint(
            model_name="registerrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["new", "bulk"]), ("household__isnull", False), _connector="OR"),
                name="households_request_has_household",
            ),
        ),
        migrations.AddField(
            model_name="registerupdaterow",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="updates", to="households.registerimport"
            ),
        ),
        migrations.AddField(
            model_name="registerupdaterow",
            name="household",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="households.household",
                verbose_name="农户",
            ),
        ),
        migrations.AddField(
            model_name="registerupdaterow",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="households.person",
                verbose_name="人员",
            ),
        ),
        migrations.AddField(
            model_name="registerupdaterow",
            name="was_account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="households.bankaccount"
            ),
        ),
        migrations.AddConstraint(
            model_name="registerupdaterow",
            constraint=models.UniqueConstraint(fields=("batch", "person"), name="households_update_person_once"),
        ),
        run_sql_file(__file__, "bulk_update.sql"),
    ]
