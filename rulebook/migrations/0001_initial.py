import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="年份")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
            ],
            options={
                "verbose_name": "工作日历年份",
                "verbose_name_plural": "工作日历年份",
                "ordering": ["year"],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(verbose_name="日期")),
                ("local", models.BooleanField(default=False, verbose_name="地方假日")),
                (
                    "kind",
                    models.CharField(
                        choices=[("holiday", "放假"), ("workday", "调休上班")], max_length=10, verbose_name="类别"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
            ],
            options={
                "verbose_name": "放假与调休",
                "verbose_name_plural": "放假与调休",
                "ordering": ["day", "local"],
                "constraints": [models.UniqueConstraint(fields=("day", "local"), name="rulebook_day_once")],
            },
        ),
        migrations.CreateModel(
            name="CalendarNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(verbose_name="年份")),
                ("local", models.BooleanField(default=False, verbose_name="地方假日")),
                ("title", models.CharField(max_length=200, verbose_name="通知")),
                ("number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("issued_on", models.DateField(null=True, verbose_name="发文日期")),
                ("text", models.TextField(blank=True, verbose_name="原文")),
                ("imported_at", models.DateTimeField(verbose_name="导入时间")),
                (
                    "imported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="导入人",
                    ),
                ),
            ],
            options={
                "verbose_name": "放假通知",
                "verbose_name_plural": "放假通知",
                "ordering": ["-year", "local", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Deadline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="时限")),
                ("subject_type", models.CharField(max_length=60, verbose_name="对象类别")),
                ("subject_id", models.BigIntegerField(verbose_name="对象编号")),
                ("started_at", models.DateTimeField(verbose_name="起算时间")),
                ("amount", models.PositiveSmallIntegerField(verbose_name="时长")),
                ("unit", models.CharField(max_length=16, verbose_name="单位")),
                ("first_day", models.BooleanField(default=False, verbose_name="含起算当日")),
                ("citation", models.CharField(blank=True, max_length=100, verbose_name="依据")),
                ("calendar_version", models.CharField(blank=True, max_length=40, verbose_name="日历版本")),
                ("due_at", models.DateTimeField(null=True, verbose_name="到期时间")),
                ("near_at", models.DateTimeField(null=True, verbose_name="临近时间")),
                ("warned_at", models.DateTimeField(null=True, verbose_name="提醒时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("armed", "计时中"),
                            ("met", "按时办结"),
                            ("fired", "已到期"),
                            ("late", "逾期办结"),
                            ("cancelled", "已撤销"),
                            ("blocked", "日历缺失"),
                        ],
                        default="armed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("fired_at", models.DateTimeField(null=True, verbose_name="到期处理时间")),
                ("met_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "responsible",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                        verbose_name="责任单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "时限",
                "verbose_name_plural": "时限",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "armed")), fields=["due_at"], name="rulebook_deadline_armed"
                    ),
                    models.Index(
                        condition=models.Q(("state", "armed"), ("warned_at", None)),
                        fields=["near_at"],
                        name="rulebook_deadline_near",
                    ),
                    models.Index(fields=["responsible", "state", "due_at"], name="rulebook_deadline_responsible"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "subject_type", "subject_id"), name="rulebook_deadline_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__isnull", False), ("state__in", ["blocked", "cancelled"]), _connector="OR"
                        ),
                        name="rulebook_deadline_due",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Breach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(verbose_name="到期时间")),
                ("noted_at", models.DateTimeField(verbose_name="记录时间")),
                ("explanation", models.CharField(blank=True, max_length=300, verbose_name="情况说明")),
                ("explained_at", models.DateTimeField(null=True, verbose_name="说明时间")),
                (
                    "explained_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="说明人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to="accounts.organisation",
                        verbose_name="责任单位",
                    ),
                ),
                (
                    "deadline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="breaches",
                        to="rulebook.deadline",
                        verbose_name="时限",
                    ),
                ),
            ],
            options={
                "verbose_name": "逾期记录",
                "verbose_name_plural": "逾期记录",
                "ordering": ["-due_at", "-id"],
                "indexes": [models.Index(fields=["organisation", "due_at"], name="rulebook_breach_by")],
                "constraints": [models.UniqueConstraint(fields=("deadline", "due_at"), name="rulebook_breach_once")],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("document_title", models.CharField(max_length=200, verbose_name="文件")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="文号")),
                ("document_date", models.DateField(verbose_name="日期")),
                ("in_force", models.BooleanField(default=False, verbose_name="本县执行")),
            ],
            options={
                "verbose_name": "规则档",
                "verbose_name_plural": "规则档",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("in_force", True)),
                        fields=("in_force",),
                        name="rulebook_one_profile_in_force",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, verbose_name="规则")),
                ("policy_code", models.CharField(blank=True, max_length=20, verbose_name="政策代码")),
                ("ends_override", models.BooleanField(default=False, verbose_name="取消政策特别规定")),
                ("before", models.JSONField(null=True, verbose_name="原值")),
                ("value", models.JSONField(null=True, verbose_name="新值")),
                ("citation", models.CharField(max_length=100, verbose_name="依据条款")),
                ("quote", models.TextField(blank=True, verbose_name="原文")),
                ("wording", models.TextField(verbose_name="说明")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                ("reason", models.CharField(max_length=200, verbose_name="变更原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待审批"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
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
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="rulebook.profile",
                        verbose_name="规则档",
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
                "verbose_name": "规则变更",
                "verbose_name_plural": "规则变更",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", True),
                            models.Q(("decided_by_person", models.F("proposed_by_person")), _negated=True),
                            _connector="OR",
                        ),
                        name="rulebook_change_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "refused"]), _negated=True),
                            ("decided_by_person__isnull", False),
                            _connector="OR",
                        ),
                        name="rulebook_change_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="rulebook_change_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_override", False), models.Q(("policy_code", ""), _negated=True), _connector="OR"
                        ),
                        name="rulebook_change_ends_an_override",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("profile", "key", "policy_code"),
                        name="rulebook_change_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProfileValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, verbose_name="键")),
                ("policy_code", models.CharField(blank=True, max_length=20, verbose_name="政策代码")),
                ("ends_override", models.BooleanField(default=False, verbose_name="取消政策特别规定")),
                ("value", models.JSONField(null=True, verbose_name="值")),
                ("citation", models.CharField(blank=True, max_length=100, verbose_name="依据条款")),
                ("quote", models.TextField(blank=True, verbose_name="原文")),
                ("wording", models.TextField(verbose_name="说明")),
                ("note", models.TextField(blank=True, verbose_name="说明二")),
                ("silent", models.BooleanField(default=False, verbose_name="办法未作规定，系统默认")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="变更原因")),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="values",
                        to="rulebook.profile",
                        verbose_name="规则档",
                    ),
                ),
                (
                    "change",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made",
                        to="rulebook.rulechange",
                        verbose_name="变更",
                    ),
                ),
            ],
            options={
                "verbose_name": "规则值",
                "verbose_name_plural": "规则值",
                "ordering": ["profile", "key", "effective_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("profile", "key", "policy_code", "effective_from"), name="rulebook_value_once_a_day"
                    )
                ],
            },
        ),
    ]
