import django.contrib.postgres.fields
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
            name="AccessRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("data", "查询数据"), ("connection", "系统对接")], max_length=10, verbose_name="事项"
                    ),
                ),
                ("outside_name", models.CharField(blank=True, max_length=100, verbose_name="外部单位")),
                ("credit_code", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
                ("contact_person", models.CharField(max_length=50, verbose_name="联系人")),
                ("contact_phone_cipher", models.BinaryField(verbose_name="联系电话（密文）")),
                ("letter_number", models.CharField(blank=True, max_length=60, verbose_name="申请函文号")),
                ("purpose", models.CharField(max_length=500, verbose_name="用途")),
                (
                    "datasets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("payouts", "发放明细"),
                                ("rosters", "发放清册汇总"),
                                ("register", "底册户数人数"),
                                ("policies", "补贴政策与标准"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                        verbose_name="数据内容",
                    ),
                ),
                (
                    "division_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None, verbose_name="区域"
                    ),
                ),
                (
                    "policy_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="政策"
                    ),
                ),
                ("period_from", models.DateField(verbose_name="数据期间起")),
                ("period_to", models.DateField(null=True, verbose_name="数据期间止")),
                ("masked", models.BooleanField(default=True, verbose_name="脱敏")),
                ("way", models.CharField(blank=True, max_length=500, verbose_name="对接方式")),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43), default=list, size=None, verbose_name="允许的地址"
                    ),
                ),
                ("term_from", models.DateField(verbose_name="使用期限起")),
                ("term_to", models.DateField(verbose_name="使用期限止")),
                ("rules", models.JSONField(verbose_name="适用规则")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "办理中"),
                            ("granted", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                            ("ended", "已结束"),
                            ("revoked", "已收回"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("filed_at", models.DateTimeField(verbose_name="申请时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("end_reason", models.CharField(blank=True, max_length=300, verbose_name="结束原因")),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
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
                        verbose_name="结束人",
                    ),
                ),
                (
                    "filed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "filed_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
                (
                    "letter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.storedfile",
                        verbose_name="申请函",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="accounts.organisation",
                        verbose_name="申请单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据与对接申请",
                "verbose_name_plural": "数据与对接申请",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credit_code", ""), ("organisation__isnull", False), ("outside_name", "")),
                            models.Q(
                                ("organisation__isnull", True),
                                models.Q(("outside_name", ""), _negated=True),
                                models.Q(("credit_code", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="audit_access_one_applicant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("term_from__lte", models.F("term_to"))), name="audit_access_term"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period_from__lte", models.F("period_to")), ("period_to__isnull", False)),
                            models.Q(("kind", "connection"), ("period_to__isnull", True)),
                            _connector="OR",
                        ),
                        name="audit_access_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("purpose", ""), _negated=True), ("datasets__len__gt", 0)),
                        name="audit_access_says_what_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "data"), ("networks__len", 0), ("way", "")),
                            models.Q(
                                models.Q(("way", ""), _negated=True), ("kind", "connection"), ("networks__len__gt", 0)
                            ),
                            _connector="OR",
                        ),
                        name="audit_access_connection_names_addresses",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", ["ended", "revoked"]),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state__in", ["ended", "revoked"]), _negated=True),
                                ("end_reason", ""),
                                ("ended_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="audit_access_ended_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessStep",
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
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="audit.accessrequest",
                        verbose_name="申请",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据与对接申请环节",
                "verbose_name_plural": "数据与对接申请环节",
                "ordering": ["request", "number"],
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
                        name="audit_accessstep_decided",
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
                        name="audit_accessstep_outside_paper",
                    ),
                    models.UniqueConstraint(fields=("request", "number"), name="audit_accessstep_number"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", False), ("office__in", ["department", "finance"])
                        ),
                        fields=("request", "office", "decided_by_person"),
                        name="audit_accessstep_signs_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(unique=True, verbose_name="口令（摘要）")),
                ("tail", models.CharField(max_length=4, verbose_name="口令末四位")),
                ("issued_at", models.DateTimeField(verbose_name="领取时间")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="失效时间")),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="领取人",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="audit.accessrequest",
                        verbose_name="申请",
                    ),
                ),
            ],
            options={
                "verbose_name": "对接口令",
                "verbose_name_plural": "对接口令",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("request",),
                        name="audit_accesstoken_one_living",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessFetch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dataset",
                    models.CharField(
                        choices=[
                            ("payouts", "发放明细"),
                            ("rosters", "发放清册汇总"),
                            ("register", "底册户数人数"),
                            ("policies", "补贴政策与标准"),
                        ],
                        max_length=10,
                        verbose_name="数据内容",
                    ),
                ),
                ("division_code", models.CharField(blank=True, max_length=12, verbose_name="区域")),
                (
                    "format",
                    models.CharField(
                        choices=[("xlsx", "Excel"), ("csv", "CSV"), ("api", "接口")], max_length=4, verbose_name="方式"
                    ),
                ),
                ("masked", models.BooleanField(verbose_name="脱敏")),
                ("row_count", models.PositiveIntegerField(verbose_name="条数")),
                ("total_fen", models.BigIntegerField(default=0, verbose_name="金额合计（分）")),
                ("sha256", models.BinaryField(verbose_name="摘要")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="事由")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="来源地址")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="下载人",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fetches",
                        to="audit.accessrequest",
                        verbose_name="申请",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fetches",
                        to="audit.accesstoken",
                        verbose_name="口令",
                    ),
                ),
            ],
            options={
                "verbose_name": "数据提供记录",
                "verbose_name_plural": "数据提供记录",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("by__isnull", True), ("format", "api"), ("token__isnull", False)),
                            models.Q(
                                ("by__isnull", False),
                                ("format__in", ["xlsx", "csv"]),
                                ("token__isnull", True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="audit_fetch_by_whom",
                    )
                ],
            },
        ),
    ]
