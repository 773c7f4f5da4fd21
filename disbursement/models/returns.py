"""What the bank reports besides its results: that money and data do not agree, that paid money came back."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from disbursement.models.batches import Batch
from disbursement.models.payments import Payment


class BankDiscrepancy(models.Model):
    """The bank found that money and data of a batch do not agree (bank.verify), and what came of it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="discrepancies", verbose_name="批次")
    text = models.CharField("哪里不符", max_length=300)
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="报告人")
    reported_at = models.DateTimeField("报告时间")
    settlement = models.CharField("处理结果", max_length=300, blank=True)
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="处理人")
    settled_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "银行核对不符"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settlement="") | Q(settled_at__isnull=False) & ~Q(settlement=""),
                name="disbursement_discrepancy_settled",
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(settled_at__isnull=True), name="disbursement_discrepancy_one_open"
            ),
        ]


class ReturnNotice(models.Model):
    """Money that was paid came back later, by a transfer between banks (bank.cross_return, CQ§28(6)).

    The only way from paid to failed. The bank's days run from the moment at which it heard of the return.
    """

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="return_notice", verbose_name="支付")
    reason = models.CharField("退回原因", max_length=4)
    message = models.CharField("银行说明", max_length=200, blank=True)
    reference = models.CharField("退款流水号", max_length=60)
    noticed_at = models.DateTimeField("银行收到退款信息的时间")
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="报告人")
    reported_at = models.DateTimeField("报告时间")

    class Meta:
        verbose_name = verbose_name_plural = "跨行退款"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason="") & ~Q(reference=""), name="disbursement_return_told"),
            models.CheckConstraint(
                condition=Q(reported_at__gte=models.F("noticed_at")), name="disbursement_return_times"
            ),
        ]
