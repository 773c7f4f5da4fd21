"""What must be paid back (REC-3): a case for each payment that should not have been made."""

from django.db import models
from django.db.models import Q

from accounts.models import Organisation, User
from disbursement.models.payments import Payment
from households.models import Person


class RecoveryCase(models.Model):
    """Money to be recovered in full (ZLT§16): the department in charge follows it (ZLT§19(1))."""

    class Reason(models.TextChoices):
        DEATH = "death", "死亡后继续发放"

    class State(models.TextChoices):
        OPEN = "open", "追缴中"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="recovery", verbose_name="支付")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="享受人")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门")
    reason = models.CharField("追缴原因", max_length=10, choices=Reason)
    reckoning = models.CharField("金额的算法", max_length=200)
    amount_fen = models.BigIntegerField("应追缴金额（分）")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="建立人")
    opened_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "追缴"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="disbursement_recovery_positive"),
        ]

    def __str__(self) -> str:
        return f"追缴{self.payment}"
