import django.contrib.postgres.constraints
import django.contrib.postgres.fields
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
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="申报编号")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数量")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "待受理"),
                            ("asked", "待补正"),
                            ("accepted", "待审核"),
                            ("approved", "已通过"),
                            ("refused", "未通过"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="submitted",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="申报时间")),
                ("missing", models.CharField(blank=True, max_length=300, verbose_name="须补正的内容")),
                ("missing_at", models.DateTimeField(null=True, verbose_name="通知补正时间")),
                ("supplied_at", models.DateTimeField(null=True, verbose_name="补正时间")),
                ("accepted_at", models.DateTimeField(null=True, verbose_name="受理时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="审核意见")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="受理人",
                    ),
                ),
                (
                    "applicant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="households.person",
                        verbose_name="申报人",
                    ),
                ),
                (
                    "beneficiary",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="households.person",
                        verbose_name="享受人",
                    ),
                ),
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
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代办人",
                    ),
                ),
                (
                    "entered_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="households.household",
                        verbose_name="农户",
                    ),
                ),
                (
                    "missing_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="通知人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
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
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="撤回人",
                    ),
                ),
            ],
            options={
                "verbose_name": "补贴申报",
                "verbose_name_plural": "补贴申报",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["division", "state"], name="rosters_application_queue"),
                    models.Index(fields=["policy", "period_start", "state"], name="rosters_application_policy"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="rosters_application_quantity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entered_by__isnull", True), ("entered_by_person__isnull", True)),
                            models.Q(("entered_by__isnull", False), ("entered_by_person__isnull", False)),
                            _connector="OR",
                        ),
                        name="rosters_application_entered_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", True),
                            ("entered_by_person__isnull", True),
                            models.Q(("decided_by_person", models.F("entered_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="rosters_application_maker_is_not_checker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "refused"]), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decided_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rosters_application_decided_by",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="rosters_application_refused_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("missing", ""), ("missing_at__isnull", True)),
                            models.Q(models.Q(("missing", ""), _negated=True), ("missing_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="rosters_application_missing_what",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("state__in", ["submitted", "asked", "accepted", "approved"])),
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
                        name="rosters_application_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("form", "签字的申报表"), ("proof", "证明材料")], max_length=5, verbose_name="类别"
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_papers",
                        to="rosters.application",
                        verbose_name="申报",
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
            ],
            options={
                "verbose_name": "申报材料",
                "verbose_name_plural": "申报材料",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ApplicationTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("opens_on", models.DateField(verbose_name="受理开始")),
                ("closes_on", models.DateField(verbose_name="受理截止")),
                ("basis_title", models.CharField(blank=True, max_length=30, verbose_name="须填写的计发依据")),
                ("papers", models.CharField(blank=True, max_length=300, verbose_name="须提交的材料")),
                ("guide", models.CharField(blank=True, max_length=500, verbose_name="申报说明")),
                ("opened_at", models.DateTimeField(verbose_name="开放时间")),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开放人",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="application_terms",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
            ],
            options={
                "verbose_name": "申报受理",
                "verbose_name_plural": "申报受理",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_term_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opens_on__lte", models.F("closes_on"))), name="rosters_term_open"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("policy", "="),
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
                        name="rosters_one_term_a_period",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="applications",
                to="rosters.applicationterm",
                verbose_name="申报受理",
            ),
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
                        choices=[("send", "送审"), ("approve", "同意"), ("return", "退回"), ("recall", "撤回")],
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
                ("resumes", models.BooleanField(default=False, verbose_name="改后续审")),
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
                    "stands_for",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代谁办理",
                    ),
                ),
            ],
            options={
                "verbose_name": "审核记录",
                "verbose_name_plural": "审核记录",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RecurringSettled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_digest", models.BinaryField()),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("settled_at", models.DateTimeField(verbose_name="处理时间")),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="编制单位",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="处理人",
                    ),
                ),
            ],
            options={
                "verbose_name": "已处理的重复错误",
                "verbose_name_plural": "已处理的重复错误",
                "indexes": [
                    models.Index(fields=["organisation", "person_digest", "rule"], name="rosters_recurring_settled")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReturnAsk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.CharField(
                        choices=[
                            ("amount", "数量、档次和金额"),
                            ("payee", "收款人和账户"),
                            ("register", "姓名、证件号、户主、村组（按底册更新）"),
                            ("remark", "备注"),
                            ("remove", "删除"),
                            ("add", "补录"),
                        ],
                        max_length=10,
                        verbose_name="内容",
                    ),
                ),
                ("holder", models.CharField(blank=True, max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="序号")),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asks",
                        to="rosters.decision",
                        verbose_name="退回",
                    ),
                ),
            ],
            options={
                "verbose_name": "退回要求",
                "verbose_name_plural": "退回要求",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "area", "holder", "basis"), name="rosters_ask_once"),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("area", "add"), _negated=True), ("holder", ""), _connector="OR"),
                        name="rosters_ask_add_is_for_any",
                    ),
                ],
            },
        ),
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
            name="RevisionChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveSmallIntegerField(verbose_name="修订次数")),
                (
                    "kind",
                    models.CharField(
                        choices=[("added", "新增"), ("removed", "删除"), ("changed", "修改")],
                        max_length=8,
                        verbose_name="变动",
                    ),
                ),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("number", models.PositiveIntegerField(null=True, verbose_name="现序号")),
                ("number_before", models.PositiveIntegerField(null=True, verbose_name="原序号")),
                ("name", models.CharField(max_length=50, verbose_name="享受人")),
                ("areas", models.JSONField(default=list, verbose_name="内容")),
                ("old", models.JSONField(default=dict, verbose_name="原为")),
                ("new", models.JSONField(default=dict, verbose_name="现为")),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revision_changes",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "修订变动",
                "verbose_name_plural": "修订变动",
                "ordering": ["roster", "revision", "number", "number_before", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("roster", "revision", "holder", "basis"), name="rosters_revision_change"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LineBefore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=24)),
                ("basis", models.CharField(blank=True, max_length=60)),
                ("number", models.PositiveIntegerField()),
                ("village", models.BigIntegerField()),
                ("group", models.CharField(blank=True, max_length=30)),
                ("household", models.BigIntegerField()),
                ("head_name", models.CharField(max_length=50)),
                ("beneficiary", models.BigIntegerField()),
                ("beneficiary_name", models.CharField(max_length=50)),
                ("beneficiary_id_digest", models.BinaryField()),
                ("payee", models.BigIntegerField(null=True)),
                ("payee_name", models.CharField(blank=True, max_length=50)),
                ("payee_id_digest", models.BinaryField(null=True)),
                ("bank_name", models.CharField(blank=True, max_length=60)),
                ("account_digest", models.BinaryField(null=True)),
                ("account_tail", models.CharField(blank=True, max_length=4)),
                ("cash", models.BooleanField()),
                ("standard", models.BigIntegerField()),
                ("unit_fen", models.BigIntegerField()),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12)),
                ("amount_fen", models.BigIntegerField()),
                ("period_start", models.DateField()),
                ("period_end", models.DateField()),
                ("remark", models.CharField(blank=True, max_length=200)),
                ("extra", models.JSONField(default=dict)),
                (
                    "roster",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rosters.roster",
                    ),
                ),
            ],
            options={
                "verbose_name": "退回时的明细",
                "verbose_name_plural": "退回时的明细",
                "indexes": [models.Index(fields=["roster"], name="rosters_line_before")],
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
        migrations.AddField(
            model_name="decision",
            name="roster",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="rosters.roster",
                verbose_name="清册",
            ),
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
                            ("undone", "已撤销"),
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
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
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
                (
                    "extra",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="模板列"
                    ),
                ),
                (
                    "extra_ciphers",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="模板列（密文）"
                    ),
                ),
                (
                    "once_key",
                    models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="一次性编号"),
                ),
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
                    models.Index(
                        condition=models.Q(("basis", ""), _negated=True),
                        fields=["policy", "basis"],
                        name="rosters_line_basis",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("roster", "number"), name="rosters_line_number"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("living", True), ("taken_out", False), models.Q(("once_key", ""), _negated=True)
                        ),
                        fields=("once_key",),
                        name="rosters_line_once",
                    ),
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
            name="ApplicationTake",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("released", models.BooleanField(db_default=False, default=False, verbose_name="清册已作废")),
                ("at", models.DateTimeField(verbose_name="列入时间")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takes",
                        to="rosters.application",
                        verbose_name="申报",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications_taken",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="taken_from",
                        to="rosters.rosterline",
                        verbose_name="清册明细",
                    ),
                ),
            ],
            options={
                "verbose_name": "列入清册的申报",
                "verbose_name_plural": "列入清册的申报",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released", False)),
                        fields=("application",),
                        name="rosters_application_in_one_roster",
                    )
                ],
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
                ("person_digest", models.BinaryField(null=True)),
                ("times", models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="第几次")),
                ("last_on", models.DateField(null=True, verbose_name="上次")),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="errors", to="rosters.rosterimport"
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [
                    models.Index(fields=["batch", "row"], name="rosters_import_errors"),
                    models.Index(fields=["person_digest", "rule"], name="rosters_import_errors_again"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterUndo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_line", models.BigIntegerField(default=0, verbose_name="导入前的最后一条")),
                ("lines", models.PositiveIntegerField(verbose_name="导入前的条数")),
                ("total_fen", models.BigIntegerField(verbose_name="导入前的金额（分）")),
                ("explained", models.JSONField(default=list, verbose_name="导入前的情况说明")),
                ("spoilt", models.BooleanField(default=False, verbose_name="之后有改动")),
                (
                    "batch",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undo",
                        to="rosters.rosterimport",
                        verbose_name="导入",
                    ),
                ),
                (
                    "roster",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undo",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "可撤销的导入",
                "verbose_name_plural": "可撤销的导入",
            },
        ),
        migrations.CreateModel(
            name="FormerLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.JSONField(verbose_name="明细")),
                (
                    "undo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former", to="rosters.rosterundo"
                    ),
                ),
            ],
            options={
                "verbose_name": "被替换的明细",
                "verbose_name_plural": "被替换的明细",
            },
        ),
        migrations.CreateModel(
            name="StaleCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", models.PositiveIntegerField(verbose_name="人数")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stale_checks",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "检查已过时",
                "verbose_name_plural": "检查已过时",
            },
        ),
        migrations.CreateModel(
            name="SupplyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=24, unique=True, verbose_name="密钥编号")),
                ("name", models.CharField(max_length=60, verbose_name="系统名称")),
                (
                    "policy_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None, verbose_name="补贴政策"
                    ),
                ),
                ("letter_number", models.CharField(max_length=60, verbose_name="对接批复文号")),
                ("expires_on", models.DateField(verbose_name="有效期至")),
                ("salt", models.BinaryField(verbose_name="盐")),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "待审批"), ("living", "有效"), ("refused", "未同意"), ("revoked", "已吊销")],
                        default="asked",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("shown_at", models.DateTimeField(null=True, verbose_name="领取时间")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="吊销时间")),
                ("revoke_reason", models.CharField(blank=True, max_length=200, verbose_name="吊销原因")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="申请人",
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
                        verbose_name="审批人",
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supply_keys",
                        to="accounts.organisation",
                        verbose_name="所属部门",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="吊销人",
                    ),
                ),
            ],
            options={
                "verbose_name": "系统对接密钥",
                "verbose_name_plural": "系统对接密钥",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("policy_codes__len__gt", 0)), name="rosters_supplykey_policies"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", True),
                            models.Q(("decided_by_person", models.F("asked_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="rosters_supplykey_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "asked")),
                            models.Q(
                                models.Q(("state", "asked"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by_person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rosters_supplykey_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "revoked"), _negated=True),
                            models.Q(("revoked_at__isnull", False), models.Q(("revoke_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="rosters_supplykey_revoked_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Supply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period_start", models.DateField(verbose_name="所属期起")),
                ("period_end", models.DateField(verbose_name="所属期止")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sorting", "分发中"),
                            ("sorted", "待下达"),
                            ("issued", "已下达"),
                            ("withdrawn", "已撤回"),
                            ("unreadable", "无法读取"),
                        ],
                        default="sorting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("sorted_rows", models.PositiveIntegerField(default=0, verbose_name="可下达行数")),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="结果")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="请求编号")),
                ("request_sha256", models.BinaryField(null=True, verbose_name="请求摘要")),
                ("made_at", models.DateTimeField(verbose_name="提供时间")),
                ("issued_at", models.DateTimeField(null=True, verbose_name="下达时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
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
                    "issued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="下达人",
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
                        null=True,
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
                        related_name="supplies",
                        to="accounts.organisation",
                        verbose_name="提供部门",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="subsidies.policy",
                        verbose_name="补贴政策",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="rosters.supplykey",
                        verbose_name="对接密钥",
                    ),
                ),
            ],
            options={
                "verbose_name": "提供的名单",
                "verbose_name_plural": "提供的名单",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("period_start__lte", models.F("period_end"))), name="rosters_supply_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "issued"), _negated=True),
                            models.Q(("issued_at__isnull", False), ("sorted_rows__gt", 0)),
                            _connector="OR",
                        ),
                        name="rosters_supply_issued",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("key__isnull", True),
                                ("made_by__isnull", False),
                                ("request_id", ""),
                                ("request_sha256__isnull", True),
                            ),
                            models.Q(
                                ("key__isnull", False),
                                ("made_by__isnull", True),
                                ("request_sha256__isnull", False),
                                models.Q(("request_id", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="rosters_supply_from",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("key__isnull", False)),
                        fields=("key", "request_id"),
                        name="rosters_supply_request_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyNonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rosters.supplykey"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["signed_at"], name="rosters_supplynonce_age")],
                "constraints": [models.UniqueConstraint(fields=("key", "nonce"), name="rosters_supplynonce_once")],
            },
        ),
        migrations.CreateModel(
            name="SupplyPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rows", models.PositiveIntegerField(verbose_name="行数")),
                (
                    "batch",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplied",
                        to="rosters.rosterimport",
                        verbose_name="取入的导入",
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.division",
                        verbose_name="乡镇",
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
                    "supply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="rosters.supply",
                        verbose_name="名单",
                    ),
                ),
            ],
            options={
                "verbose_name": "分乡镇的名单",
                "verbose_name_plural": "分乡镇的名单",
                "ordering": ["supply", "division"],
                "constraints": [
                    models.UniqueConstraint(fields=("supply", "division"), name="rosters_supply_part_once"),
                    models.CheckConstraint(condition=models.Q(("rows__gt", 0)), name="rosters_supply_part_rows"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplyRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField(verbose_name="Excel行号")),
                ("column", models.CharField(max_length=40, verbose_name="列")),
                ("rule", models.CharField(max_length=40, verbose_name="规则")),
                ("message", models.CharField(max_length=300, verbose_name="说明")),
                (
                    "supply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="errors", to="rosters.supply"
                    ),
                ),
            ],
            options={
                "ordering": ["row", "id"],
                "indexes": [models.Index(fields=["supply", "row"], name="rosters_supply_errors")],
            },
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "approve"), _negated=True),
                    models.Q(("by_person", models.F("maker_person")), _negated=True),
                    _connector="OR",
                ),
                name="rosters_decision_maker_is_not_checker",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("resumes", False), ("action", "return"), _connector="OR"),
                name="rosters_decision_only_a_return_resumes",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("action", "approve"), ("in_force", True)),
                fields=("roster", "by_person"),
                name="rosters_decision_one_signature_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("action", "approve"), ("in_force", True)),
                fields=("roster", "step"),
                name="rosters_decision_one_signature_a_step",
            ),
        ),
    ]
