"""Where the money of a payout comes from: agent accounts, payment orders, arrivals."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Organisation, User
from subsidies.models import Quota


class AgentAccount(models.Model):
    """The account from which an agent bank pays out (代发户)."""

    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agent_accounts", verbose_name="银行")
    name = models.CharField("户名", max_length=100)
    number_cipher = models.BinaryField("账号（密文）")
    tail = models.CharField("尾号", max_length=4)
    layout = models.CharField("代发文件格式", max_length=20)
    active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "代发户"

    def __str__(self) -> str:
        return f"{self.bank} {self.name}"


class PaymentOrder(models.Model):
    """A payment order of the treasury system (国库支付单) that succeeded, to an agent account (FND-2)."""

    number = models.CharField("支付单号", max_length=40, unique=True)
    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, related_name="payment_orders", verbose_name="资金指标")
    agent_account = models.ForeignKey(AgentAccount, on_delete=models.PROTECT, related_name="+", verbose_name="代发户")
    amount_fen = models.BigIntegerField("金额（分）")
    succeeded_at = models.DateTimeField("拨付成功时间")
    # Where data goes before money, the order is for the batch whose data lies with the bank (data.before_money).
    batch = models.OneToOneField(
        "Batch", null=True, on_delete=models.PROTECT, related_name="order", verbose_name="批次"
    )
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "国库支付单"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="disbursement_order_positive")]

    def __str__(self) -> str:
        return self.number


class Arrival(models.Model):
    """Money of an order in the agent account. `used_fen` is out with the bank or paid; it never passes the amount."""

    order = models.OneToOneField(PaymentOrder, on_delete=models.PROTECT, related_name="arrival", verbose_name="支付单")
    bank_reference = models.CharField("银行流水号", max_length=60, unique=True)
    amount_fen = models.BigIntegerField("到账金额（分）")
    used_fen = models.BigIntegerField("已用（分）", default=0)
    arrived_at = models.DateTimeField("到账时间")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "到账"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_fen__gte=0, used_fen__lte=F("amount_fen")), name="disbursement_arrival_not_overdrawn"
            )
        ]

    def __str__(self) -> str:
        return self.bank_reference
