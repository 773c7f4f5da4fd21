"""Basis documents with their files, the published list above, changes on their way, yearly lists, emergency payouts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_schools_and_department_officers"),
        ("jobs", "0001_initial"),
        ("subsidies", "0002_ledger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.RenameField(model_name="policyversion", old_name="basis", new_name="basis_listed"),
        migrations.AddField(
            model_name="policy",
            name="contact_person",
            field=models.CharField(blank=True, max_length=50, verbose_name="联系人"),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="payout_methods",
            field=models.JSONField(default=list, verbose_name="发放方式"),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="periods",
            field=models.CharField(blank=True, max_length=200, verbose_name="计发期间"),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="published_at",
            field=models.DateTimeField(null=True, verbose_name="公开时间"),
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
            },
        ),
        migrations.AddField(
            model_name="policyversion",
            name="change",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="version",
                to="subsidies.policychange",
                verbose_name="政策变更",
            ),
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
                (
                    "post",
                    models.CharField(
                        choices=[
                            ("township_clerk", "乡镇经办"),
                            ("finance_station", "财政所审核"),
                            ("township_leader", "乡镇分管领导"),
                            ("school_clerk", "学校经办"),
                            ("school_leader", "学校负责人"),
                            ("dept_reviewer", "主管部门审核"),
                            ("dept_head", "主管部门负责人"),
                            ("dept_officer", "主管部门发放经办"),
                            ("finance_reviewer", "财政复审"),
                            ("finance_head", "财政局负责人"),
                            ("finance_officer", "财政发放经办"),
                            ("bank_operator", "银行代发经办"),
                            ("auditor", "审计监督"),
                            ("administrator", "系统管理员"),
                        ],
                        max_length=20,
                        verbose_name="岗位",
                    ),
                ),
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
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="批复文号")),
                ("document_on", models.DateField(null=True, verbose_name="批复日期")),
                ("issuing_office", models.CharField(blank=True, max_length=100, verbose_name="批复单位")),
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
                        verbose_name="批复文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "政策变更环节",
                "verbose_name_plural": "政策变更环节",
                "ordering": ["change", "number"],
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
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="subsidies_change_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "add"), ("policy__isnull", False), _connector="OR"),
                name="subsidies_change_of_a_policy",
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "in_force"]), _negated=True),
                    models.Q(("applies_from__isnull", False), ("policy__isnull", False)),
                    _connector="OR",
                ),
                name="subsidies_change_applies",
            ),
        ),
        migrations.AddConstraint(
            model_name="policychange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["draft", "review"])),
                fields=("policy",),
                name="subsidies_change_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="changedocument",
            constraint=models.CheckConstraint(
                condition=models.Q(("file__isnull", False)), name="subsidies_changedocument_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="policylistrelease",
            constraint=models.UniqueConstraint(fields=("year", "number"), name="subsidies_release_number"),
        ),
        migrations.AddConstraint(
            model_name="policylistrelease",
            constraint=models.CheckConstraint(condition=models.Q(("count__gt", 0)), name="subsidies_release_not_empty"),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.UniqueConstraint(fields=("change", "number"), name="subsidies_step_number"),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by_person__isnull", True), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="subsidies_step_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
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
                name="subsidies_step_outside_paper",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_by_person__isnull", False), ("office__in", ["department", "finance"])),
                fields=("change", "office", "decided_by_person"),
                name="subsidies_step_signs_once",
            ),
        ),
    ]
