import datetime

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        # For exclusion constraints over ids beside ranges.
        BtreeGistExtension(),
        migrations.CreateModel(
            name="NaturalPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("id_cipher", models.BinaryField(verbose_name="身份证号（密文）")),
                ("id_digest", models.BinaryField(unique=True, verbose_name="身份证号（摘要）")),
            ],
            options={
                "verbose_name": "自然人",
                "verbose_name_plural": "自然人",
            },
        ),
        migrations.CreateModel(
            name="TrailHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
                ("digest", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("full_name", models.CharField(max_length=50, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="联系电话")),
                ("session_key", models.CharField(blank=True, max_length=40, verbose_name="当前会话")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="users",
                        to="accounts.naturalperson",
                        verbose_name="自然人",
                    ),
                ),
            ],
            options={
                "verbose_name": "用户",
                "verbose_name_plural": "用户",
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Division",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True, verbose_name="区划代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "level",
                    models.CharField(
                        choices=[("county", "县（市、区）"), ("township", "乡镇（街道）"), ("village", "村（社区）")],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.division",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "行政区划",
                "verbose_name_plural": "行政区划",
                "ordering": ["code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("level", "county"), ("parent__isnull", True)),
                            models.Q(models.Q(("level", "county"), _negated=True), ("parent__isnull", False)),
                            _connector="OR",
                        ),
                        name="accounts_division_parent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Deputation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("term", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="代理期")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待确认"),
                            ("confirmed", "已确认"),
                            ("refused", "未同意"),
                            ("ended", "已终止"),
                        ],
                        default="asked",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="提出时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("opinion", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出人",
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
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代理人",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="终止人",
                    ),
                ),
                (
                    "asked_by_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
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
                    "deputy_person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.naturalperson"
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位代理",
                "verbose_name_plural": "岗位代理",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="accounts_deputation_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by_person__isnull", True), ("state__in", ["asked", "ended"])),
                            models.Q(
                                ("decided_by_person__isnull", False), ("state__in", ["confirmed", "refused", "ended"])
                            ),
                            _connector="OR",
                        ),
                        name="accounts_deputation_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by_person__isnull", True),
                            models.Q(
                                models.Q(("decided_by_person", models.F("asked_by_person")), _negated=True),
                                models.Q(("decided_by_person", models.F("deputy_person")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="accounts_deputation_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("finance_bureau", "财政局"),
                            ("department", "主管部门"),
                            ("township", "乡镇人民政府"),
                            ("finance_station", "乡镇财政所"),
                            ("village", "村（社区）委员会"),
                            ("school", "学校"),
                            ("bank", "代理金融机构"),
                            ("audit", "审计与纪检监察"),
                            ("operations", "系统管理"),
                        ],
                        max_length=16,
                        verbose_name="类别",
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="联系电话")),
                ("active", models.BooleanField(default=True, verbose_name="在用")),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="organisations",
                        to="accounts.division",
                        verbose_name="区划",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offices",
                        to="accounts.organisation",
                        verbose_name="上级机构",
                    ),
                ),
            ],
            options={
                "verbose_name": "机构",
                "verbose_name_plural": "机构",
                "ordering": ["kind", "code"],
            },
        ),
        migrations.CreateModel(
            name="PortalClock",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("practice", models.BooleanField(default=False, verbose_name="演练环境")),
                ("shift", models.DurationField(default=datetime.timedelta(0), verbose_name="与真实时间之差")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="accounts_clock_single"),
                    models.CheckConstraint(
                        condition=models.Q(("practice", True), ("shift", datetime.timedelta(0)), _connector="OR"),
                        name="accounts_clock_real",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("township_clerk", "乡镇经办"),
                            ("finance_station", "财政所审核"),
                            ("township_leader", "乡镇分管领导"),
                            ("village_clerk", "村级经办"),
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
                    "duty_group",
                    models.CharField(
                        choices=[
                            ("operate", "经办"),
                            ("review", "审核"),
                            ("bank", "银行"),
                            ("audit", "监督"),
                            ("administer", "管理"),
                        ],
                        max_length=12,
                        verbose_name="岗位类别",
                    ),
                ),
                ("term", django.contrib.postgres.fields.ranges.DateRangeField(verbose_name="任期")),
                (
                    "deputation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="post",
                        to="accounts.deputation",
                        verbose_name="代理",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="accounts.organisation",
                        verbose_name="机构",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="accounts.naturalperson",
                        verbose_name="自然人",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
                "verbose_name_plural": "岗位",
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("person", "="), ("duty_group", "<>"), ("term", "&&")],
                        name="accounts_post_incompatible",
                        violation_error_message="同一自然人不得兼任经办、审核、管理、监督等不相容岗位。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("duty_group", "operate"), ("role", "township_clerk")),
                            models.Q(("duty_group", "review"), ("role", "finance_station")),
                            models.Q(("duty_group", "review"), ("role", "township_leader")),
                            models.Q(("duty_group", "operate"), ("role", "village_clerk")),
                            models.Q(("duty_group", "operate"), ("role", "school_clerk")),
                            models.Q(("duty_group", "review"), ("role", "school_leader")),
                            models.Q(("duty_group", "review"), ("role", "dept_reviewer")),
                            models.Q(("duty_group", "review"), ("role", "dept_head")),
                            models.Q(("duty_group", "operate"), ("role", "dept_officer")),
                            models.Q(("duty_group", "review"), ("role", "finance_reviewer")),
                            models.Q(("duty_group", "review"), ("role", "finance_head")),
                            models.Q(("duty_group", "operate"), ("role", "finance_officer")),
                            models.Q(("duty_group", "bank"), ("role", "bank_operator")),
                            models.Q(("duty_group", "audit"), ("role", "auditor")),
                            models.Q(("duty_group", "administer"), ("role", "administrator")),
                            _connector="OR",
                        ),
                        name="accounts_post_group_fits_role",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="deputation",
            name="principal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deputations",
                to="accounts.post",
                verbose_name="岗位",
            ),
        ),
        migrations.CreateModel(
            name="TrailEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.BigIntegerField(editable=False, null=True, unique=True, verbose_name="序号")),
                ("at", models.DateTimeField(editable=False, null=True, verbose_name="时间")),
                ("verb", models.CharField(max_length=60, verbose_name="事项")),
                ("subject_type", models.CharField(max_length=60, verbose_name="对象类别")),
                ("subject_id", models.CharField(max_length=60, verbose_name="对象编号")),
                ("facts", models.TextField(verbose_name="事实")),
                ("previous", models.BinaryField(null=True, verbose_name="上一条摘要")),
                ("digest", models.BinaryField(null=True, verbose_name="摘要")),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="用户",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.naturalperson",
                        verbose_name="自然人",
                    ),
                ),
            ],
            options={
                "verbose_name": "轨迹",
                "verbose_name_plural": "轨迹",
                "indexes": [
                    models.Index(fields=["subject_type", "subject_id"], name="accounts_trail_subject"),
                    models.Index(fields=["actor", "seq"], name="accounts_trail_actor"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="deputation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state__in", ["asked", "confirmed"])),
                expressions=[("principal", "="), ("term", "&&")],
                name="accounts_deputation_one_at_a_time",
            ),
        ),
    ]
