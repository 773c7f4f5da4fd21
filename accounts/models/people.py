from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from accounts.models.organisations import Organisation


class NaturalPerson(models.Model):
    """A member of staff as a human being: whoever has two sign-ins is still one person (ACL-2)."""

    name = models.CharField("姓名", max_length=50)
    id_cipher = models.BinaryField("身份证号（密文）")
    id_digest = models.BinaryField("身份证号（摘要）", unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "自然人"

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A sign-in. Posts, not the sign-in, say what it may do."""

    first_name: ClassVar[None] = None  # type: ignore[assignment,misc]
    last_name: ClassVar[None] = None  # type: ignore[assignment,misc]
    email: ClassVar[None] = None  # type: ignore[assignment,misc]

    full_name = models.CharField("姓名", max_length=50)
    person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="users", verbose_name="自然人")
    phone = models.CharField("联系电话", max_length=20, blank=True)
    session_key = models.CharField("当前会话", max_length=40, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.full_name or self.username


class Role(models.TextChoices):
    TOWNSHIP_CLERK = "township_clerk", "乡镇经办"
    FINANCE_STATION = "finance_station", "财政所审核"
    TOWNSHIP_LEADER = "township_leader", "乡镇分管领导"
    VILLAGE_CLERK = "village_clerk", "村级经办"
    SCHOOL_CLERK = "school_clerk", "学校经办"
    SCHOOL_LEADER = "school_leader", "学校负责人"
    DEPT_REVIEWER = "dept_reviewer", "主管部门审核"
    DEPT_HEAD = "dept_head", "主管部门负责人"
    DEPT_OFFICER = "dept_officer", "主管部门发放经办"
    FINANCE_REVIEWER = "finance_reviewer", "财政复审"
    FINANCE_HEAD = "finance_head", "财政局负责人"
    FINANCE_OFFICER = "finance_officer", "财政发放经办"
    BANK_OPERATOR = "bank_operator", "银行代发经办"
    AUDITOR = "auditor", "审计监督"
    ADMINISTRATOR = "administrator", "系统管理员"


class DutyGroup(models.TextChoices):
    OPERATE = "operate", "经办"
    REVIEW = "review", "审核"
    BANK = "bank", "银行"
    AUDIT = "audit", "监督"
    ADMINISTER = "administer", "管理"


# ZLT§26 and CQ§34: handling, reviewing and administering are never with one person.
DUTY_GROUPS: dict[str, str] = {
    Role.TOWNSHIP_CLERK: DutyGroup.OPERATE,
    Role.FINANCE_STATION: DutyGroup.REVIEW,
    Role.TOWNSHIP_LEADER: DutyGroup.REVIEW,
    Role.VILLAGE_CLERK: DutyGroup.OPERATE,
    Role.SCHOOL_CLERK: DutyGroup.OPERATE,
    Role.SCHOOL_LEADER: DutyGroup.REVIEW,
    Role.DEPT_REVIEWER: DutyGroup.REVIEW,
    Role.DEPT_HEAD: DutyGroup.REVIEW,
    Role.DEPT_OFFICER: DutyGroup.OPERATE,
    Role.FINANCE_REVIEWER: DutyGroup.REVIEW,
    Role.FINANCE_HEAD: DutyGroup.REVIEW,
    Role.FINANCE_OFFICER: DutyGroup.OPERATE,
    Role.BANK_OPERATOR: DutyGroup.BANK,
    Role.AUDITOR: DutyGroup.AUDIT,
    Role.ADMINISTRATOR: DutyGroup.ADMINISTER,
}


# Where a post can be held.
ROLE_KINDS: dict[str, frozenset[str]] = {
    Role.TOWNSHIP_CLERK: frozenset({Organisation.Kind.TOWNSHIP}),
    Role.FINANCE_STATION: frozenset({Organisation.Kind.FINANCE_STATION}),
    Role.TOWNSHIP_LEADER: frozenset({Organisation.Kind.TOWNSHIP}),
    Role.VILLAGE_CLERK: frozenset({Organisation.Kind.VILLAGE}),
    Role.SCHOOL_CLERK: frozenset({Organisation.Kind.SCHOOL}),
    Role.SCHOOL_LEADER: frozenset({Organisation.Kind.SCHOOL}),
    Role.DEPT_REVIEWER: frozenset({Organisation.Kind.DEPARTMENT}),
    Role.DEPT_HEAD: frozenset({Organisation.Kind.DEPARTMENT}),
    Role.DEPT_OFFICER: frozenset({Organisation.Kind.DEPARTMENT}),
    Role.FINANCE_REVIEWER: frozenset({Organisation.Kind.FINANCE_BUREAU}),
    Role.FINANCE_HEAD: frozenset({Organisation.Kind.FINANCE_BUREAU}),
    Role.FINANCE_OFFICER: frozenset({Organisation.Kind.FINANCE_BUREAU}),
    Role.BANK_OPERATOR: frozenset({Organisation.Kind.BANK}),
    Role.AUDITOR: frozenset({Organisation.Kind.AUDIT}),
    Role.ADMINISTRATOR: frozenset({Organisation.Kind.OPERATIONS}),
}
# Posts that a county has only while this rule says so (`accounts.workbench.parts_there`).
ROLE_PARTS: dict[str, str] = {Role.VILLAGE_CLERK: "village.entry"}


class Post(models.Model):
    """A person's post in an organisation for a term. Data scope follows the post (ACL-1)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts", verbose_name="用户")
    person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="posts", verbose_name="自然人")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts", verbose_name="机构")
    role = models.CharField("岗位", max_length=20, choices=Role)
    duty_group = models.CharField("岗位类别", max_length=12, choices=DutyGroup)
    term = DateRangeField("任期")
    # Held for somebody else, for a term that another person confirmed; None: the person's own.
    deputation = models.OneToOneField(
        "accounts.Deputation", null=True, on_delete=models.PROTECT, related_name="post", verbose_name="代理"
    )

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        constraints = [
            # No two posts of different groups at one time, whichever sign-ins they hang on.
            ExclusionConstraint(
                name="accounts_post_incompatible",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("duty_group", RangeOperators.NOT_EQUAL),
                    ("term", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同一自然人不得兼任经办、审核、管理、监督等不相容岗位。",
            ),
            models.CheckConstraint(
                name="accounts_post_group_fits_role",
                condition=Q(
                    *[Q(role=str(role), duty_group=str(group)) for role, group in DUTY_GROUPS.items()], _connector=Q.OR
                ),
            ),
        ]

    def __str__(self) -> str:
        held = f"{self.organisation}·{self.get_role_display()}"
        return f"{held}（代{self.deputation.principal.user}）" if self.deputation else held
