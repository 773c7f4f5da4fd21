import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PolicyListYear",
            fields=[
                ("year", models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="年度")),
                ("opened_at", models.DateTimeField(verbose_name="起算时间")),
            ],
            options={
                "verbose_name": "年度政策清单",
                "verbose_name_plural": "年度政策清单",
                "ordering": ["-year"],
            },
        ),
        migrations.CreateModel(
            name="PublishedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="清单代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("central", "中央"),
                            ("region", "省（自治区、直辖市）"),
                            ("municipal", "市（地、州、盟）"),
                        ],
                        max_length=10,
                        verbose_name="级次",
                    ),
                ),
                ("source_title", models.CharField(max_length=200, verbose_name="公布文件")),
                ("source_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("source_on", models.DateField(blank=True, null=True, verbose_name="发文日期")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("active_from", models.DateField(blank=True, null=True, verbose_name="列入清单")),
                ("active_to", models.DateField(blank=True, null=True, verbose_name="移出清单")),
            ],
            options={
                "verbose_name": "上级清单项目",
                "verbose_name_plural": "上级清单项目",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="ColumnTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30, verbose_name="代码")),
                ("number", models.PositiveSmallIntegerField(verbose_name="版次")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("source", models.CharField(max_length=300, verbose_name="依据")),
                ("content", models.JSONField(default=dict, verbose_name="内容")),
                ("made_at", models.DateTimeField(verbose_name="编制时间")),
            ],
            options={
                "verbose_name": "造册模板",
                "verbose_name_plural": "造册模板",
                "ordering": ["code", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("code", "number"), name="subsidies_template_number"),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="subsidies_template_source"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "short_name",
                    models.CharField(help_text="不超过7个字，用作银行摘要", max_length=7, verbose_name="简称"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("prescribed", "规定清单"), ("county", "自定清单")],
                        max_length=12,
                        verbose_name="清单类别",
                    ),
                ),
                ("published_code", models.CharField(blank=True, max_length=20, verbose_name="上级公布清单代码")),
                (
                    "unit",
                    models.CharField(
                        choices=[("household", "按户"), ("person", "按人")], max_length=10, verbose_name="计发对象"
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[("production", "生产资料类"), ("identity", "身份类")],
                        max_length=10,
                        verbose_name="补贴性质",
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[("monthly", "按月"), ("quarterly", "按季"), ("yearly", "按年"), ("once", "一次性")],
                        max_length=10,
                        verbose_name="发放周期",
                    ),
                ),
                ("funding_levels", models.JSONField(default=list, verbose_name="资金来源")),
                ("contact_person", models.CharField(blank=True, max_length=50, verbose_name="联系人")),
                ("consult_phone", models.CharField(max_length=20, verbose_name="咨询电话")),
                ("supervise_phone", models.CharField(max_length=20, verbose_name="监督电话")),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "拟设"), ("in_force", "执行中"), ("stopped", "已停止")],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("in_force_from", models.DateField(null=True, verbose_name="执行起始")),
                ("in_force_to", models.DateField(null=True, verbose_name="执行截止")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公开时间")),
                (
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="policies",
                        to="accounts.organisation",
                        verbose_name="主管部门",
                    ),
                ),
            ],
            options={
                "verbose_name": "补贴政策",
                "verbose_name_plural": "补贴政策",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "prescribed"), _negated=True),
                            models.Q(("published_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="subsidies_policy_prescribed_mapped",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("published_code", ""), _negated=True),
                        fields=("published_code",),
                        name="subsidies_policy_published_once",
                    ),
                ],
            },
        ),
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
        migrations.CreateModel(
            name="EmergencyPayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=100, verbose_name="项目")),
                ("reason", models.CharField(max_length=500, verbose_name="不通过一卡通发放的原因")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("transfer", "主管部门直接转账"),
                            ("cash", "现金"),
                            ("agency", "委托救助机构、村级组织发放"),
                            ("goods", "实物折款"),
                            ("other", "其他渠道"),
                        ],
                        max_length=10,
                        verbose_name="发放渠道",
                    ),
                ),
                ("channel_note", models.CharField(blank=True, max_length=200, verbose_name="渠道说明")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("people_count", models.PositiveIntegerField(verbose_name="人数")),
                ("period_start", models.DateField(verbose_name="发放日期起")),
                ("period_end", models.DateField(verbose_name="发放日期止")),
                ("document_title", models.CharField(max_length=200, verbose_name="批准文件")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("rules", models.JSONField(verbose_name="适用规则")),
                (
                    "state",
                    models.CharField(
                        choices=[("entered", "待财政确认"), ("confirmed", "已确认"), ("returned", "未确认")],
                        default="entered",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="登记时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("opinion", models.CharField(blank=True, max_length=500, verbose_name="意见")),
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
                    "department",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="主管部门",
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
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="批准文件扫描件",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency_payouts",
                        to="subsidies.policy",
                        verbose_name="对应政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "应急救助发放登记",
                "verbose_name_plural": "应急救助发放登记",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0), ("people_count__gt", 0)),
                        name="subsidies_emergency_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_end__gte", models.F("period_start"))),
                        name="subsidies_emergency_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("item", ""), _negated=True)
                        ),
                        name="subsidies_emergency_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", True),
                            models.Q(("decided_by_person", models.F("entered_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="subsidies_emergency_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by_person__isnull", True), ("state", "entered")),
                            models.Q(
                                models.Q(("state", "entered"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="subsidies_emergency_decided",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("add", "新增"), ("change", "变更"), ("stop", "停止")],
                        max_length=10,
                        verbose_name="事项",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="政策名称")),
                ("content", models.JSONField(default=dict, verbose_name="内容")),
                ("before", models.JSONField(default=dict, verbose_name="原内容")),
                ("effective_from", models.DateField(verbose_name="拟生效日期")),
                ("reason", models.CharField(max_length=500, verbose_name="理由")),
                ("rules", models.JSONField(verbose_name="适用规则")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("review", "审核中"),
                            ("approved", "已同意，待生效"),
                            ("in_force", "已生效"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("submitted_at", models.DateTimeField(null=True, verbose_name="提交时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("applies_from", models.DateField(null=True, verbose_name="生效日期")),
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
                    "policy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
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
                "verbose_name": "政策变更",
                "verbose_name_plural": "政策变更",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="subsidies_change_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "add"), ("policy__isnull", False), _connector="OR"),
                        name="subsidies_change_of_a_policy",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "in_force"]), _negated=True),
                            models.Q(("applies_from__isnull", False), ("policy__isnull", False)),
                            _connector="OR",
                        ),
                        name="subsidies_change_applies",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "review"])),
                        fields=("policy",),
                        name="subsidies_change_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="文件名称")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="发文日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[("basis", "依据文件"), ("sample", "补贴表样"), ("other", "其他材料")],
                        max_length=10,
                        verbose_name="类别",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="subsidies.policychange",
                        verbose_name="变更",
                    ),
                ),
            ],
            options={
                "verbose_name": "变更材料",
                "verbose_name_plural": "变更材料",
                "ordering": ["change", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("file__isnull", False)), name="subsidies_changedocument_file"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyListRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="期次")),
                ("items", models.JSONField(verbose_name="清单")),
                ("count", models.PositiveIntegerField(verbose_name="项数")),
                ("digest", models.BinaryField(verbose_name="摘要")),
                ("published_at", models.DateTimeField(verbose_name="公布时间")),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公布人",
                    ),
                ),
                (
                    "published_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "year",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="subsidies.policylistyear",
                        verbose_name="年度",
                    ),
                ),
            ],
            options={
                "verbose_name": "清单公布",
                "verbose_name_plural": "清单公布",
                "ordering": ["-published_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "number"), name="subsidies_release_number"),
                    models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="subsidies_release_not_empty"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="次序")),
                ("key", models.CharField(max_length=40, verbose_name="环节代码")),
                ("title", models.CharField(max_length=100, verbose_name="环节")),
                (
                    "office",
                    models.CharField(
                        choices=[("department", "主管部门"), ("finance", "财政部门"), ("outside", "上级或外部单位")],
                        max_length=12,
                        verbose_name="办理单位",
                    ),
                ),
                ("post", models.CharField(max_length=20, verbose_name="岗位")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("agreed", "同意"), ("refused", "不同意")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="办理时间")),
                ("opinion", models.CharField(blank=True, max_length=500, verbose_name="意见")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("document_on", models.DateField(null=True, verbose_name="文件日期")),
                ("issuing_office", models.CharField(blank=True, max_length=100, verbose_name="出文单位")),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="subsidies.policychange",
                        verbose_name="变更",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="办理人",
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
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "政策变更环节",
                "verbose_name_plural": "政策变更环节",
                "ordering": ["change", "number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by_person__isnull", True), ("outcome", "")),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="subsidies_policystep_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("office", "outside"), _negated=True),
                            ("outcome", ""),
                            models.Q(
                                models.Q(("document_number", ""), _negated=True),
                                models.Q(("issuing_office", ""), _negated=True),
                                ("document_on__isnull", False),
                                ("file__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="subsidies_policystep_outside_paper",
                    ),
                    models.UniqueConstraint(fields=("change", "number"), name="subsidies_policystep_number"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", False), ("office__in", ["department", "finance"])
                        ),
                        fields=("change", "office", "decided_by_person"),
                        name="subsidies_policystep_signs_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="版本")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                ("eligibility", models.TextField(verbose_name="补贴对象与条件")),
                ("guide", models.TextField(blank=True, verbose_name="申报指南")),
                ("periods", models.CharField(blank=True, max_length=200, verbose_name="计发期间")),
                ("payout_methods", models.JSONField(default=list, verbose_name="发放方式")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公开时间")),
                (
                    "change",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="version",
                        to="subsidies.policychange",
                        verbose_name="政策变更",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="subsidies.columntemplate",
                        verbose_name="造册模板",
                    ),
                ),
            ],
            options={
                "verbose_name": "政策版本",
                "verbose_name_plural": "政策版本",
                "ordering": ["policy", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("policy", "number"), name="subsidies_version_number"),
                    models.UniqueConstraint(fields=("policy", "effective_from"), name="subsidies_version_date"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BasisDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="文件名称")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("issued_on", models.DateField(blank=True, null=True, verbose_name="发文日期")),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="basis",
                        to="subsidies.policyversion",
                        verbose_name="版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "依据文件",
                "verbose_name_plural": "依据文件",
                "ordering": ["version", "id"],
            },
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("central", "中央"),
                            ("region", "省（自治区、直辖市）"),
                            ("league", "市（地、州、盟）"),
                            ("county", "县（区、旗）"),
                        ],
                        max_length=10,
                        verbose_name="资金级次",
                    ),
                ),
                ("document_number", models.CharField(max_length=60, unique=True, verbose_name="指标文号")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
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
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quotas",
                        to="subsidies.policy",
                        verbose_name="政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "资金指标",
                "verbose_name_plural": "资金指标",
                "ordering": ["-year", "document_number"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="subsidies_quota_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("source", "指标来源"),
                            ("available", "可用"),
                            ("reserved", "清册占用"),
                            ("in_transit", "银行在途"),
                            ("paid", "已发放"),
                            ("returned", "发放失败退回"),
                            ("recovered", "已追回"),
                            ("surplus", "结余上缴"),
                        ],
                        max_length=12,
                        verbose_name="科目",
                    ),
                ),
                ("opening_fen", models.BigIntegerField(default=0, verbose_name="期初（分）")),
                ("balance_fen", models.BigIntegerField(default=0, verbose_name="余额（分）")),
                (
                    "quota",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="subsidies.quota",
                        verbose_name="指标",
                    ),
                ),
            ],
            options={
                "verbose_name": "资金科目",
                "verbose_name_plural": "资金科目",
                "constraints": [
                    models.UniqueConstraint(fields=("quota", "kind"), name="subsidies_account_once"),
                    models.CheckConstraint(condition=models.Q(("balance_fen__gte", 0)), name="subsidies_account_floor"),
                    models.CheckConstraint(
                        condition=models.Q(("opening_fen", 0), ("kind", "source"), _connector="OR"),
                        name="subsidies_account_opening",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Standard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, verbose_name="档次代码")),
                ("name", models.CharField(max_length=60, verbose_name="档次")),
                ("amount_fen", models.BigIntegerField(verbose_name="标准（分）")),
                ("per", models.CharField(max_length=10, verbose_name="计量单位")),
                (
                    "max_quantity",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="数量上限"
                    ),
                ),
                ("age_from", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="年龄下限")),
                ("age_to", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="年龄上限")),
                ("source", models.CharField(max_length=200, verbose_name="标准依据")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standards",
                        to="subsidies.policyversion",
                        verbose_name="版本",
                    ),
                ),
            ],
            options={
                "verbose_name": "补贴标准",
                "verbose_name_plural": "补贴标准",
                "ordering": ["version", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("version", "code"), name="subsidies_standard_code"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="subsidies_standard_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True, verbose_name="幂等键")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                ("subject_type", models.CharField(max_length=60, verbose_name="对象类别")),
                ("subject_id", models.BigIntegerField(verbose_name="对象编号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经手人",
                    ),
                ),
                (
                    "credit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incoming",
                        to="subsidies.ledgeraccount",
                        verbose_name="转入",
                    ),
                ),
                (
                    "debit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="outgoing",
                        to="subsidies.ledgeraccount",
                        verbose_name="转出",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
            ],
            options={
                "verbose_name": "资金划转",
                "verbose_name_plural": "资金划转",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["subject_type", "subject_id"], name="subsidies_transfer_subject")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_fen__gt", 0)), name="subsidies_transfer_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("debit", models.F("credit")), _negated=True),
                        name="subsidies_transfer_two_accounts",
                    ),
                ],
            },
        ),
    ]
