"""Papers that change who is paid and where: account changes, delegations, successions, references across townships.

Each is asked for by one person and answered by others; what was asked for never changes, and no paper is deleted.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Division, NaturalPerson, Organisation, User
from households.models.register import BankAccount, Person
from jobs.models import StoredFile


class Asked(models.Model):
    """Who asked, when, and under which rules: what is under way keeps them (PRO-1)."""

    rules = models.JSONField("适用规则", default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申请人")
    made_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("申请时间")

    class Meta:
        abstract = True


class Checked(models.Model):
    """Who checked it, when, and in which words."""

    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人")
    checked_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField("审核时间", null=True)
    opinion = models.CharField("审核意见", max_length=200, blank=True)

    class Meta:
        abstract = True


class Approved(models.Model):
    """Who approved it after the check: a third person."""

    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审批人")
    approved_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField("审批时间", null=True)
    approval_opinion = models.CharField("审批意见", max_length=200, blank=True)

    class Meta:
        abstract = True


class Ended(models.Model):
    """Who ended what was in force, when and why."""

    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="终止人")
    ended_at = models.DateTimeField("终止时间", null=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        abstract = True


def _two_people(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(checked_by_person__isnull=True) | ~Q(checked_by_person=F("made_by_person")), name=name
    )


def _third_person(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(approved_by_person__isnull=True)
        | Q(checked_by_person__isnull=False)
        & ~Q(approved_by_person=F("made_by_person"))
        & ~Q(approved_by_person=F("checked_by_person")),
        name=name,
    )


class AccountChange(Asked, Checked, Approved):
    """A request to mend an account, made by the township's clerk, or by a village's or school's clerk (REG-8).

    The normal path ends with the unit's check: by the township's finance station, by the leader of a school. A card
    that works and is replaced for personal reasons goes the special path (CQ§23(2)): with a signed statement and, where
    the county's rules say so, the finance bureau's approval after the check.
    """

    class Kind(models.TextChoices):
        REPLACE = "replace", "更换账户"
        ACTIVATE = "activate", "原账户已激活或解除异常"

    class Cause(models.TextChoices):
        CLOSED = "closed", "原账户已销户或失效"
        LOST = "lost", "原卡已挂失"
        DORMANT = "dormant", "原账户已停用（不动户）"
        FROZEN = "frozen", "原账户被冻结"
        CLASS_TWO = "class_two", "II类户变更为I类户"
        PERSONAL = "personal", "原账户正常可用，因个人原因更换"

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待单位审核"
        UNIT_APPROVED = "unit_approved", "待财政局审批"
        APPROVED = "approved", "已生效"
        REJECTED = "rejected", "未通过"

    OPEN = frozenset({State.SUBMITTED, State.UNIT_APPROVED})

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="account_changes", verbose_name="户名")
    # The village committee or the school that asked; none where the township itself did.
    unit = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="申请单位"
    )
    kind = models.CharField("变更方式", max_length=10, choices=Kind)
    cause = models.CharField("变更情形", max_length=10, choices=Cause, blank=True)
    finance_needed = models.BooleanField("须财政审批", default=False, db_default=False)
    old_account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="原账户"
    )
    new_account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="新账户"
    )
    # What becomes of the old account, as the finance station found it.
    old_state = models.CharField("原账户状态", max_length=10, choices=BankAccount.State, blank=True)
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    number_cipher = models.BinaryField("新账号（密文）", null=True)
    number_digest = models.BinaryField("新账号（摘要）", null=True)
    tail = models.CharField("新尾号", max_length=4, blank=True)
    social_card = models.BooleanField("新账户是社会保障卡", default=True, db_default=True)
    reason = models.CharField("变更原因", max_length=200)
    evidence = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="证明材料"
    )
    state = models.CharField("状态", max_length=14, choices=State, default=State.SUBMITTED)

    class Meta:
        verbose_name = verbose_name_plural = "账户变更"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=["submitted", "unit_approved"]),
                name="households_one_open_account_change",
            ),
            models.CheckConstraint(
                condition=Q(state="submitted") | Q(checked_by_person__isnull=False),
                name="households_account_change_checked",
            ),
            _two_people("households_account_change_two_people"),
            _third_person("households_account_change_three_people"),
            models.CheckConstraint(
                condition=~Q(state="approved", finance_needed=True) | Q(approved_by_person__isnull=False),
                name="households_account_change_finance",
            ),
            models.CheckConstraint(
                condition=~Q(cause="personal") | Q(evidence__isnull=False), name="households_account_change_statement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"

    @property
    def special(self) -> bool:
        """Whether a card that works is replaced for personal reasons."""
        return self.cause == self.Cause.PERSONAL

    @property
    def of_school(self) -> bool:
        return self.unit is not None and self.unit.kind == Organisation.Kind.SCHOOL

    @property
    def checker(self) -> str:
        """Who checks it for the unit, in the words of pages."""
        return "学校负责人" if self.of_school else "财政所"

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """Where it waits: for a school's leader or for a township's finance station."""
        waits = self.state == self.State.SUBMITTED
        return f"待{self.checker}审核" if waits else self.State(self.state).label


class Delegation(Asked, Checked, Approved, Ended):
    """Another person receives for the beneficiary (代领, CQ§24-25): both agree, the department in charge approves.

    It covers the department's policies named by their codes, or all of them, from a day to a day.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "待财政所审核"
        CHECKED = "checked", "待主管部门审批"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "未同意"
        ENDED = "ended", "已终止"

    beneficiary = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="delegations", verbose_name="补贴对象"
    )
    delegate = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegated", verbose_name="代领人")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门")
    policy_codes = models.JSONField("补贴政策", default=list)
    reason = models.CharField("代领原因", max_length=200)
    by_guardian = models.BooleanField("由监护人代补贴对象表示同意", default=False)
    beneficiary_consent = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="补贴对象（或监护人）同意书"
    )
    delegate_consent = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="代领人同意书"
    )
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="佐证材料")
    valid_from = models.DateField("代领期限起")
    valid_to = models.DateField("代领期限止")
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)

    class Meta:
        verbose_name = verbose_name_plural = "代领"
        ordering = ["-id"]
        indexes = [models.Index(fields=["beneficiary", "state"], name="households_delegation_of")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(beneficiary=F("delegate")), name="households_delegation_another_person"
            ),
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_to")), name="households_delegation_term"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by_person__isnull=False),
                name="households_delegation_approved",
            ),
            _two_people("households_delegation_two_people"),
            _third_person("households_delegation_three_people"),
            ExclusionConstraint(
                name="households_one_delegate",
                expressions=[
                    ("beneficiary", RangeOperators.EQUAL),
                    ("department", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state__in=["requested", "checked", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate}代{self.beneficiary}领取"


class Succession(Asked, Checked, Ended):
    """What a dead person's means of production bring may be paid to an heir (转录给继承人, ZLT§16)."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待财政所审核"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "未同意"
        ENDED = "ended", "已终止"

    deceased = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="successions", verbose_name="死亡人员")
    heir = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="inherits", verbose_name="继承人")
    relation = models.CharField("继承人与死亡人员的关系", max_length=20)
    relation_proof = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="亲属关系证明"
    )
    certificate = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="死亡证明")
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)

    class Meta:
        verbose_name = verbose_name_plural = "继承转录"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(deceased=F("heir")), name="households_succession_another_person"),
            models.UniqueConstraint(
                fields=["deceased"], condition=Q(state__in=["requested", "approved"]), name="households_one_heir"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(checked_by_person__isnull=False),
                name="households_succession_checked",
            ),
            _two_people("households_succession_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.deceased}由{self.heir}继承"


class VirtualMember(Asked, Checked, Ended):
    """A person of another township to whom the host township refers, never copied (虚拟户, ZLT§18)."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待对方财政所同意"
        CONSENTED = "consented", "已同意引用"
        REFUSED = "refused", "未同意"
        ENDED = "ended", "已终止"

    OPEN = frozenset({State.REQUESTED, State.CONSENTED})

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="references", verbose_name="被引用人员")
    host = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="引用的乡镇")
    reason = models.CharField("引用事由（给对方的留言）", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)

    class Meta:
        verbose_name = verbose_name_plural = "跨区划引用"
        ordering = ["-id"]
        indexes = [models.Index(fields=["host", "state"], name="households_virtual_host")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "host"],
                condition=Q(state__in=["requested", "consented"]),
                name="households_one_reference",
            ),
            models.CheckConstraint(
                condition=~Q(state="consented") | Q(checked_by_person__isnull=False),
                name="households_reference_checked",
            ),
            _two_people("households_reference_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.host}引用{self.person}"
