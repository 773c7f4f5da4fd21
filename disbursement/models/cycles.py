"""Payouts that recur: one row for each month of a policy that is paid monthly, so that a clock can count for it."""

from django.db import models
from django.db.models import F, Q

from subsidies.models import Policy


class PayoutCycle(models.Model):
    """A month in which a policy's payout is due (按月发放)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="payout_cycles", verbose_name="政策")
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    rules = models.JSONField("适用规则", default=dict)
    opened_at = models.DateTimeField("列入时间")
    paid_at = models.DateTimeField("发放完毕时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "按期发放"
        ordering = ["-period_start", "policy__code"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "period_start"], name="disbursement_cycle_once"),
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="disbursement_cycle_period"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.period_start:%Y-%m}"
