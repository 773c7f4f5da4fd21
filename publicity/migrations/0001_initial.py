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
        ("rosters", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LookupCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_digest", models.BinaryField(verbose_name="验证码（摘要）")),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="households.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=24, unique=True, verbose_name="公开编号")),
                ("revision", models.PositiveSmallIntegerField(verbose_name="修订次数")),
                (
                    "channel",
                    models.CharField(
                        choices=[("online", "线上公示"), ("offline", "线下张贴")],
                        default="online",
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="标题")),
                ("fund_name", models.CharField(max_length=100, verbose_name="补贴资金名称")),
                ("standard_text", models.TextField(verbose_name="补贴标准")),
                ("basis_text", models.TextField(blank=True, verbose_name="依据")),
                ("supervise_phone", models.CharField(max_length=20, verbose_name="监督电话")),
                ("line_count", models.PositiveIntegerField(verbose_name="人（户）数")),
                ("total_fen", models.BigIntegerField(verbose_name="金额合计（分）")),
                ("fingerprint", models.BinaryField(verbose_name="指纹")),
                ("posted_at", models.DateTimeField(verbose_name="张贴时间")),
                ("ends_at", models.DateTimeField(verbose_name="期满时间")),
                (
                    "state",
                    models.CharField(
                        choices=[("posted", "公示中"), ("ended", "公示期满"), ("withdrawn", "已撤下")],
                        default="posted",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("sealed", models.BooleanField(default=False, editable=False, verbose_name="已张贴")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤下时间")),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200, verbose_name="撤下原因")),
                (
                    "posted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="公示人",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "公示",
                "verbose_name_plural": "公示",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("posted_at"))), name="publicity_notice_window"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "withdrawn"), _negated=True),
                        fields=("roster",),
                        name="publicity_one_notice_a_roster",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="序号")),
                ("group", models.CharField(blank=True, max_length=30, verbose_name="村民小组")),
                ("masked_name", models.CharField(max_length=50, verbose_name="姓名")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="数量")),
                ("per", models.CharField(max_length=10, verbose_name="计量单位")),
                ("unit_fen", models.BigIntegerField(verbose_name="标准（分）")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额（分）")),
                (
                    "extra",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="模板列"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="rosters.rosterline",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="publicity.notice",
                        verbose_name="公示",
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
                "ordering": ["notice", "number"],
                "indexes": [models.Index(fields=["notice", "village", "number"], name="publicity_notice_village")],
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "number"), name="publicity_notice_line_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticePhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="jobs.storedfile"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="publicity.notice"
                    ),
                ),
                (
                    "village",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.division"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Objection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="受理编号")),
                ("line_number", models.PositiveIntegerField(blank=True, null=True, verbose_name="所涉序号")),
                (
                    "source",
                    models.CharField(
                        choices=[("page", "网上提出"), ("phone", "电话登记")], max_length=6, verbose_name="来源"
                    ),
                ),
                ("content", models.TextField(max_length=1000, verbose_name="异议内容")),
                ("contact_name", models.CharField(blank=True, max_length=50, verbose_name="联系人")),
                ("contact_cipher", models.BinaryField(null=True, verbose_name="联系电话（密文）")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待核实"), ("upheld", "属实，调整清册"), ("dismissed", "不属实")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("result", models.TextField(blank=True, verbose_name="核实结果")),
                ("made_at", models.DateTimeField(verbose_name="提出时间")),
                ("handled_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "handled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
                (
                    "handled_by_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="publicity.notice",
                        verbose_name="公示",
                    ),
                ),
            ],
            options={
                "verbose_name": "异议",
                "verbose_name_plural": "异议",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "open"),
                            models.Q(("handled_by__isnull", False), models.Q(("result", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="publicity_objection_has_result",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20, verbose_name="类别")),
                ("phone_cipher", models.BinaryField(verbose_name="手机号（密文）")),
                ("text_cipher", models.BinaryField(verbose_name="内容（密文）")),
                ("key", models.CharField(max_length=120, unique=True, verbose_name="幂等键")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待发送"), ("sent", "已发送"), ("failed", "发送失败")],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="尝试次数")),
                ("retry_after", models.DateTimeField(null=True, verbose_name="再次尝试时间")),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="households.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "短信",
                "verbose_name_plural": "短信",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["id"], name="publicity_sms_waiting"),
                    models.Index(
                        condition=models.Q(("retry_after__isnull", False), ("state", "failed")),
                        fields=["retry_after"],
                        name="publicity_sms_retry",
                    ),
                ],
            },
        ),
    ]
