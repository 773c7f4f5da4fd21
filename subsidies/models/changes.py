from django.db import models
from django.db.models import Q

from accounts.models import NaturalPerson, Organisation, Role, User
from jobs.models import StoredFile
from subsidies.models.policies import Document, Policy


class PolicyChange(models.Model):
    """An addition, change or stop of a policy on its way through the profile's path (POL-3).

    What is proposed stands in `content`, what applied when it was proposed in `before`. From the moment it is handed in
    nothing of it changes; nothing comes into force before every step has agreed.
    """

    class Kind(models.TextChoices):
        ADD = "add", "新增"
        CHANGE = "change", "变更"
        STOP = "stop", "停止"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        REVIEW = "review", "审核中"
        APPROVED = "approved", "已同意，待生效"
        IN_FORCE = "in_force", "已生效"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.DRAFT: frozenset({State.REVIEW, State.WITHDRAWN}),
        State.REVIEW: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
        State.APPROVED: frozenset({State.IN_FORCE}),
        State.IN_FORCE: frozenset(),
        State.REFUSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }

    kind = models.CharField("事项", max_length=10, choices=Kind)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="changes", verbose_name="政策")
    name = models.CharField("政策名称", max_length=100)
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门")
    content = models.JSONField("内容", default=dict)
    before = models.JSONField("原内容", default=dict)
    effective_from = models.DateField("拟生效日期")
    reason = models.CharField("理由", max_length=500)
    rules = models.JSONField("适用规则")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    proposed_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_at = models.DateTimeField("办结时间", null=True)
    # The day from which it applies: the one proposed, or that of the last agreement if that came later.
    applies_from = models.DateField("生效日期", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "政策变更"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="subsidies_change_reason"),
            models.CheckConstraint(
                condition=Q(kind="add") | Q(policy__isnull=False), name="subsidies_change_of_a_policy"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "in_force"]) | Q(applies_from__isnull=False, policy__isnull=False),
                name="subsidies_change_applies",
            ),
            models.UniqueConstraint(
                fields=["policy"],
                condition=Q(state__in=["draft", "review"]),
                name="subsidies_change_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.name}"


class ChangeDocument(Document):
    """What a department hands in with a proposal: the basis, the sample form (ZLT§30)."""

    class Kind(models.TextChoices):
        BASIS = "basis", "依据文件"
        SAMPLE = "sample", "补贴表样"
        OTHER = "other", "其他材料"

    change = models.ForeignKey(PolicyChange, on_delete=models.PROTECT, related_name="documents", verbose_name="变更")
    kind = models.CharField("类别", max_length=10, choices=Kind)

    class Meta:
        verbose_name = verbose_name_plural = "变更材料"
        ordering = ["change", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(file__isnull=False), name="subsidies_changedocument_file"),
        ]

    def __str__(self) -> str:
        return f"《{self.title}》" + (f"（{self.number}）" if self.number else "")


class PolicyStep(models.Model):
    """One step of a change's way, as the profile had it on the day of the proposal: who agreed, when, on what paper.

    An approval from outside is on the record with its document and its file, entered by the finance bureau.
    """

    class Office(models.TextChoices):
        DEPARTMENT = "department", "主管部门"
        FINANCE = "finance", "财政部门"
        OUTSIDE = "outside", "上级或外部单位"

    class Outcome(models.TextChoices):
        AGREED = "agreed", "同意"
        REFUSED = "refused", "不同意"

    change = models.ForeignKey(PolicyChange, on_delete=models.PROTECT, related_name="steps", verbose_name="变更")
    number = models.PositiveSmallIntegerField("次序")
    key = models.CharField("环节代码", max_length=40)
    title = models.CharField("环节", max_length=100)
    office = models.CharField("办理单位", max_length=12, choices=Office)
    post = models.CharField("岗位", max_length=20, choices=Role)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("办理时间", null=True)
    opinion = models.CharField("意见", max_length=500, blank=True)
    document_number = models.CharField("批复文号", max_length=60, blank=True)
    document_on = models.DateField("批复日期", null=True)
    issuing_office = models.CharField("批复单位", max_length=100, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="批复文件")

    class Meta:
        verbose_name = verbose_name_plural = "政策变更环节"
        ordering = ["change", "number"]
        constraints = [
            models.UniqueConstraint(fields=["change", "number"], name="subsidies_step_number"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by_person__isnull=True)
                | (~Q(outcome="") & Q(decided_by_person__isnull=False, decided_at__isnull=False)),
                name="subsidies_step_decided",
            ),
            # An approval from outside is never skipped and never without its paper.
            models.CheckConstraint(
                condition=~Q(office="outside")
                | Q(outcome="")
                | (~Q(document_number="") & ~Q(issuing_office="") & Q(document_on__isnull=False, file__isnull=False)),
                name="subsidies_step_outside_paper",
            ),
            # Whoever examines does not approve as well, by natural person.
            models.UniqueConstraint(
                fields=["change", "office", "decided_by_person"],
                condition=Q(office__in=["department", "finance"], decided_by_person__isnull=False),
                name="subsidies_step_signs_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title
