"""The register changes by request, keeps its history, and knows means of production."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_village_clerks"),
        ("households", "0004_account_changes_of_villages_and_schools"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FirstCollection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("households", models.PositiveIntegerField(verbose_name="户数")),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("ended_at", models.DateTimeField(verbose_name="确认时间")),
            ],
            options={
                "verbose_name": "建库完成",
                "verbose_name_plural": "建库完成",
            },
        ),
        migrations.CreateModel(
            name="Means",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contracted", "承包地"),
                            ("planted", "种植面积"),
                            ("grassland", "草场"),
                            ("forest", "林地"),
                            ("livestock", "牲畜"),
                            ("machine", "农机"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="名称（作物、畜种、机型）")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数量")),
                ("unit", models.CharField(max_length=4, verbose_name="单位")),
                ("mark", models.CharField(blank=True, max_length=40, verbose_name="地块或机具编号")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "生产资料",
                "verbose_name_plural": "生产资料",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RegisterHistory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "subject",
                    models.CharField(
                        choices=[("household", "农户"), ("person", "成员"), ("account", "账户"), ("means", "生产资料")],
                        max_length=10,
                        verbose_name="对象",
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                (
                    "act",
                    models.CharField(
                        choices=[("add", "登记"), ("change", "变更"), ("remove", "删除")],
                        max_length=6,
                        verbose_name="动作",
                    ),
                ),
                ("was", models.JSONField(null=True, verbose_name="原内容")),
                ("paper_type", models.CharField(blank=True, max_length=40, verbose_name="依据")),
                ("paper_id", models.BigIntegerField(null=True)),
            ],
            options={
                "verbose_name": "底册沿革",
                "verbose_name_plural": "底册沿革",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RegisterRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                (
                    "kind",
                    models.CharField(
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
                        ],
                        max_length=12,
                        verbose_name="变更事项",
                    ),
                ),
                ("wanted", models.JSONField(verbose_name="变更内容")),
                ("seen", models.JSONField(default=dict, verbose_name="申请时的登记情况")),
                ("reason", models.CharField(max_length=200, verbose_name="变更原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待财政所审核"),
                            ("approved", "已生效"),
                            ("refused", "未通过"),
                            ("ended", "已撤回"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
            ],
            options={
                "verbose_name": "信息变更",
                "verbose_name_plural": "信息变更",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RequestOriginal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "变更原件",
                "verbose_name_plural": "变更原件",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="doubles",
                to="households.person",
                verbose_name="并入的档案",
            ),
        ),
        migrations.AddField(
            model_name="registerimport",
            name="accepted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="入库人",
            ),
        ),
        migrations.AddField(
            model_name="registerimport",
            name="certificate",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="村（社区）变更申请",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into__isnull", True), ("state", "moved"), _connector="OR"),
                name="households_merged_is_gone",
            ),
        ),
        migrations.AddField(
            model_name="firstcollection",
            name="ended_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="firstcollection",
            name="ended_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="firstcollection",
            name="township",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.division",
                verbose_name="乡镇",
            ),
        ),
        migrations.AddField(
            model_name="means",
            name="household",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="means",
                to="households.household",
                verbose_name="农户",
            ),
        ),
        migrations.AddField(
            model_name="registerhistory",
            name="by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="registerhistory",
            name="household",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="households.household",
            ),
        ),
        migrations.AddField(
            model_name="registerhistory",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="history",
                to="households.person",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="certificate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="村（社区）变更申请",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="checked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="checked_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="终止人",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="household",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requests",
                to="households.household",
                verbose_name="农户",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="申请人",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="made_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="result",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="households.household",
                verbose_name="变更后的农户",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="township",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.division",
                verbose_name="乡镇",
            ),
        ),
        migrations.AddField(
            model_name="registerrequest",
            name="village",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.division",
                verbose_name="村（社区）",
            ),
        ),
        migrations.AddField(
            model_name="requestoriginal",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="原件影像",
            ),
        ),
        migrations.AddField(
            model_name="requestoriginal",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="originals", to="households.registerrequest"
            ),
        ),
        migrations.AddConstraint(
            model_name="means",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="households_means_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="means",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["contracted", "machine"]), models.Q(("mark", ""), _negated=True)),
                fields=("kind", "mark"),
                name="households_means_of_one_household",
            ),
        ),
        migrations.AddIndex(
            model_name="registerhistory",
            index=models.Index(fields=["household", "id"], name="households_history_of_home"),
        ),
        migrations.AddIndex(
            model_name="registerhistory",
            index=models.Index(
                condition=models.Q(("act", "add"), _negated=True),
                fields=["person", "id"],
                name="households_history_of_one",
            ),
        ),
        migrations.AddIndex(
            model_name="registerrequest",
            index=models.Index(fields=["township", "state"], name="households_request_waiting"),
        ),
        migrations.AddConstraint(
            model_name="registerrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "requested")), fields=("household",), name="households_one_open_request"
            ),
        ),
        migrations.AddConstraint(
            model_name="registerrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "refused"]), _negated=True),
                    ("checked_by_person__isnull", False),
                    _connector="OR",
                ),
                name="households_request_checked",
            ),
        ),
        migrations.AddConstraint(
            model_name="registerrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by_person__isnull", True),
                    models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="households_request_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="registerrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "new"), ("household__isnull", False), _connector="OR"),
                name="households_request_has_household",
            ),
        ),
        run_sql_file(__file__, "register_so_far.sql"),
        run_sql_file(__file__, "register_history.sql"),
        run_sql_file(__file__, "register_requests.sql"),
    ]
