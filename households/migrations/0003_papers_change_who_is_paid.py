"""Account changes go two paths; delegations, successions, references across townships and deaths are papers."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_schools_and_department_officers"),
        ("households", "0002_search_staging_and_truths"),
        ("jobs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Death",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("certificate", "死亡医学证明"),
                            ("cremation", "火化（殡葬）证明"),
                            ("cancelled", "户口注销证明"),
                            ("village", "村（社区）出具的证明"),
                            ("police", "公安联网核查结果"),
                        ],
                        max_length=12,
                        verbose_name="依据",
                    ),
                ),
                ("reported_at", models.DateTimeField(verbose_name="登记时间")),
            ],
            options={
                "verbose_name": "死亡登记",
                "verbose_name_plural": "死亡登记",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DeathNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(null=True, verbose_name="知悉时间")),
            ],
            options={
                "verbose_name": "死亡通报",
                "verbose_name_plural": "死亡通报",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("approved_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("approval_opinion", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("policy_codes", models.JSONField(default=list, verbose_name="补贴政策")),
                ("reason", models.CharField(max_length=200, verbose_name="代领原因")),
                ("by_guardian", models.BooleanField(default=False, verbose_name="由监护人代补贴对象表示同意")),
                ("valid_from", models.DateField(verbose_name="代领期限起")),
                ("valid_to", models.DateField(verbose_name="代领期限止")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待财政所审核"),
                            ("checked", "待主管部门审批"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
            ],
            options={
                "verbose_name": "代领",
                "verbose_name_plural": "代领",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("relation", models.CharField(max_length=20, verbose_name="继承人与死亡人员的关系")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待财政所审核"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
            ],
            options={
                "verbose_name": "继承转录",
                "verbose_name_plural": "继承转录",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="VirtualMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rules", models.JSONField(default=dict, verbose_name="适用规则")),
                ("made_at", models.DateTimeField(verbose_name="申请时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="审核意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                ("reason", models.CharField(max_length=200, verbose_name="引用事由（给对方的留言）")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待对方财政所同意"),
                            ("consented", "已同意引用"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
            ],
            options={
                "verbose_name": "跨区划引用",
                "verbose_name_plural": "跨区划引用",
                "ordering": ["-id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="accountchange",
            name="households_one_open_account_change",
        ),
        migrations.AddField(
            model_name="accountchange",
            name="approval_opinion",
            field=models.CharField(blank=True, max_length=200, verbose_name="审批意见"),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="approved_at",
            field=models.DateTimeField(null=True, verbose_name="审批时间"),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审批人",
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="approved_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("closed", "原账户已销户或失效"),
                    ("lost", "原卡已挂失"),
                    ("dormant", "原账户已停用（不动户）"),
                    ("frozen", "原账户被冻结"),
                    ("class_two", "II类户变更为I类户"),
                    ("personal", "原账户正常可用，因个人原因更换"),
                ],
                max_length=10,
                verbose_name="变更情形",
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="finance_needed",
            field=models.BooleanField(db_default=False, default=False, verbose_name="须财政审批"),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="old_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("normal", "正常"),
                    ("dormant", "不动户"),
                    ("frozen", "冻结"),
                    ("lost", "挂失"),
                    ("closed", "已销户"),
                ],
                max_length=10,
                verbose_name="原账户状态",
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="rules",
            field=models.JSONField(default=dict, verbose_name="适用规则"),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="social_card",
            field=models.BooleanField(db_default=True, default=True, verbose_name="新账户是社会保障卡"),
        ),
        migrations.AlterField(
            model_name="accountchange",
            name="state",
            field=models.CharField(
                choices=[
                    ("submitted", "待财政所审核"),
                    ("unit_approved", "待财政局审批"),
                    ("approved", "已生效"),
                    ("rejected", "未通过"),
                ],
                default="submitted",
                max_length=14,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["submitted", "unit_approved"])),
                fields=("person",),
                name="households_one_open_account_change",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by_person__isnull", True),
                    models.Q(
                        ("checked_by_person__isnull", False),
                        models.Q(("approved_by_person", models.F("made_by_person")), _negated=True),
                        models.Q(("approved_by_person", models.F("checked_by_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="households_account_change_three_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finance_needed", True), ("state", "approved"), _negated=True),
                    ("approved_by_person__isnull", False),
                    _connector="OR",
                ),
                name="households_account_change_finance",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", "personal"), _negated=True), ("evidence__isnull", False), _connector="OR"
                ),
                name="households_account_change_statement",
            ),
        ),
        migrations.AddField(
            model_name="death",
            name="evidence",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="证明材料",
            ),
        ),
        migrations.AddField(
            model_name="death",
            name="person",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="death",
                to="households.person",
                verbose_name="死亡人员",
            ),
        ),
        migrations.AddField(
            model_name="death",
            name="reported_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="登记人",
            ),
        ),
        migrations.AddField(
            model_name="deathnotice",
            name="death",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="households.death",
                verbose_name="死亡登记",
            ),
        ),
        migrations.AddField(
            model_name="deathnotice",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
                verbose_name="被通报单位",
            ),
        ),
        migrations.AddField(
            model_name="deathnotice",
            name="seen_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="知悉人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审批人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="approved_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="beneficiary",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="delegations",
                to="households.person",
                verbose_name="补贴对象",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="beneficiary_consent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="补贴对象（或监护人）同意书",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="checked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="checked_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="delegate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="delegated",
                to="households.person",
                verbose_name="代领人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="delegate_consent",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="代领人同意书",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="department",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organisation",
                verbose_name="主管部门",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="终止人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="申请人",
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="made_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="proof",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="佐证材料",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="certificate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="死亡证明",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="checked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="checked_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="deceased",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successions",
                to="households.person",
                verbose_name="死亡人员",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="终止人",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="heir",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inherits",
                to="households.person",
                verbose_name="继承人",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="申请人",
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="made_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="succession",
            name="relation_proof",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="亲属关系证明",
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="checked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="checked_by_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="终止人",
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="host",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.division",
                verbose_name="引用的乡镇",
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="申请人",
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="made_by_person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
            ),
        ),
        migrations.AddField(
            model_name="virtualmember",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="references",
                to="households.person",
                verbose_name="被引用人员",
            ),
        ),
        migrations.AddConstraint(
            model_name="deathnotice",
            constraint=models.UniqueConstraint(fields=("death", "organisation"), name="households_death_told_once"),
        ),
        migrations.AddIndex(
            model_name="delegation",
            index=models.Index(fields=["beneficiary", "state"], name="households_delegation_of"),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("beneficiary", models.F("delegate")), _negated=True),
                name="households_delegation_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_from__lte", models.F("valid_to"))), name="households_delegation_term"
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("approved_by_person__isnull", False),
                    _connector="OR",
                ),
                name="households_delegation_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by_person__isnull", True),
                    models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="households_delegation_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by_person__isnull", True),
                    models.Q(
                        ("checked_by_person__isnull", False),
                        models.Q(("approved_by_person", models.F("made_by_person")), _negated=True),
                        models.Q(("approved_by_person", models.F("checked_by_person")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="households_delegation_three_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state__in", ["requested", "checked", "approved"])),
                expressions=[
                    ("beneficiary", "="),
                    ("department", "="),
                    (
                        models.Func(
                            models.F("valid_from"),
                            models.F("valid_to"),
                            models.Value("[]"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="households_one_delegate",
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(("deceased", models.F("heir")), _negated=True),
                name="households_succession_another_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "approved"])),
                fields=("deceased",),
                name="households_one_heir",
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("checked_by_person__isnull", False),
                    _connector="OR",
                ),
                name="households_succession_checked",
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by_person__isnull", True),
                    models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="households_succession_two_people",
            ),
        ),
        migrations.AddIndex(
            model_name="virtualmember",
            index=models.Index(fields=["host", "state"], name="households_virtual_host"),
        ),
        migrations.AddConstraint(
            model_name="virtualmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "consented"])),
                fields=("person", "host"),
                name="households_one_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "consented"), _negated=True),
                    ("checked_by_person__isnull", False),
                    _connector="OR",
                ),
                name="households_reference_checked",
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by_person__isnull", True),
                    models.Q(("checked_by_person", models.F("made_by_person")), _negated=True),
                    _connector="OR",
                ),
                name="households_reference_two_people",
            ),
        ),
        run_sql_file(__file__, "papers.sql"),
    ]
