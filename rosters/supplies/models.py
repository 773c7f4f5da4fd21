from django.db import models
from django.db.models import F, Q

from accounts.models import Division, Organisation, User
from jobs.models import Job, StoredFile
from subsidies.models import Policy


class Supply(models.Model):
    """A list of a department for one policy and period, for all townships (ROS-1, ZLT§14, §19)."""

    class State(models.TextChoices):
        SORTING = "sorting", "分发中"
        SORTED = "sorted", "待下达"
        ISSUED = "issued", "已下达"
        WITHDRAWN = "withdrawn", "已撤回"
        UNREADABLE = "unreadable", "无法读取"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.SORTING: frozenset({State.SORTED, State.UNREADABLE, State.WITHDRAWN}),
        State.SORTED: frozenset({State.ISSUED, State.WITHDRAWN}),
        State.ISSUED: frozenset({State.WITHDRAWN}),
        State.WITHDRAWN: frozenset(),
        State.UNREADABLE: frozenset(),
    }

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="supplies", verbose_name="提供部门"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="supplies", verbose_name="补贴政策")
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    note = models.CharField("说明", max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.SORTING)
    rows = models.PositiveIntegerField("行数", default=0)
    sorted_rows = models.PositiveIntegerField("可下达行数", default=0)
    message = models.CharField("结果", max_length=300, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("提供时间")
    issued_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="下达人")
    issued_at = models.DateTimeField("下达时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "提供的名单"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="rosters_supply_period"),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(issued_at__isnull=False, sorted_rows__gt=0),
                name="rosters_supply_issued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.name}提供的{self.policy.name}名单"


class SupplyPart(models.Model):
    """The rows of one township. `batch` is the import by which its clerk took them last."""

    supply = models.ForeignKey(Supply, on_delete=models.PROTECT, related_name="parts", verbose_name="名单")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    rows = models.PositiveIntegerField("行数")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    batch = models.OneToOneField(
        "rosters.RosterImport",
        null=True,
        on_delete=models.PROTECT,
        related_name="supplied",
        verbose_name="取入的导入",
    )

    class Meta:
        verbose_name = verbose_name_plural = "分乡镇的名单"
        ordering = ["supply", "division"]
        constraints = [
            models.UniqueConstraint(fields=["supply", "division"], name="rosters_supply_part_once"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="rosters_supply_part_rows"),
        ]


class SupplyRowError(models.Model):
    """What goes back to whoever supplied the list: rows that reach no township."""

    supply = models.ForeignKey(Supply, on_delete=models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField("Excel行号")
    column = models.CharField("列", max_length=40)
    rule = models.CharField("规则", max_length=40)
    message = models.CharField("说明", max_length=300)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["supply", "row"], name="rosters_supply_errors")]
