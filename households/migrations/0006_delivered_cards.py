"""Cards that banks deliver for people; each is handed out once or goes back, and that stays."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_truths"),
        ("households", "0005_register_updates"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivered_cards",
                        to="households.person",
                        verbose_name="户名",
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
            ],
            options={
                "verbose_name": "卡折",
                "verbose_name_plural": "卡折",
                "ordering": ["-id"],
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
            },
        ),
        migrations.AddIndex(
            model_name="deliveredcard",
            index=models.Index(fields=["person"], name="households_card_person"),
        ),
        migrations.AddConstraint(
            model_name="deliveredcard",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "returned"), _negated=True),
                fields=("number_digest",),
                name="households_card_delivered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="deliveredcard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("returned_by__isnull", False), ("returned_on__isnull", False), ("state", "returned")),
                    models.Q(models.Q(("state", "returned"), _negated=True), ("returned_on__isnull", True)),
                    _connector="OR",
                ),
                name="households_card_returned",
            ),
        ),
        migrations.AddIndex(
            model_name="cardhandout",
            index=models.Index(fields=["collector_digest"], name="households_card_collector"),
        ),
        migrations.AddConstraint(
            model_name="cardhandout",
            constraint=models.CheckConstraint(
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
            ),
        ),
        run_sql_file(__file__, "cards.sql"),
    ]
