from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from jobs.models import StoredFile
from subsidies.models.policies import Policy


class EmergencyPayout(models.Model):
    """A payout of an emergency or relief item that did not go through 一卡通: why, and by which channel (POL-6)."""

    class Channel(models.TextChoices):
        TRANSFER = "transfer", "主管部门直接转账"
        CASH = "cash", "现金"
        AGENCY = "agency", "委托救助机构、村级组织发放"
        GOODS = "goods", "实物折款"
        OTHER = "other", "其他渠道"

    class State(models.TextChoices):
        ENTERED = "entered", "待财政确认"
        CONFIRMED = "confirmed", "已确认"
        RETURNED = "returned", "未确认"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.ENTERED: frozenset({State.CONFIRMED, State.RETURNED}),
        State.CONFIRMED: frozenset(),
        State.RETURNED: frozenset(),
    }

    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门")
    item = models.CharField("项目", max_length=100)
    policy = models.ForeignKey(
        Policy, null=True, on_delete=models.PROTECT, related_name="emergency_payouts", verbose_name="对应政策"
    )
    reason = models.CharField("不通过一卡通发放的原因", max_length=500)
    channel = models.CharField("发放渠道", max_length=10, choices=Channel)
    channel_note = models.CharField("渠道说明", max_length=200, blank=True)
    amount_fen = models.BigIntegerField("金额（分）")
    people_count = models.PositiveIntegerField("人数")
    period_start = models.DateField("发放日期起")
    period_end = models.DateField("发放日期止")
    document_title = models.CharField("批准文件", max_length=200)
    document_number = models.CharField("文号", max_length=60, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="批准文件扫描件")
    rules = models.JSONField("适用规则")
    state = models.CharField("状态", max_length=10, choices=State, default=State.ENTERED)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    entered_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("确认时间", null=True)
    opinion = models.CharField("意见", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "应急救助发放登记"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, people_count__gt=0), name="subsidies_emergency_positive"
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="subsidies_emergency_period"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(item=""), name="subsidies_emergency_reason"),
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True) | ~Q(decided_by_person=F("entered_by_person")),
                name="subsidies_emergency_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="entered", decided_by_person__isnull=True)
                | (~Q(state="entered") & Q(decided_by_person__isnull=False, decided_at__isnull=False)),
                name="subsidies_emergency_decided",
            ),
        ]

    def __str__(self) -> str:
        return self.item
