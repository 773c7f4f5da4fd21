"""A case of recovery has its debtor, notices and instalments, and ends: whole, or by a paper."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file

# Cases that are there already get their number; their guard is replaced below.
NUMBERS = """
ALTER TABLE disbursement_recoverycase DISABLE TRIGGER disbursement_recovery_guard;
UPDATE disbursement_recoverycase
   SET number = 'ZJ' || to_char(opened_at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || lpad(id::text, 5, '0');
ALTER TABLE disbursement_recoverycase ENABLE TRIGGER disbursement_recovery_guard;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_schools_and_department_officers"),
        ("disbursement", "0008_recovery_cases"),
        ("households", "0003_papers_change_who_is_paid"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecoveryEnding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lost_fen", models.BigIntegerField(verbose_name="无法追回金额（分）")),
                ("reason", models.CharField(max_length=300, verbose_name="无法追回的原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待财政局负责人审定"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审定时间")),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="意见")),
            ],
            options={
                "verbose_name": "追缴未全额办结",
                "verbose_name_plural": "追缴未全额办结",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RecoveryEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("proposed", "提出追缴"),
                            ("opened", "建立追缴"),
                            ("refused", "不同意追缴"),
                            ("debtor", "变更退款责任人"),
                            ("notice", "签发追缴通知书"),
                            ("entered", "登记回款"),
                            ("confirmed", "确认回款"),
                            ("struck", "划去回款"),
                            ("recovered", "全部追回，办结"),
                            ("ending", "提出未全额办结"),
                            ("ending_refused", "不同意未全额办结"),
                            ("ending_withdrawn", "撤回未全额办结"),
                            ("ended", "未全额办结"),
                            ("returned", "银行退回，追缴终止"),
                        ],
                        max_length=20,
                        verbose_name="事项",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=400, verbose_name="说明")),
                ("fen", models.BigIntegerField(null=True, verbose_name="金额（分）")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "追缴经过",
                "verbose_name_plural": "追缴经过",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RecoveryInstalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("received_on", models.DateField(verbose_name="到账日期")),
                ("bank_reference", models.CharField(max_length=60, verbose_name="银行流水号")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待确认"), ("confirmed", "已确认"), ("struck", "已划去")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="确认或划去时间")),
                ("strike_reason", models.CharField(blank=True, max_length=200, verbose_name="划去原因")),
            ],
            options={
                "verbose_name": "追缴回款",
                "verbose_name_plural": "追缴回款",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RecoveryNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="通知书编号")),
                ("debtor_name", models.CharField(max_length=50, verbose_name="退款责任人")),
                ("amount_fen", models.BigIntegerField(verbose_name="应退金额（分）")),
                ("account_name", models.CharField(max_length=100, verbose_name="收款账户户名")),
                ("account_bank", models.CharField(max_length=60, verbose_name="开户银行")),
                ("account_cipher", models.BinaryField(verbose_name="账号（密文）")),
                ("account_tail", models.CharField(max_length=4, verbose_name="尾号")),
                ("due_on", models.DateField(verbose_name="退款截止日")),
                ("contact", models.CharField(max_length=60, verbose_name="联系人及办公电话")),
                ("issued_at", models.DateTimeField(verbose_name="签发时间")),
            ],
            options={
                "verbose_name": "追缴通知书",
                "verbose_name_plural": "追缴通知书",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="closed_at",
            field=models.DateTimeField(null=True, verbose_name="办结时间"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="debtor_kind",
            field=models.CharField(
                choices=[
                    ("payee", "收款人本人"),
                    ("household", "家庭成员"),
                    ("heir", "继承人"),
                    ("other", "其他责任人"),
                ],
                default="heir",
                max_length=10,
                verbose_name="退款责任人",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="debtor_name",
            field=models.CharField(blank=True, max_length=50, verbose_name="退款责任人姓名"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="debtor_relation",
            field=models.CharField(blank=True, max_length=20, verbose_name="与享受人的关系"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="decided_at",
            field=models.DateTimeField(null=True, verbose_name="审核时间"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="decided_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="evidence",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="证明材料",
            ),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="number",
            field=models.CharField(max_length=30, null=True, verbose_name="追缴编号"),
        ),
        migrations.RunSQL(NUMBERS, elidable=True),
        migrations.AlterField(
            model_name="recoverycase",
            name="number",
            field=models.CharField(max_length=30, unique=True, verbose_name="追缴编号"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="opened_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="received_fen",
            field=models.BigIntegerField(default=0, verbose_name="已追回金额（分）"),
        ),
        migrations.AddField(
            model_name="recoverycase",
            name="words",
            field=models.CharField(blank=True, max_length=300, verbose_name="事由"),
        ),
        migrations.AlterField(
            model_name="recoverycase",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recoveries",
                to="disbursement.payment",
                verbose_name="支付",
            ),
        ),
        migrations.AlterField(
            model_name="recoverycase",
            name="reason",
            field=models.CharField(
                choices=[
                    ("death", "死亡后继续发放"),
                    ("double", "重复发放"),
                    ("no_right", "不符合条件"),
                    ("amount", "金额有误"),
                    ("fraud", "虚报冒领"),
                    ("other", "其他"),
                ],
                max_length=10,
                verbose_name="追缴原因",
            ),
        ),
        migrations.AlterField(
            model_name="recoverycase",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "待审核"),
                    ("open", "追缴中"),
                    ("recovered", "已追回"),
                    ("ended", "未全额办结"),
                    ("refused", "未同意"),
                    ("returned", "银行已退回"),
                ],
                default="open",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("received_fen__gte", 0),
                    models.Q(
                        models.Q(("received_fen", models.F("amount_fen")), ("state", "recovered")),
                        models.Q(
                            models.Q(("state", "recovered"), _negated=True),
                            ("received_fen__lt", models.F("amount_fen")),
                        ),
                        _connector="OR",
                    ),
                ),
                name="disbursement_recovery_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", False), ("state__in", ["open", "recovered", "ended"])),
                    models.Q(("reason", "death"), ("state__in", ["open", "recovered", "ended"])),
                    models.Q(("received_fen", 0), ("state__in", ["proposed", "refused", "returned"])),
                    _connector="OR",
                ),
                name="disbursement_recovery_agreed",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by_person__isnull", True)),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                        ("opened_by_person__isnull", False),
                        models.Q(("decided_by_person", models.F("opened_by_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="disbursement_recovery_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason", "death"),
                    models.Q(
                        ("evidence__isnull", False),
                        ("opened_by_person__isnull", False),
                        models.Q(("words", ""), _negated=True),
                        models.Q(("debtor_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="disbursement_recovery_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state__in", ["proposed", "open"])),
                    models.Q(
                        models.Q(("state__in", ["proposed", "open"]), _negated=True), ("closed_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="disbursement_recovery_over",
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="basis",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="依据文件",
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="endings",
                to="disbursement.recoverycase",
                verbose_name="追缴",
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审定人",
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="decided_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="提出人",
            ),
        ),
        migrations.AddField(
            model_name="recoveryending",
            name="proposed_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoveryevent",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="办理人",
            ),
        ),
        migrations.AddField(
            model_name="recoveryevent",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="disbursement.recoverycase",
                verbose_name="追缴",
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="instalments",
                to="disbursement.recoverycase",
                verbose_name="追缴",
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="decided_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="确认人",
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="decided_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="entered_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="recoveryinstalment",
            name="slip",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="银行回单",
            ),
        ),
        migrations.AddField(
            model_name="recoverynotice",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="disbursement.recoverycase",
                verbose_name="追缴",
            ),
        ),
        migrations.AddField(
            model_name="recoverynotice",
            name="issued_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="签发人",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryending",
            constraint=models.CheckConstraint(
                condition=models.Q(("lost_fen__gt", 0), models.Q(("reason", ""), _negated=True)),
                name="disbursement_recovery_ending_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryending",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "proposed")), fields=("case",), name="disbursement_recovery_one_ending"
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "proposed")),
                    models.Q(("decided_at__isnull", False), ("state", "withdrawn")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                        ("state__in", ["approved", "refused"]),
                        models.Q(("decided_by_person", models.F("proposed_by_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="disbursement_recovery_ending_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryinstalment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), models.Q(("bank_reference", ""), _negated=True)),
                name="disbursement_instalment_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryinstalment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "struck"), _negated=True),
                fields=("case", "bank_reference"),
                name="disbursement_instalment_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryinstalment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by_person__isnull", True), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="disbursement_instalment_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryinstalment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(("decided_by_person", models.F("entered_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="disbursement_instalment_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoveryinstalment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "struck"), models.Q(("strike_reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "struck"), _negated=True), ("strike_reason", "")),
                    _connector="OR",
                ),
                name="disbursement_instalment_struck_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0), models.Q(("debtor_name", ""), _negated=True)),
                name="disbursement_recovery_notice_told",
            ),
        ),
        run_sql_file(__file__, "recovery_cases.sql"),
    ]
