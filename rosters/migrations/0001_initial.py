import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
        ("households", "0001_initial"),
        ("jobs", "0001_initial"),
        ("subsidies", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="清册编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("ordinary", "正常发放"), ("correction", "更正发放")],
                        default="ordinary",
                        max_length=10,
                        verbose_name="类别",
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
                ("title", models.CharField(max_length=200, verbose_name="名称")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "编制中"),
                            ("returned", "被退回"),
                            ("review", "审核中"),
                            ("notice", "公示"),
                            ("approved", "待发放"),
                            ("paying", "发放中"),
                            ("closed", "已办结"),
                            ("void", "已作废"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("step", models.CharField(blank=True, max_length=20, verbose_name="当前环节")),
                ("rules", models.JSONField(verbose_name="适用规则")),
                ("revision", models.PositiveSmallIntegerField(default=1, verbose_name="修订次数")),
                ("line_count", models.PositiveIntegerField(default=0, verbose_name="人（户）数")),
                ("total_fen", models.BigIntegerField(default=0, verbose_name="金额合计（分）")),
                ("fingerprint", models.BinaryField(null=True, verbose_name="指纹")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="上报时间")),
                ("reserved_key", models.CharField(blank=True, max_length=120, verbose_name="占用指标")),
                ("void_reason", models.CharField(blank=True, max_length=300, verbose_name="作废原因")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
                ("moved_at", models.DateTimeField(verbose_name="状态时间")),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="rosters.roster",
                        verbose_name="更正的清册",
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="accounts.division",
                        verbose_name="区划",
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
                    "made_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="accounts.organisation",
                        verbose_name="编制单位",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
                (
                    "quota",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rosters",
                        to="subsidies.quota",
                        verbose_name="资金指标",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.policyversion",
                        verbose_name="政策版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "发放清册",
                "verbose_name_plural": "发放清册",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["status", "step"], name="rosters_by_step"),
                    models.Index(fields=["division", "status"], name="rosters_by_division"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_roster_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects__isnull", True), ("kind", "ordinary")),
                            models.Q(("corrects__isnull", False), ("kind", "correction")),
                            _connector="OR",
                        ),
                        name="rosters_roster_corrects",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["draft", "returned", "void"]),
                            models.Q(("fingerprint__isnull", False), ("line_count__gt", 0), ("total_fen__gt", 0)),
                            _connector="OR",
                        ),
                        name="rosters_roster_sealed_has_fingerprint",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GridDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="版本")),
                ("change", models.CharField(blank=True, max_length=40, verbose_name="最近改动")),
                ("replace", models.BooleanField(default=True, verbose_name="替换已有明细")),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("rows_cipher", models.BinaryField(verbose_name="内容（密文）")),
                ("seen", models.CharField(max_length=32, verbose_name="起草时的明细")),
                ("saved_at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "saved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="保存人",
                    ),
                ),
                (
                    "roster",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grid_draft",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "表格草稿",
                "verbose_name_plural": "表格草稿",
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveSmallIntegerField(verbose_name="修订次数")),
                ("step", models.CharField(max_length=20, verbose_name="环节")),
                ("step_title", models.CharField(max_length=60, verbose_name="环节名称")),
                (
                    "action",
                    models.CharField(
                        choices=[("send", "送审"), ("approve", "同意"), ("return", "退回")],
                        max_length=8,
                        verbose_name="决定",
                    ),
                ),
                ("to_step", models.CharField(blank=True, max_length=20, verbose_name="退回至")),
                ("opinion", models.CharField(blank=True, max_length=300, verbose_name="意见")),
                ("fingerprint", models.BinaryField(null=True, verbose_name="指纹")),
                ("line_count", models.PositiveIntegerField(verbose_name="人（户）数")),
                ("total_fen", models.BigIntegerField(verbose_name="金额合计（分）")),
                ("in_force", models.BooleanField(default=True, verbose_name="有效")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签字人",
                    ),
                ),
                (
                    "by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
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
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "审核记录",
                "verbose_name_plural": "审核记录",
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("action__in", ["send", "return"]),
                            models.Q(("by_person", models.F("maker_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="rosters_decision_maker_is_not_checker",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("action", "approve"), ("in_force", True)),
                        fields=("roster", "by_person"),
                        name="rosters_decision_one_signature_a_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("action", "approve"), ("in_force", True)),
                        fields=("roster", "step"),
                        name="rosters_decision_one_signature_a_step",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("kind", models.CharField(max_length=10, verbose_name="变动")),
                ("what", models.CharField(max_length=300, verbose_name="内容")),
                ("at", models.DateTimeField(verbose_name="核对时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_seen",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "已核对的变动",
                "verbose_name_plural": "已核对的变动",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("roster", "holder", "basis", "kind"), name="rosters_change_seen_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("summary", "签字汇总表"),
                            ("detail", "签字明细表"),
                            ("notice", "公示影像"),
                            ("other", "其他材料"),
                        ],
                        max_length=10,
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
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "附件",
                "verbose_name_plural": "附件",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RosterImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "检查中"),
                            ("ready", "待确认"),
                            ("taken_in", "已写入清册"),
                            ("dropped", "已放弃"),
                            ("unreadable", "无法读取"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("replace", models.BooleanField(default=True, verbose_name="替换已有明细")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("good_rows", models.PositiveIntegerField(default=0, verbose_name="可写入行数")),
                ("total_fen", models.BigIntegerField(default=0, verbose_name="金额合计（分）")),
                ("summary", models.JSONField(default=dict, verbose_name="汇总")),
                ("made_at", models.DateTimeField(verbose_name="上传时间")),
                ("taken_in_at", models.DateTimeField(null=True, verbose_name="写入时间")),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
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
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "清册导入",
                "verbose_name_plural": "清册导入",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="RosterLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("group", models.CharField(blank=True, max_length=30, verbose_name="村民小组")),
                ("head_name", models.CharField(max_length=50, verbose_name="户主姓名")),
                ("beneficiary_name", models.CharField(max_length=50, verbose_name="享受人姓名")),
                ("beneficiary_id_cipher", models.BinaryField(verbose_name="享受人身份证号（密文）")),
                ("beneficiary_id_digest", models.BinaryField(verbose_name="享受人身份证号（摘要）")),
                ("payee_name", models.CharField(blank=True, max_length=50, verbose_name="收款人姓名")),
                ("payee_id_cipher", models.BinaryField(null=True, verbose_name="收款人身份证号（密文）")),
                ("payee_id_digest", models.BinaryField(null=True, verbose_name="收款人身份证号（摘要）")),
                ("bank_name", models.CharField(blank=True, max_length=60, verbose_name="开户银行")),
                ("account_cipher", models.BinaryField(null=True, verbose_name="账号（密文）")),
                ("account_digest", models.BinaryField(null=True, verbose_name="账号（摘要）")),
                ("account_tail", models.CharField(blank=True, max_length=4, verbose_name="账号尾号")),
                ("phone_cipher", models.BinaryField(null=True, verbose_name="联系电话（密文）")),
                ("unit_fen", models.BigIntegerField(verbose_name="标准（分）")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数量")),
                ("amount_fen", models.BigIntegerField(verbose_name="补贴金额（分）")),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="备注")),
                ("salt", models.BinaryField(verbose_name="盐")),
                ("living", models.BooleanField(default=False, verbose_name="有效")),
                ("cash", models.BooleanField(db_default=False, default=False, verbose_name="现金发放")),
                ("taken_out", models.BooleanField(default=False, verbose_name="已移出")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.bankaccount",
                        verbose_name="账户",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster_lines",
                        to="households.person",
                        verbose_name="享受人",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="rosters.rosterline",
                        verbose_name="更正的明细",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roster_lines",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "payee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="收款人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subsidies.policy"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
                (
                    "standard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.standard",
                        verbose_name="补贴标准",
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
                "verbose_name": "清册明细",
                "verbose_name_plural": "清册明细",
                "ordering": ["roster", "number"],
                "indexes": [
                    models.Index(fields=["roster", "village", "number"], name="rosters_line_village"),
                    models.Index(fields=["beneficiary_id_digest"], name="rosters_line_beneficiary"),
                    models.Index(fields=["household"], name="rosters_line_household"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("roster", "number"), name="rosters_line_number"),
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="rosters_line_amount"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="rosters_line_quantity"),
                    models.CheckConstraint(
                        condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_line_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("living", False),
                            models.Q(
                                ("payee__isnull", False),
                                models.Q(("account__isnull", False), ("cash", True), _connector="OR"),
                            ),
                            _connector="OR",
                        ),
                        name="rosters_line_living_has_account",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("living", True), ("taken_out", False)),
                        expressions=[
                            ("policy", "="),
                            ("holder", "="),
                            ("basis", "="),
                            (
                                models.Func(
                                    models.F("period_start"),
                                    models.F("period_end"),
                                    models.Value("[]"),
                                    function="daterange",
                                    output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="rosters_no_double_entitlement",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="序号")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                (
                    "severity",
                    models.CharField(
                        choices=[("error", "错误"), ("warning", "疑点")], max_length=8, verbose_name="级别"
                    ),
                ),
                ("field", models.CharField(max_length=40, verbose_name="栏目")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                ("explanation", models.CharField(blank=True, max_length=300, verbose_name="情况说明")),
                ("explained_at", models.DateTimeField(null=True)),
                (
                    "explained_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="rosters.roster"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="rosters.rosterline",
                    ),
                ),
            ],
            options={
                "ordering": ["severity", "number", "id"],
                "indexes": [models.Index(fields=["roster", "severity"], name="rosters_findings")],
            },
        ),
        migrations.CreateModel(
            name="RosterRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="errors", to="rosters.rosterimport"
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [models.Index(fields=["batch", "row"], name="rosters_import_errors")],
            },
        ),
    ]
