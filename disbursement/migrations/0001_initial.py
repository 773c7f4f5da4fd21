import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
        ("households", "0001_initial"),
        ("jobs", "0001_initial"),
        ("rosters", "0001_initial"),
        ("subsidies", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="户名")),
                ("number_cipher", models.BinaryField(verbose_name="账号（密文）")),
                ("tail", models.CharField(max_length=4, verbose_name="尾号")),
                ("layout", models.CharField(max_length=20, verbose_name="代发文件格式")),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agent_accounts",
                        to="accounts.organisation",
                        verbose_name="银行",
                    ),
                ),
            ],
            options={
                "verbose_name": "代发户",
                "verbose_name_plural": "代发户",
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bank_reference", models.CharField(max_length=60, unique=True, verbose_name="银行流水号")),
                ("amount_fen", models.BigIntegerField(verbose_name="到账金额（分）")),
                ("used_fen", models.BigIntegerField(default=0, verbose_name="已用（分）")),
                ("arrived_at", models.DateTimeField(verbose_name="到账时间")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="录入人",
                    ),
                ),
            ],
            options={
                "verbose_name": "到账",
                "verbose_name_plural": "到账",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("used_fen__gte", 0), ("used_fen__lte", models.F("amount_fen"))),
                        name="disbursement_arrival_not_overdrawn",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="批次号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("first", "首次发放"), ("reissue", "补发")], max_length=8, verbose_name="类别"
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[("account", "打卡"), ("cash", "现金")],
                        default="account",
                        max_length=8,
                        verbose_name="发放方式",
                    ),
                ),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("data_first", models.BooleanField(default=False, verbose_name="先数据后资金")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "待复核放行"),
                            ("released", "已放行待传送"),
                            ("sent", "银行发放中"),
                            ("answered", "已反馈"),
                            ("cancelled", "已撤销"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("payment_count", models.PositiveIntegerField(default=0, verbose_name="笔数")),
                ("total_fen", models.BigIntegerField(default=0, verbose_name="金额合计（分）")),
                ("paid_count", models.PositiveIntegerField(default=0, verbose_name="成功笔数")),
                ("paid_fen", models.BigIntegerField(default=0, verbose_name="成功金额（分）")),
                ("failed_count", models.PositiveIntegerField(default=0, verbose_name="失败笔数")),
                ("failed_fen", models.BigIntegerField(default=0, verbose_name="失败金额（分）")),
                ("made_at", models.DateTimeField(verbose_name="制单时间")),
                ("released_at", models.DateTimeField(null=True, verbose_name="放行时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="送达银行时间")),
                ("verified_at", models.DateTimeField(null=True, verbose_name="银行核对无误时间")),
                ("discrepancy", models.CharField(blank=True, max_length=300, verbose_name="银行核对不符")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="银行发放结束时间")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="反馈时间")),
                (
                    "agent_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="disbursement.agentaccount",
                    ),
                ),
                (
                    "arrival",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="disbursement.arrival",
                        verbose_name="到账",
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="accounts.organisation",
                        verbose_name="代理银行",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="代发文件",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="制单人",
                    ),
                ),
                (
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches_paid",
                        to="accounts.organisation",
                        verbose_name="发放单位",
                    ),
                ),
                (
                    "quota",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.quota",
                        verbose_name="资金指标",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="放行人",
                    ),
                ),
                (
                    "released_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "verified_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放批次",
                "verbose_name_plural": "发放批次",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_by_person__isnull", True),
                            models.Q(("released_by_person", models.F("made_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="disbursement_batch_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "cancelled"]),
                            models.Q(
                                ("payment_count__gt", 0), ("released_by_person__isnull", False), ("total_fen__gt", 0)
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_batch_released",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("arrival__isnull", False),
                            models.Q(
                                ("data_first", True),
                                ("finished_at__isnull", True),
                                ("status__in", ["draft", "released", "sent", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_batch_money",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankOutbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=100, verbose_name="文件名")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待传送"), ("sent", "已传送"), ("failed", "传送失败")],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="错误")),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="传送时间")),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outbox", to="disbursement.batch"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BatchRoster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.BinaryField(verbose_name="指纹")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="disbursement.batch"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="rosters.roster"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "roster"), name="disbursement_batch_roster_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="batch",
            name="rosters",
            field=models.ManyToManyField(
                related_name="batches", through="disbursement.BatchRoster", to="rosters.roster"
            ),
        ),
        migrations.CreateModel(
            name="CashSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="编号")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("planned", "已安排"),
                            ("drawn", "现金已领出"),
                            ("settled", "待领导核对"),
                            ("closed", "已办结"),
                            ("cancelled", "已取消"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("held_at", models.DateTimeField(verbose_name="会议时间")),
                ("place", models.CharField(max_length=100, verbose_name="会议地点")),
                (
                    "chair",
                    models.CharField(
                        choices=[("first_secretary", "村第一书记"), ("branch_secretary", "村支部书记")],
                        max_length=20,
                        verbose_name="主持人职务",
                    ),
                ),
                ("chaired_by", models.CharField(max_length=50, verbose_name="主持人")),
                ("attendance", models.PositiveIntegerField(null=True, verbose_name="到会人数")),
                ("policy_read", models.BooleanField(default=False, verbose_name="已宣读政策")),
                ("minutes", models.TextField(blank=True, verbose_name="会议记录")),
                ("drawn_fen", models.BigIntegerField(default=0, verbose_name="领出现金（分）")),
                ("drawn_reference", models.CharField(blank=True, max_length=60, verbose_name="取款凭证号")),
                ("drawn_at", models.DateTimeField(null=True, verbose_name="取款时间")),
                ("handed_count", models.PositiveIntegerField(default=0, verbose_name="发出笔数")),
                ("handed_fen", models.BigIntegerField(default=0, verbose_name="发出金额（分）")),
                ("returned_fen", models.BigIntegerField(default=0, verbose_name="存回现金（分）")),
                ("returned_reference", models.CharField(blank=True, max_length=60, verbose_name="存款凭证号")),
                ("returned_at", models.DateTimeField(null=True, verbose_name="存回时间")),
                ("planned_at", models.DateTimeField(verbose_name="安排时间")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="结算时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cash_sessions",
                        to="disbursement.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
                    ),
                ),
                (
                    "closed_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "planned_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="结算人",
                    ),
                ),
                (
                    "settled_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="组织单位",
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
                "verbose_name": "现金发放会",
                "verbose_name_plural": "现金发放会",
                "ordering": ["-held_at", "-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["planned", "cancelled"]),
                            models.Q(
                                ("drawn_at__isnull", False),
                                ("drawn_fen__gt", 0),
                                models.Q(("drawn_reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_cash_drawn_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["settled", "closed"]), _negated=True),
                            (
                                "drawn_fen",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("handed_fen"), "+", models.F("returned_fen")
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_cash_nothing_kept",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("returned_fen", 0),
                            models.Q(
                                ("returned_at__isnull", False),
                                ("returned_fen__gt", 0),
                                models.Q(("returned_reference", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_cash_returned_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "closed"), _negated=True),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by_person__isnull", False),
                                ("settled_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_cash_closed_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_by_person__isnull", True),
                            models.Q(
                                models.Q(("closed_by_person", models.F("planned_by_person")), _negated=True),
                                models.Q(("closed_by_person", models.F("settled_by_person")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_cash_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["settled", "closed"]), _negated=True),
                            models.Q(("policy_read", True), models.Q(("minutes", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="disbursement_cash_assembly",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CashScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_list", "签字发放表"),
                            ("minutes", "会议记录"),
                            ("photo", "会议照片"),
                            ("slip", "取款存款凭证"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
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
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="disbursement.cashsession",
                        verbose_name="发放会",
                    ),
                ),
            ],
            options={
                "verbose_name": "现金发放影像",
                "verbose_name_plural": "现金发放影像",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CashTeamMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                (
                    "office",
                    models.CharField(
                        choices=[("township", "乡镇干部"), ("village", "村“两委”成员")],
                        max_length=10,
                        verbose_name="身份",
                    ),
                ),
                ("duty", models.CharField(blank=True, max_length=40, verbose_name="职务")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="team",
                        to="disbursement.cashsession",
                        verbose_name="发放会",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放小组成员",
                "verbose_name_plural": "发放小组成员",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "name"), name="disbursement_cash_member_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Clearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="清算编号")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                ("period_end", models.DateField(verbose_name="清算截止日")),
                ("rules", models.JSONField(verbose_name="适用规则")),
                (
                    "status",
                    models.CharField(
                        choices=[("due", "待清算"), ("confirming", "待各方确认"), ("cleared", "已清算")],
                        default="due",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="列入时间")),
                ("begun_at", models.DateTimeField(null=True, verbose_name="送确认时间")),
                ("round", models.PositiveSmallIntegerField(default=0, verbose_name="第几次送确认")),
                ("digest", models.BinaryField(null=True, verbose_name="数字摘要")),
                ("dispute", models.CharField(blank=True, max_length=300, verbose_name="退回原因")),
                ("surplus_fen", models.BigIntegerField(default=0, verbose_name="结余（分）")),
                ("left_fen", models.BigIntegerField(default=0, verbose_name="代发户余额（分）")),
                ("handback_reference", models.CharField(blank=True, max_length=60, verbose_name="缴回凭证号")),
                ("handback_at", models.DateTimeField(null=True, verbose_name="缴回时间")),
                ("cleared_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "begun_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "cleared_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办结人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearings",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "清算",
                "verbose_name_plural": "清算",
                "ordering": ["-year", "policy__code", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "cleared"), _negated=True),
                        fields=("policy", "year"),
                        name="disbursement_clearing_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "due"),
                            models.Q(("begun_by_person__isnull", False), ("digest__isnull", False)),
                            _connector="OR",
                        ),
                        name="disbursement_clearing_sealed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "cleared"), _negated=True),
                            models.Q(
                                ("cleared_at__isnull", False),
                                ("cleared_by__isnull", False),
                                models.Q(
                                    ("left_fen", 0),
                                    models.Q(
                                        ("handback_at__isnull", False),
                                        models.Q(("handback_reference", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_clearing_handed_back",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingConfirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField(verbose_name="第几次送确认")),
                (
                    "party",
                    models.CharField(
                        choices=[
                            ("unit", "编制单位（乡镇、学校）"),
                            ("department", "主管部门"),
                            ("finance", "财政部门"),
                            ("bank", "代理金融机构"),
                        ],
                        max_length=12,
                        verbose_name="参加方",
                    ),
                ),
                ("digest", models.BinaryField(verbose_name="数字摘要")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="确认人",
                    ),
                ),
                (
                    "by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="disbursement.clearing",
                        verbose_name="清算",
                    ),
                ),
                (
                    "maker_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "清算确认",
                "verbose_name_plural": "清算确认",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clearing", "round", "organisation"), name="disbursement_clearing_once_an_office"
                    ),
                    models.UniqueConstraint(
                        fields=("clearing", "round", "by_person"), name="disbursement_clearing_other_people"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("by_person", models.F("maker_person")), _negated=True),
                        name="disbursement_clearing_maker_is_not_checker",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingQuota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField(default=0, verbose_name="指标金额（分）")),
                ("paid_fen", models.BigIntegerField(default=0, verbose_name="已发放（分）")),
                ("recovered_fen", models.BigIntegerField(default=0, verbose_name="已追回（分）")),
                ("returned_fen", models.BigIntegerField(default=0, verbose_name="发放失败退回（分）")),
                ("unused_fen", models.BigIntegerField(default=0, verbose_name="未使用指标（分）")),
                ("handed_back_fen", models.BigIntegerField(default=0, verbose_name="已上缴结余（分）")),
                ("arrived_fen", models.BigIntegerField(default=0, verbose_name="到账（分）")),
                ("left_fen", models.BigIntegerField(default=0, verbose_name="代发户余额（分）")),
                ("payments", models.PositiveIntegerField(default=0, verbose_name="成功笔数")),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="disbursement.clearing",
                        verbose_name="清算",
                    ),
                ),
                (
                    "quota",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clearing_part",
                        to="subsidies.quota",
                        verbose_name="指标",
                    ),
                ),
            ],
            options={
                "verbose_name": "清算指标",
                "verbose_name_plural": "清算指标",
                "ordering": ["quota__document_number"],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="批内序号")),
                ("attempt", models.PositiveSmallIntegerField(default=1, verbose_name="第几次支付")),
                ("payee_name", models.CharField(max_length=50, verbose_name="收款人姓名")),
                ("payee_id_cipher", models.BinaryField(verbose_name="身份证号（密文）")),
                ("bank_name", models.CharField(max_length=60, verbose_name="开户银行")),
                ("account_cipher", models.BinaryField(verbose_name="账号（密文）")),
                ("account_digest", models.BinaryField(verbose_name="账号（摘要）")),
                ("account_tail", models.CharField(max_length=4, verbose_name="尾号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "待发送"),
                            ("sent", "银行处理中"),
                            ("unknown", "结果待查"),
                            ("paid", "已发放"),
                            ("failed", "发放失败"),
                            ("cancelled", "已撤销"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=4, verbose_name="失败原因")),
                ("bank_message", models.CharField(blank=True, max_length=200, verbose_name="银行返回信息")),
                ("bank_reference", models.CharField(blank=True, max_length=60, verbose_name="银行流水号")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="入账或退回时间")),
                (
                    "disposal",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("open", "待处理"),
                            ("mended", "账户已更正，待补发"),
                            ("reissued", "已补发"),
                            ("returned", "已退回申报"),
                            ("taken_out", "已移出清册"),
                            ("surplus", "已转作结余"),
                        ],
                        max_length=10,
                        verbose_name="失败处理",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="disbursement.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="payments",
                        to="rosters.rosterline",
                        verbose_name="清册明细",
                    ),
                ),
                (
                    "mended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.accountchange",
                    ),
                ),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="households.person",
                        verbose_name="收款人",
                    ),
                ),
                (
                    "previous",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followers",
                        to="disbursement.payment",
                        verbose_name="上一次支付",
                    ),
                ),
            ],
            options={
                "verbose_name": "支付",
                "verbose_name_plural": "支付",
                "ordering": ["batch", "number"],
                "indexes": [
                    models.Index(fields=["line", "attempt"], name="disbursement_payment_line"),
                    models.Index(fields=["payee"], name="disbursement_payment_payee"),
                    models.Index(
                        condition=models.Q(("status", "failed")),
                        fields=["disposal"],
                        name="disbursement_payment_failed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "number"), name="disbursement_payment_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ["pending", "sent", "unknown", "paid"])),
                        fields=("line",),
                        name="disbursement_no_one_paid_twice",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "cancelled"), _negated=True),
                        fields=("line", "attempt"),
                        name="disbursement_payment_attempt",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "cancelled"), _negated=True),
                        fields=("previous",),
                        name="disbursement_payment_one_successor",
                    ),
                    models.UniqueConstraint(fields=("id", "amount_fen"), name="disbursement_payment_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="disbursement_payment_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("attempt", 1), ("previous__isnull", True)),
                            models.Q(("attempt__gt", 1), ("previous__isnull", False)),
                            _connector="OR",
                        ),
                        name="disbursement_payment_reissue_names_previous",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), _negated=True),
                            models.Q(
                                models.Q(("reason", ""), _negated=True), models.Q(("disposal", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_payment_failed_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CashHandout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("waiting", "待发放"), ("handed", "已签字领取"), ("not_handed", "未领取")],
                        default="waiting",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("signed", models.BooleanField(default=False, verbose_name="双方已签字")),
                ("at_home", models.BooleanField(default=False, verbose_name="入户发放")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("reason", models.CharField(blank=True, max_length=4, verbose_name="未领取原因")),
                ("at", models.DateTimeField(null=True, verbose_name="时间")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handouts",
                        to="disbursement.cashsession",
                        verbose_name="发放会",
                    ),
                ),
                (
                    "giver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="disbursement.cashteammember",
                        verbose_name="发放人",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handout",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
            ],
            options={
                "verbose_name": "现金签收",
                "verbose_name_plural": "现金签收",
                "ordering": ["payment__number", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "handed"), _negated=True),
                            models.Q(("at__isnull", False), ("giver__isnull", False), ("reason", ""), ("signed", True)),
                            _connector="OR",
                        ),
                        name="disbursement_cash_both_signed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at_home", False),
                            models.Q(("outcome", "handed"), models.Q(("note", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="disbursement_cash_home_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "not_handed"), _negated=True),
                            models.Q(models.Q(("reason", ""), _negated=True), ("signed", False)),
                            _connector="OR",
                        ),
                        name="disbursement_cash_not_handed_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="支付单号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("succeeded_at", models.DateTimeField(verbose_name="拨付成功时间")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                (
                    "agent_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="disbursement.agentaccount",
                        verbose_name="代发户",
                    ),
                ),
                (
                    "batch",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order",
                        to="disbursement.batch",
                        verbose_name="批次",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="录入人",
                    ),
                ),
                (
                    "quota",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payment_orders",
                        to="subsidies.quota",
                        verbose_name="资金指标",
                    ),
                ),
            ],
            options={
                "verbose_name": "国库支付单",
                "verbose_name_plural": "国库支付单",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="disbursement_order_positive"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="arrival",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="arrival",
                to="disbursement.paymentorder",
                verbose_name="支付单",
            ),
        ),
        migrations.CreateModel(
            name="PayoutCycle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("opened_at", models.DateTimeField(verbose_name="列入时间")),
                ("paid_at", models.DateTimeField(null=True, verbose_name="发放完毕时间")),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payout_cycles",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "按期发放",
                "verbose_name_plural": "按期发放",
                "ordering": ["-period_start", "policy__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "period_start"), name="disbursement_cycle_once"),
                    models.CheckConstraint(
                        condition=models.Q(("period_start__lte", models.F("period_end"))),
                        name="disbursement_cycle_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="追缴编号")),
                (
                    "reason",
                    models.CharField(
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
                ("words", models.CharField(blank=True, max_length=300, verbose_name="事由")),
                ("reckoning", models.CharField(max_length=200, verbose_name="金额的算法")),
                ("amount_fen", models.BigIntegerField(verbose_name="应追缴金额（分）")),
                (
                    "debtor_kind",
                    models.CharField(
                        choices=[
                            ("payee", "收款人本人"),
                            ("household", "家庭成员"),
                            ("heir", "继承人"),
                            ("other", "其他责任人"),
                        ],
                        max_length=10,
                        verbose_name="退款责任人",
                    ),
                ),
                ("debtor_name", models.CharField(blank=True, max_length=50, verbose_name="退款责任人姓名")),
                ("debtor_relation", models.CharField(blank=True, max_length=20, verbose_name="与享受人的关系")),
                ("received_fen", models.BigIntegerField(default=0, verbose_name="已追回金额（分）")),
                (
                    "state",
                    models.CharField(
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
                ("opened_at", models.DateTimeField(verbose_name="建立时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审核人",
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
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="主管部门",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="证明材料",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="建立人",
                    ),
                ),
                (
                    "opened_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recoveries",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="享受人",
                    ),
                ),
            ],
            options={
                "verbose_name": "追缴",
                "verbose_name_plural": "追缴",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="disbursement_recovery_positive"
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", False), ("state__in", ["open", "recovered", "ended"])),
                            models.Q(("reason", "death"), ("state__in", ["open", "recovered", "ended"])),
                            models.Q(("received_fen", 0), ("state__in", ["proposed", "refused", "returned"])),
                            _connector="OR",
                        ),
                        name="disbursement_recovery_agreed",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("state__in", ["proposed", "open"])),
                            models.Q(
                                models.Q(("state__in", ["proposed", "open"]), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_recovery_over",
                    ),
                ],
            },
        ),
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
                (
                    "basis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="依据文件",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endings",
                        to="disbursement.recoverycase",
                        verbose_name="追缴",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="审定人",
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
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
                    ),
                ),
                (
                    "proposed_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
            ],
            options={
                "verbose_name": "追缴未全额办结",
                "verbose_name_plural": "追缴未全额办结",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lost_fen__gt", 0), models.Q(("reason", ""), _negated=True)),
                        name="disbursement_recovery_ending_told",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("case",),
                        name="disbursement_recovery_one_ending",
                    ),
                    models.CheckConstraint(
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
                ],
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
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="disbursement.recoverycase",
                        verbose_name="追缴",
                    ),
                ),
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
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="instalments",
                        to="disbursement.recoverycase",
                        verbose_name="追缴",
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
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "entered_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "slip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="银行回单",
                    ),
                ),
            ],
            options={
                "verbose_name": "追缴回款",
                "verbose_name_plural": "追缴回款",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), models.Q(("bank_reference", ""), _negated=True)),
                        name="disbursement_instalment_told",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "struck"), _negated=True),
                        fields=("case", "bank_reference"),
                        name="disbursement_instalment_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True), ("decided_by_person__isnull", True), ("state", "waiting")
                            ),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="disbursement_instalment_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            models.Q(("decided_by_person", models.F("entered_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="disbursement_instalment_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "struck"), models.Q(("strike_reason", ""), _negated=True)),
                            models.Q(models.Q(("state", "struck"), _negated=True), ("strike_reason", "")),
                            _connector="OR",
                        ),
                        name="disbursement_instalment_struck_why",
                    ),
                ],
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
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="disbursement.recoverycase",
                        verbose_name="追缴",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签发人",
                    ),
                ),
            ],
            options={
                "verbose_name": "追缴通知书",
                "verbose_name_plural": "追缴通知书",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), models.Q(("debtor_name", ""), _negated=True)),
                        name="disbursement_recovery_notice_told",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResultFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(unique=True, verbose_name="文件摘要")),
                ("line_count", models.PositiveIntegerField(verbose_name="笔数")),
                ("paid_fen", models.BigIntegerField(verbose_name="成功金额（分）")),
                ("failed_fen", models.BigIntegerField(verbose_name="失败金额（分）")),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="disbursement.batch",
                        verbose_name="批次",
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
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="jobs.job"
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="接收人",
                    ),
                ),
            ],
            options={
                "verbose_name": "结果文件",
                "verbose_name_plural": "结果文件",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ResultLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="批内序号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "outcome",
                    models.CharField(choices=[("paid", "成功"), ("failed", "失败")], max_length=8, verbose_name="结果"),
                ),
                ("code", models.CharField(blank=True, max_length=10, verbose_name="返回码")),
                ("reason", models.CharField(blank=True, max_length=4, verbose_name="失败原因")),
                ("message", models.CharField(blank=True, max_length=200, verbose_name="返回信息")),
                ("bank_reference", models.CharField(blank=True, max_length=60, verbose_name="银行流水号")),
                ("settled_at", models.DateTimeField(verbose_name="时间")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="disbursement.batch"
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="result", to="disbursement.payment"
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="disbursement.resultfile"
                    ),
                ),
            ],
            options={
                "verbose_name": "结果明细",
                "verbose_name_plural": "结果明细",
                "constraints": [models.UniqueConstraint(fields=("batch", "number"), name="disbursement_result_once")],
            },
        ),
        migrations.CreateModel(
            name="ReturnNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=4, verbose_name="退回原因")),
                ("message", models.CharField(blank=True, max_length=200, verbose_name="银行说明")),
                ("reference", models.CharField(max_length=60, verbose_name="退款流水号")),
                ("noticed_at", models.DateTimeField(verbose_name="银行收到退款信息的时间")),
                ("reported_at", models.DateTimeField(verbose_name="报告时间")),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="return_notice",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报告人",
                    ),
                ),
            ],
            options={
                "verbose_name": "跨行退款",
                "verbose_name_plural": "跨行退款",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("reference", ""), _negated=True)
                        ),
                        name="disbursement_return_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reported_at__gte", models.F("noticed_at"))),
                        name="disbursement_return_times",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_offs",
                        to="disbursement.clearing",
                        verbose_name="清算",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="write_off",
                        to="disbursement.payment",
                        verbose_name="支付",
                    ),
                ),
            ],
            options={
                "verbose_name": "转作结余",
                "verbose_name_plural": "转作结余",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="disbursement_write_off_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BankDiscrepancy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=300, verbose_name="哪里不符")),
                ("reported_at", models.DateTimeField(verbose_name="报告时间")),
                ("settlement", models.CharField(blank=True, max_length=300, verbose_name="处理结果")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="报告人",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="discrepancies",
                        to="disbursement.batch",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "银行核对不符",
                "verbose_name_plural": "银行核对不符",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at__isnull", True), ("settlement", "")),
                            models.Q(("settled_at__isnull", False), models.Q(("settlement", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="disbursement_discrepancy_settled",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("batch",),
                        name="disbursement_discrepancy_one_open",
                    ),
                ],
            },
        ),
    ]
