from django.db import models
from django.db.models import Q

from accounts.models import NaturalPerson, Organisation, User
from rulebook.models import PathStep
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

    @property
    def maker_id(self) -> int:
        return self.proposed_by_person_id

    @property
    def on_its_way(self) -> bool:
        return self.state == self.State.REVIEW

    @property
    def rule_key(self) -> str:
        """The rule by which it goes its way."""
        return "policy.addition" if self.kind == self.Kind.ADD else "policy.change"


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


class PolicyStep(PathStep):
    """One step of a change's way, as the profile had it on the day of the proposal (policy.addition, policy.change)."""

    change = models.ForeignKey(PolicyChange, on_delete=models.PROTECT, related_name="steps", verbose_name="变更")

    class Meta:
        verbose_name = verbose_name_plural = "政策变更环节"
        ordering = ["change", "number"]
        constraints = [*PathStep.Meta.constraints, *PathStep.once_each("change")]
