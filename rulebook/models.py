from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from jobs.models import StoredFile
from rulebook.catalogue import title_of


class Profile(models.Model):
    """A county's regulation as values: every figure and switch on which counties differ (PRO-1)."""

    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("名称", max_length=60)
    document_title = models.CharField("文件", max_length=200)
    document_number = models.CharField("文号", max_length=60, blank=True)
    document_date = models.DateField("日期")
    in_force = models.BooleanField("本县执行", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "规则档"
        constraints = [
            models.UniqueConstraint(
                fields=["in_force"], condition=Q(in_force=True), name="rulebook_one_profile_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.name


class RuleChange(models.Model):
    """A change of one value, county-wide or for one policy: proposed by one person, decided by another (PRO-1, PRO-2).

    Approved, it becomes a `ProfileValue` from its effective date on; what is under way keeps what it began with.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.PROPOSED: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
        State.APPROVED: frozenset(),
        State.REFUSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="changes", verbose_name="规则档")
    key = models.CharField("规则", max_length=60)
    policy_code = models.CharField("政策代码", max_length=20, blank=True)
    # An override that ends: from the effective date on the county's value applies to the policy again.
    ends_override = models.BooleanField("取消政策特别规定", default=False)
    before = models.JSONField("原值", null=True)
    value = models.JSONField("新值", null=True)
    citation = models.CharField("依据条款", max_length=100)
    quote = models.TextField("原文", blank=True)
    wording = models.TextField("说明")
    effective_from = models.DateField("生效日期")
    reason = models.CharField("变更原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审批人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True)
    opinion = models.CharField("审批意见", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则变更"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True) | ~Q(decided_by_person=F("proposed_by_person")),
                name="rulebook_change_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_by_person__isnull=False),
                name="rulebook_change_decided",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="rulebook_change_reason"),
            models.CheckConstraint(
                condition=Q(ends_override=False) | ~Q(policy_code=""), name="rulebook_change_ends_an_override"
            ),
            models.UniqueConstraint(
                fields=["profile", "key", "policy_code"],
                condition=Q(state="proposed"),
                name="rulebook_change_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{title_of(self.key)}（自{self.effective_from}）"


class ProfileValue(models.Model):
    """One value of a profile with its citation; the newest whose date has come applies.

    With a `policy_code` it holds for that policy only (PRO-2). `value` is null where a county runs no such clock.
    """

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="values", verbose_name="规则档")
    key = models.CharField("键", max_length=60)
    policy_code = models.CharField("政策代码", max_length=20, blank=True)
    ends_override = models.BooleanField("取消政策特别规定", default=False)
    value = models.JSONField("值", null=True)
    citation = models.CharField("依据条款", max_length=100, blank=True)
    quote = models.TextField("原文", blank=True)
    wording = models.TextField("说明")
    note = models.TextField("说明二", blank=True)
    silent = models.BooleanField("办法未作规定，系统默认", default=False)
    effective_from = models.DateField("生效日期")
    reason = models.CharField("变更原因", max_length=200, blank=True)
    change = models.OneToOneField(
        RuleChange, null=True, on_delete=models.PROTECT, related_name="made", verbose_name="变更"
    )

    class Meta:
        verbose_name = verbose_name_plural = "规则值"
        ordering = ["profile", "key", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "key", "policy_code", "effective_from"], name="rulebook_value_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{title_of(self.key)}（自{self.effective_from}）"


class CalendarNotice(models.Model):
    """The notice from which a year's days come: the State Council's, or the region's for its local holidays."""

    year = models.PositiveSmallIntegerField("年份")
    local = models.BooleanField("地方假日", default=False)
    title = models.CharField("通知", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issued_on = models.DateField("发文日期", null=True)
    text = models.TextField("原文", blank=True)
    imported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="导入人")
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "放假通知"
        ordering = ["-year", "local", "-id"]

    def __str__(self) -> str:
        return self.title


class CalendarYear(models.Model):
    """A year whose working days are known. A year without a row is never guessed."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    source = models.CharField("依据", max_length=200)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历年份"
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that differs from the week: a holiday, or a weekend that is worked. A local day outdoes the nation's."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "放假"
        WORKDAY = "workday", "调休上班"

    day = models.DateField("日期")
    local = models.BooleanField("地方假日", default=False)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "放假与调休"
        ordering = ["day", "local"]
        constraints = [models.UniqueConstraint(fields=["day", "local"], name="rulebook_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"


class Deadline(models.Model):
    """A clock that runs by itself: what must have happened by when, and who answers for it (design §5)."""

    class State(models.TextChoices):
        ARMED = "armed", "计时中"
        MET = "met", "按时办结"
        FIRED = "fired", "已到期"
        LATE = "late", "逾期办结"
        CANCELLED = "cancelled", "已撤销"
        BLOCKED = "blocked", "日历缺失"

    kind = models.CharField("时限", max_length=60)
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.BigIntegerField("对象编号")
    responsible = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="责任单位"
    )
    started_at = models.DateTimeField("起算时间")
    amount = models.PositiveSmallIntegerField("时长")
    unit = models.CharField("单位", max_length=16)
    first_day = models.BooleanField("含起算当日", default=False)
    citation = models.CharField("依据", max_length=100, blank=True)
    calendar_version = models.CharField("日历版本", max_length=40, blank=True)
    due_at = models.DateTimeField("到期时间", null=True)
    # When it nears: people are told once, and `warned_at` says when.
    near_at = models.DateTimeField("临近时间", null=True)
    warned_at = models.DateTimeField("提醒时间", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ARMED)
    fired_at = models.DateTimeField("到期处理时间", null=True)
    met_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="armed"), name="rulebook_deadline_armed"),
            models.Index(fields=["near_at"], condition=Q(state="armed", warned_at=None), name="rulebook_deadline_near"),
            models.Index(fields=["responsible", "state", "due_at"], name="rulebook_deadline_responsible"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_type", "subject_id"], name="rulebook_deadline_once"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False) | Q(state__in=["blocked", "cancelled"]), name="rulebook_deadline_due"
            ),
        ]

    def __str__(self) -> str:
        return title_of(self.kind)


class Breach(models.Model):
    """A clock that passed before the act was done: on the record of the township, department, finance or bank."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="breaches", verbose_name="时限")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="breaches", verbose_name="责任单位"
    )
    due_at = models.DateTimeField("到期时间")
    noted_at = models.DateTimeField("记录时间")
    explanation = models.CharField("情况说明", max_length=300, blank=True)
    explained_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="说明人")
    explained_at = models.DateTimeField("说明时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "逾期记录"
        ordering = ["-due_at", "-id"]
        indexes = [models.Index(fields=["organisation", "due_at"], name="rulebook_breach_by")]
        constraints = [models.UniqueConstraint(fields=["deadline", "due_at"], name="rulebook_breach_once")]

    def __str__(self) -> str:
        return f"{self.deadline_id}"


class PathStep(models.Model):
    """One step of a paper's way through the offices, as a rule of shape `path` had it when the way was laid.

    A room that sends papers on such a way has a step model of its own, which points to its paper and adds that a
    paper's `number`s differ and that nobody signs twice for one office. `rulebook_path_step` (sql/paths.sql) keeps the
    steps in order and the paper's maker from deciding; the acts are `rulebook.paths`.
    """

    class Office(models.TextChoices):
        DEPARTMENT = "department", "主管部门"
        FINANCE = "finance", "财政部门"
        OUTSIDE = "outside", "上级或外部单位"

    class Outcome(models.TextChoices):
        AGREED = "agreed", "同意"
        REFUSED = "refused", "不同意"

    number = models.PositiveSmallIntegerField("次序")
    key = models.CharField("环节代码", max_length=40)
    title = models.CharField("环节", max_length=100)
    office = models.CharField("办理单位", max_length=12, choices=Office)
    post = models.CharField("岗位", max_length=20)  # a Role: without choices, a new role changes no table of steps
    outcome = models.CharField("结果", max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("办理时间", null=True)
    opinion = models.CharField("意见", max_length=500, blank=True)
    # What an office outside answered, or what was reported to it.
    document_number = models.CharField("文号", max_length=60, blank=True)
    document_on = models.DateField("文件日期", null=True)
    issuing_office = models.CharField("出文单位", max_length=100, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", decided_by_person__isnull=True)
                | (~Q(outcome="") & Q(decided_by_person__isnull=False, decided_at__isnull=False)),
                name="%(app_label)s_%(class)s_decided",
            ),
            # An answer from outside is never skipped and never without its paper.
            models.CheckConstraint(
                condition=~Q(office="outside")
                | Q(outcome="")
                | (~Q(document_number="") & ~Q(issuing_office="") & Q(document_on__isnull=False, file__isnull=False)),
                name="%(app_label)s_%(class)s_outside_paper",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @classmethod
    def once_each(cls, paper: str) -> list[models.BaseConstraint]:
        """The constraints that name the field of the paper: a number once, and one signature of a person an office."""
        return [
            models.UniqueConstraint(fields=[paper, "number"], name="%(app_label)s_%(class)s_number"),
            # Whoever examines does not approve as well, by natural person.
            models.UniqueConstraint(
                fields=[paper, "office", "decided_by_person"],
                condition=Q(office__in=["department", "finance"], decided_by_person__isnull=False),
                name="%(app_label)s_%(class)s_signs_once",
            ),
        ]
