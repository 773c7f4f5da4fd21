import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        # An index of people calls it.
        run_sql_file(__file__, "name_parts.sql"),
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bank_name", models.CharField(max_length=60, verbose_name="开户银行")),
                ("number_cipher", models.BinaryField(verbose_name="账号（密文）")),
                ("number_digest", models.BinaryField(verbose_name="账号（摘要）")),
                ("tail", models.CharField(max_length=4, verbose_name="尾号")),
                (
                    "account_class",
                    models.CharField(
                        choices=[("I", "I类户"), ("II", "II类户")], default="I", max_length=2, verbose_name="账户类别"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("normal", "正常"),
                            ("dormant", "不动户"),
                            ("frozen", "冻结"),
                            ("lost", "挂失"),
                            ("closed", "已销户"),
                        ],
                        default="normal",
                        max_length=10,
                        verbose_name="账户状态",
                    ),
                ),
                ("social_card", models.BooleanField(default=True, verbose_name="社会保障卡")),
                ("in_use", models.BooleanField(default=True, verbose_name="用于发放")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="银行核验时间")),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "一卡通账户",
                "verbose_name_plural": "一卡通账户",
                "indexes": [models.Index(fields=["number_digest"], name="households_account_number")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("in_use", True), _negated=True),
                            models.Q(("state", "closed"), _negated=True),
                            _connector="OR",
                        ),
                        name="households_closed_card_not_in_use",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CardList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("delivered_on", models.DateField(verbose_name="送达日期")),
                ("bank_name", models.CharField(max_length=60, verbose_name="送卡银行")),
                ("keeper", models.CharField(max_length=60, verbose_name="保管人（地点）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "检查中"),
                            ("taken_in", "已登记"),
                            ("refused", "有错误，未登记"),
                            ("unreadable", "无法读取"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("errors", models.JSONField(default=list, verbose_name="错误")),
                ("bad_rows", models.PositiveIntegerField(default=0, verbose_name="有错误的行")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
                (
                    "township",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
            ],
            options={
                "verbose_name": "卡折送达清单",
                "verbose_name_plural": "卡折送达清单",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="FirstCollection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("households", models.PositiveIntegerField(verbose_name="户数")),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("ended_at", models.DateTimeField(verbose_name="确认时间")),
                (
                    "ended_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "ended_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "township",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
            ],
            options={
                "verbose_name": "建库完成",
                "verbose_name_plural": "建库完成",
            },
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, unique=True, verbose_name="农户编码")),
                ("group", models.CharField(blank=True, max_length=30, verbose_name="村民小组")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="住址")),
                (
                    "contracted_mu",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="承包面积（亩）"
                    ),
                ),
                (
                    "subsidised_mu",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="地力补贴面积（亩）"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("living", "正常"), ("cancelled", "已注销")],
                        default="living",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="建档时间")),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="households",
                        to="accounts.division",
                        verbose_name="村（社区）",
                    ),
                ),
            ],
            options={
                "verbose_name": "农户",
                "verbose_name_plural": "农户",
                "indexes": [models.Index(fields=["village", "group", "code"], name="households_by_village")],
            },
        ),
        migrations.CreateModel(
            name="IdentityAnswers",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(verbose_name="文件摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "检查中"),
                            ("taken_in", "已入库"),
                            ("refused", "有错误，未入库"),
                            ("unreadable", "无法读取"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("taken", models.PositiveIntegerField(default=0, verbose_name="新增结果")),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="与已有结果相同")),
                ("bad_rows", models.PositiveIntegerField(default=0, verbose_name="有错误的行")),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="无法读取的原因")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查结果文件",
                "verbose_name_plural": "公安核查结果文件",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("id_cipher", models.BinaryField(verbose_name="身份证号（密文）")),
                ("id_digest", models.BinaryField(verbose_name="身份证号（摘要）")),
                ("waiting", models.BooleanField(default=True, verbose_name="待返回")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("match", "一致"),
                            ("mismatch", "不一致"),
                            ("unknown", "查无此人"),
                            ("dead", "死亡"),
                            ("cancelled", "注销"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="核查结果",
                    ),
                ),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("name", "姓名"),
                                ("id_number", "身份证号"),
                                ("sex", "性别"),
                                ("birth_date", "出生日期"),
                            ],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                        verbose_name="不一致项",
                    ),
                ),
                ("died_on", models.DateField(null=True, verbose_name="死亡日期")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="核查时间")),
                ("current", models.BooleanField(default=False, verbose_name="最近一次")),
                (
                    "answers",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.identityanswers",
                        verbose_name="结果文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查结果",
                "verbose_name_plural": "公安核查结果",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at__isnull", True), ("current", False), ("outcome", "")),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("answered_at__isnull", False),
                                ("waiting", False),
                            ),
                            _connector="OR",
                        ),
                        name="households_identity_answered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("died_on__isnull", True), ("outcome__in", ["dead", "cancelled"]), _connector="OR"
                        ),
                        name="households_identity_died_on",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeathRefutation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="核实情况")),
                ("made_at", models.DateTimeField(verbose_name="核实时间")),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="在世证明",
                    ),
                ),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refutation",
                        to="households.identitycheck",
                        verbose_name="核查结果",
                    ),
                ),
            ],
            options={
                "verbose_name": "在世核实",
                "verbose_name_plural": "在世核实",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[("file", "文件交换"), ("http", "接口")], max_length=4, verbose_name="核查方式"
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("waiting", "待核查人员（未核查、信息有变更、核查到期）"),
                            ("again", "核查不一致、报死亡的人员再次核查"),
                            ("all", "全部在册人员"),
                            ("named", "指定人员"),
                        ],
                        max_length=8,
                        verbose_name="核查人员",
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="核查单位")),
                ("reason", models.CharField(max_length=100, verbose_name="事由")),
                ("people", models.PositiveIntegerField(default=0, verbose_name="人数")),
                ("digest", models.BinaryField(default=b"", verbose_name="名单摘要")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待返回结果"), ("done", "已全部返回"), ("closed", "已结束")],
                        default="open",
                        max_length=6,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="发起时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("end_reason", models.CharField(blank=True, max_length=100, verbose_name="结束原因")),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="接口任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发起人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "township",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
            ],
            options={
                "verbose_name": "公安核查批次",
                "verbose_name_plural": "公安核查批次",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="households_identityrun_ended",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="identitycheck",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="households.identityrun",
                verbose_name="批次",
            ),
        ),
        migrations.AddField(
            model_name="identityanswers",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="files",
                to="households.identityrun",
                verbose_name="批次",
            ),
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
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="means",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
            ],
            options={
                "verbose_name": "生产资料",
                "verbose_name_plural": "生产资料",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="households_means_positive"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind__in", ["contracted", "machine"]), models.Q(("mark", ""), _negated=True)
                        ),
                        fields=("kind", "mark"),
                        name="households_means_of_one_household",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("id_cipher", models.BinaryField(verbose_name="身份证号（密文）")),
                ("id_digest", models.BinaryField(verbose_name="身份证号（摘要）")),
                ("birth_date", models.DateField(verbose_name="出生日期")),
                ("sex", models.CharField(choices=[("男", "男"), ("女", "女")], max_length=1, verbose_name="性别")),
                ("relation", models.CharField(max_length=10, verbose_name="与户主关系")),
                ("phone_cipher", models.BinaryField(null=True, verbose_name="联系电话（密文）")),
                ("phone_digest", models.BinaryField(null=True, verbose_name="联系电话（摘要）")),
                (
                    "state",
                    models.CharField(
                        choices=[("alive", "正常"), ("dead", "死亡"), ("missing", "失踪"), ("moved", "迁出")],
                        default="alive",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("died_on", models.DateField(blank=True, null=True, verbose_name="死亡日期")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="公安核查时间")),
                ("verified_source", models.CharField(blank=True, max_length=60, verbose_name="核查来源")),
                ("created_at", models.DateTimeField(verbose_name="建档时间")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubles",
                        to="households.person",
                        verbose_name="并入的档案",
                    ),
                ),
            ],
            options={
                "verbose_name": "家庭成员",
                "verbose_name_plural": "家庭成员",
                "indexes": [
                    models.Index(fields=["household"], name="households_person_household"),
                    models.Index(fields=["phone_digest"], name="households_person_phone"),
                    django.contrib.postgres.indexes.GinIndex(
                        models.Func(
                            models.F("name"),
                            function="households_name_parts",
                            output_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(), size=None
                            ),
                        ),
                        name="households_person_name_parts",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "moved"), _negated=True),
                        fields=("id_digest",),
                        name="households_one_living_record",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("died_on__isnull", False), ("state", "dead")),
                            models.Q(models.Q(("state", "dead"), _negated=True), ("died_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="households_death_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("merged_into__isnull", True), ("state", "moved"), _connector="OR"),
                        name="households_merged_is_gone",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="identitycheck",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="identity_checks",
                to="households.person",
                verbose_name="人员",
            ),
        ),
        migrations.AddField(
            model_name="household",
            name="head",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="households.person",
                verbose_name="户主",
            ),
        ),
        migrations.CreateModel(
            name="DeliveredCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("card", "银行卡"), ("passbook", "存折")],
                        default="card",
                        max_length=8,
                        verbose_name="类别",
                    ),
                ),
                ("bank_name", models.CharField(max_length=60, verbose_name="银行")),
                ("number_digest", models.BinaryField(verbose_name="卡号（摘要）")),
                ("tail", models.CharField(max_length=4, verbose_name="尾号")),
                ("delivered_on", models.DateField(verbose_name="送达日期")),
                ("keeper", models.CharField(max_length=60, verbose_name="保管人（地点）")),
                (
                    "state",
                    models.CharField(
                        choices=[("held", "待领取"), ("handed", "已发放"), ("returned", "已退回银行")],
                        default="held",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("returned_on", models.DateField(null=True, verbose_name="退回日期")),
                ("return_reason", models.CharField(blank=True, max_length=200, verbose_name="退回原因")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.bankaccount",
                        verbose_name="一卡通账户",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "returned_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="退回经办",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="households.cardlist",
                        verbose_name="送达清单",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivered_cards",
                        to="households.person",
                        verbose_name="户名",
                    ),
                ),
            ],
            options={
                "verbose_name": "卡折",
                "verbose_name_plural": "卡折",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["person"], name="households_card_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "returned"), _negated=True),
                        fields=("number_digest",),
                        name="households_card_delivered_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("returned_by__isnull", False), ("returned_on__isnull", False), ("state", "returned")
                            ),
                            models.Q(models.Q(("state", "returned"), _negated=True), ("returned_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="households_card_returned",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("approval_opinion", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("policy_codes", models.JSONField(default=list, verbose_name="补贴政策")),
                ("reason", models.CharField(max_length=200, verbose_name="代领原因")),
                ("by_guardian", models.BooleanField(default=False, verbose_name="由监护人代补贴对象表示同意")),
                ("valid_from", models.DateField(verbose_name="代领期限起")),
                ("valid_to", models.DateField(verbose_name="代领期限止")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待财政所审核"),
                            ("checked", "待主管部门审批"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "approved_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "beneficiary_consent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="补贴对象（或监护人）同意书",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "checked_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "delegate_consent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="代领人同意书",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="主管部门",
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
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "proof",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="佐证材料",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations",
                        to="households.person",
                        verbose_name="补贴对象",
                    ),
                ),
                (
                    "delegate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegated",
                        to="households.person",
                        verbose_name="代领人",
                    ),
                ),
            ],
            options={
                "verbose_name": "代领",
                "verbose_name_plural": "代领",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["beneficiary", "state"], name="households_delegation_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("beneficiary", models.F("delegate")), _negated=True),
                        name="households_delegation_another_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_from__lte", models.F("valid_to"))), name="households_delegation_term"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            ("approved_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="households_delegation_approved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by_person__isnull", True),
                            models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="households_delegation_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by_person__isnull", True),
                            models.Q(
                                ("checked_by_person__isnull", False),
                                models.Q(("approved_by_person", models.F("made_by_person")), _negated=True),
                                models.Q(("approved_by_person", models.F("checked_by_person")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="households_delegation_three_people",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state__in", ["requested", "checked", "approved"])),
                        expressions=[
                            ("beneficiary", "="),
                            ("department", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    models.Value("[]"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="households_one_delegate",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Death",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("certificate", "死亡医学证明"),
                            ("cremation", "火化（殡葬）证明"),
                            ("cancelled", "户口注销证明"),
                            ("village", "村（社区）出具的证明"),
                            ("police", "公安联网核查结果"),
                        ],
                        max_length=12,
                        verbose_name="依据",
                    ),
                ),
                ("reported_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="证明材料",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="death",
                        to="households.person",
                        verbose_name="死亡人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "死亡登记",
                "verbose_name_plural": "死亡登记",
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="households.person",
                verbose_name="户名",
            ),
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("approval_opinion", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                (
                    "kind",
                    models.CharField(
                        choices=[("replace", "更换账户"), ("activate", "原账户已激活或解除异常")],
                        max_length=10,
                        verbose_name="变更方式",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "原账户已销户或失效"),
                            ("lost", "原卡已挂失"),
                            ("dormant", "原账户已停用（不动户）"),
                            ("frozen", "原账户被冻结"),
                            ("class_two", "II类户变更为I类户"),
                            ("personal", "原账户正常可用，因个人原因更换"),
                        ],
                        max_length=10,
                        verbose_name="变更情形",
                    ),
                ),
                ("finance_needed", models.BooleanField(db_default=False, default=False, verbose_name="须财政审批")),
                (
                    "old_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("normal", "正常"),
                            ("dormant", "不动户"),
                            ("frozen", "冻结"),
                            ("lost", "挂失"),
                            ("closed", "已销户"),
                        ],
                        max_length=10,
                        verbose_name="原账户状态",
                    ),
                ),
                ("bank_name", models.CharField(blank=True, max_length=60, verbose_name="开户银行")),
                ("number_cipher", models.BinaryField(null=True, verbose_name="新账号（密文）")),
                ("number_digest", models.BinaryField(null=True, verbose_name="新账号（摘要）")),
                ("tail", models.CharField(blank=True, max_length=4, verbose_name="新尾号")),
                ("social_card", models.BooleanField(db_default=True, default=True, verbose_name="新账户是社会保障卡")),
                ("reason", models.CharField(max_length=200, verbose_name="变更原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "待单位审核"),
                            ("unit_approved", "待财政局审批"),
                            ("approved", "已生效"),
                            ("rejected", "未通过"),
                        ],
                        default="submitted",
                        max_length=14,
                        verbose_name="状态",
                    ),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审批人",
                    ),
                ),
                (
                    "approved_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "checked_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="证明材料",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="申请单位",
                    ),
                ),
                (
                    "new_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.bankaccount",
                        verbose_name="新账户",
                    ),
                ),
                (
                    "old_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.bankaccount",
                        verbose_name="原账户",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_changes",
                        to="households.person",
                        verbose_name="户名",
                    ),
                ),
            ],
            options={
                "verbose_name": "账户变更",
                "verbose_name_plural": "账户变更",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["submitted", "unit_approved"])),
                        fields=("person",),
                        name="households_one_open_account_change",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "submitted"), ("checked_by_person__isnull", False), _connector="OR"
                        ),
                        name="households_account_change_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by_person__isnull", True),
                            models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="households_account_change_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by_person__isnull", True),
                            models.Q(
                                ("checked_by_person__isnull", False),
                                models.Q(("approved_by_person", models.F("made_by_person")), _negated=True),
                                models.Q(("approved_by_person", models.F("checked_by_person")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="households_account_change_three_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finance_needed", True), ("state", "approved"), _negated=True),
                            ("approved_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="households_account_change_finance",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", "personal"), _negated=True), ("evidence__isnull", False), _connector="OR"
                        ),
                        name="households_account_change_statement",
                    ),
                ],
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
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        to="households.household",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        to="households.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "底册沿革",
                "verbose_name_plural": "底册沿革",
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["household", "id"], name="households_history_of_home"),
                    models.Index(
                        condition=models.Q(("act", "add"), _negated=True),
                        fields=["person", "id"],
                        name="households_history_of_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[("add", "新增"), ("update", "批量更新")],
                        default="add",
                        max_length=8,
                        verbose_name="用途",
                    ),
                ),
                (
                    "state",
                    models.CharField(
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
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("good_rows", models.PositiveIntegerField(default=0, verbose_name="可入库行数")),
                ("summary", models.JSONField(default=dict, verbose_name="汇总")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
                ("taken_in_at", models.DateTimeField(null=True, verbose_name="入库时间")),
                ("history_after", models.BigIntegerField(null=True)),
                ("history_until", models.BigIntegerField(null=True)),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="入库人",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="村（社区）变更申请",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="任务",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="机构",
                    ),
                ),
                (
                    "township",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "底册导入",
                "verbose_name_plural": "底册导入",
                "ordering": ["-id"],
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
                            ("bulk", "批量更新"),
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
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="村（社区）变更申请",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "checked_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
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
                    "household",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.household",
                        verbose_name="变更后的农户",
                    ),
                ),
                (
                    "township",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="村（社区）",
                    ),
                ),
            ],
            options={
                "verbose_name": "信息变更",
                "verbose_name_plural": "信息变更",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["township", "state"], name="households_request_waiting")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("household",),
                        name="households_one_open_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "refused"]), _negated=True),
                            ("checked_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="households_request_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by_person__isnull", True),
                            models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="households_request_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["new", "bulk"]), ("household__isnull", False), _connector="OR"
                        ),
                        name="households_request_has_household",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="errors",
                        to="households.registerimport",
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [models.Index(fields=["batch", "row"], name="households_import_errors")],
            },
        ),
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
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="households.registerimport",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="人员",
                    ),
                ),
                (
                    "was_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.bankaccount",
                    ),
                ),
            ],
            options={
                "ordering": ["row"],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "person"), name="households_update_person_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RequestOriginal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="原件影像",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="originals",
                        to="households.registerrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "变更原件",
                "verbose_name_plural": "变更原件",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("relation", models.CharField(max_length=20, verbose_name="继承人与死亡人员的关系")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待财政所审核"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="死亡证明",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "checked_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "deceased",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successions",
                        to="households.person",
                        verbose_name="死亡人员",
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
                    "heir",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inherits",
                        to="households.person",
                        verbose_name="继承人",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "relation_proof",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="亲属关系证明",
                    ),
                ),
            ],
            options={
                "verbose_name": "继承转录",
                "verbose_name_plural": "继承转录",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deceased", models.F("heir")), _negated=True),
                        name="households_succession_another_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["requested", "approved"])),
                        fields=("deceased",),
                        name="households_one_heir",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            ("checked_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="households_succession_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by_person__isnull", True),
                            models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="households_succession_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VirtualMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("reason", models.CharField(max_length=200, verbose_name="引用事由（给对方的留言）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待对方财政所同意"),
                            ("consented", "已同意引用"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
                    ),
                ),
                (
                    "checked_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
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
                    "host",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="引用的乡镇",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="references",
                        to="households.person",
                        verbose_name="被引用人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "跨区划引用",
                "verbose_name_plural": "跨区划引用",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["host", "state"], name="households_virtual_host")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["requested", "consented"])),
                        fields=("person", "host"),
                        name="households_one_reference",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "consented"), _negated=True),
                            ("checked_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="households_reference_checked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_by_person__isnull", True),
                            models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="households_reference_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeathNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(null=True, verbose_name="知悉时间")),
                (
                    "death",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="households.death",
                        verbose_name="死亡登记",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="被通报单位",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="知悉人",
                    ),
                ),
            ],
            options={
                "verbose_name": "死亡通报",
                "verbose_name_plural": "死亡通报",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("death", "organisation"), name="households_death_told_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CardHandout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "to",
                    models.CharField(
                        choices=[("owner", "本人"), ("delegate", "他人代领")], max_length=8, verbose_name="领取人"
                    ),
                ),
                ("collector_name", models.CharField(blank=True, max_length=50, verbose_name="代领人姓名")),
                ("collector_cipher", models.BinaryField(null=True, verbose_name="代领人身份证号（密文）")),
                ("collector_digest", models.BinaryField(null=True, verbose_name="代领人身份证号（摘要）")),
                ("relation", models.CharField(blank=True, max_length=20, verbose_name="与本人关系")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="代领原因")),
                (
                    "paper_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mandate", "本人书面委托书"),
                            ("guardian", "监护关系证明"),
                            ("village", "村（社区）出具的证明"),
                        ],
                        max_length=8,
                        verbose_name="代领凭证",
                    ),
                ),
                ("witness", models.CharField(max_length=50, verbose_name="见证人")),
                ("handed_on", models.DateField(verbose_name="发放日期")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "handed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="发放人",
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="代领凭证影像",
                    ),
                ),
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handout",
                        to="households.deliveredcard",
                        verbose_name="卡折",
                    ),
                ),
            ],
            options={
                "verbose_name": "卡折发放",
                "verbose_name_plural": "卡折发放",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["collector_digest"], name="households_card_collector")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("collector_digest__isnull", True), ("paper__isnull", True), ("to", "owner")),
                            models.Q(
                                ("collector_digest__isnull", False),
                                ("paper__isnull", False),
                                ("to", "delegate"),
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("paper_kind", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="households_card_delegate_paper",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "answers",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="errors",
                        to="households.identityanswers",
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [models.Index(fields=["answers", "row"], name="households_identity_errors")],
            },
        ),
        migrations.AddIndex(
            model_name="identitycheck",
            index=models.Index(fields=["person"], name="households_identity_person"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="households_identity_number"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(fields=("run", "person"), name="households_identity_once_in_a_run"),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("waiting", True)), fields=("person",), name="households_identity_asked_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(
                condition=models.Q(("current", True)), fields=("person",), name="households_identity_one_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use", True)), fields=("person",), name="households_one_card_in_use"
            ),
        ),
        migrations.AddConstraint(
            model_name="bankaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use", True)), fields=("number_digest",), name="households_card_of_one_person"
            ),
        ),
    ]
