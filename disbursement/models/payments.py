"""Attempts to pay, and the bank's word on each."""

from django.db import models
from django.db.models import Q

from accounts.models import User
from disbursement.models.batches import Batch
from households.models import AccountChange, Person
from jobs.models import Job, StoredFile
from rosters.models import RosterLine


class Payment(models.Model):
    """One attempt to pay one entitlement. Of an entitlement's attempts at most one lives (truth 2)."""

    class Status(models.TextChoices):
        PENDING = "pending", "待发送"
        SENT = "sent", "银行处理中"
        UNKNOWN = "unknown", "结果待查"
        PAID = "paid", "已发放"
        FAILED = "failed", "发放失败"
        CANCELLED = "cancelled", "已撤销"

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.PENDING: frozenset({Status.SENT, Status.CANCELLED}),
        Status.SENT: frozenset({Status.PAID, Status.FAILED, Status.UNKNOWN}),
        Status.UNKNOWN: frozenset({Status.PAID, Status.FAILED}),
        # Only by the bank's notice that the money came back (ReturnNotice).
        Status.PAID: frozenset({Status.FAILED}),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    }

    class Disposal(models.TextChoices):
        OPEN = "open", "待处理"
        MENDED = "mended", "账户已更正，待补发"
        REISSUED = "reissued", "已补发"
        RETURNED = "returned", "已退回申报"
        TAKEN_OUT = "taken_out", "已移出清册"
        SURPLUS = "surplus", "已转作结余"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="payments", verbose_name="批次")
    number = models.PositiveIntegerField("批内序号")
    # A cancelled draft's payment goes with its line when the returned roster is edited (trigger
    # `disbursement_line_gone`); every other payment holds its line by the foreign key in the database.
    line = models.ForeignKey(RosterLine, on_delete=models.DO_NOTHING, related_name="payments", verbose_name="清册明细")
    attempt = models.PositiveSmallIntegerField("第几次支付", default=1)
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="followers", verbose_name="上一次支付"
    )
    payee = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="payments", verbose_name="收款人")
    payee_name = models.CharField("收款人姓名", max_length=50)
    payee_id_cipher = models.BinaryField("身份证号（密文）")
    bank_name = models.CharField("开户银行", max_length=60)
    account_cipher = models.BinaryField("账号（密文）")
    account_digest = models.BinaryField("账号（摘要）")
    account_tail = models.CharField("尾号", max_length=4)
    amount_fen = models.BigIntegerField("金额（分）")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PENDING)
    reason = models.CharField("失败原因", max_length=4, blank=True)
    bank_message = models.CharField("银行返回信息", max_length=200, blank=True)
    bank_reference = models.CharField("银行流水号", max_length=60, blank=True)
    settled_at = models.DateTimeField("入账或退回时间", null=True)
    disposal = models.CharField("失败处理", max_length=10, choices=Disposal, blank=True)
    mended_by = models.ForeignKey(AccountChange, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "支付"
        ordering = ["batch", "number"]
        indexes = [
            models.Index(fields=["line", "attempt"], name="disbursement_payment_line"),
            models.Index(fields=["payee"], name="disbursement_payment_payee"),
            models.Index(fields=["disposal"], condition=Q(status="failed"), name="disbursement_payment_failed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="disbursement_payment_number"),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(status__in=["pending", "sent", "unknown", "paid"]),
                name="disbursement_no_one_paid_twice",
            ),
            # A cancelled draft was never an attempt: the line may be paid by the next batch.
            models.UniqueConstraint(
                fields=["line", "attempt"], condition=~Q(status="cancelled"), name="disbursement_payment_attempt"
            ),
            models.UniqueConstraint(
                fields=["previous"], condition=~Q(status="cancelled"), name="disbursement_payment_one_successor"
            ),
            # A result refers to (id, amount): it cannot name another amount than was sent (truth 6).
            models.UniqueConstraint(fields=["id", "amount_fen"], name="disbursement_payment_amount"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="disbursement_payment_positive"),
            models.CheckConstraint(
                condition=Q(attempt=1, previous__isnull=True) | Q(attempt__gt=1, previous__isnull=False),
                name="disbursement_payment_reissue_names_previous",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | (~Q(reason="") & ~Q(disposal="")),
                name="disbursement_payment_failed_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee_name}（批内第{self.number}号）"


class ResultFile(models.Model):
    """A bank's answer: taken in once, by the digest of its bytes (truth 6)."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="results", verbose_name="批次")
    digest = models.BinaryField("文件摘要", unique=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    line_count = models.PositiveIntegerField("笔数")
    paid_fen = models.BigIntegerField("成功金额（分）")
    failed_fen = models.BigIntegerField("失败金额（分）")
    received_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="接收人")
    received_at = models.DateTimeField("接收时间")

    class Meta:
        verbose_name = verbose_name_plural = "结果文件"
        ordering = ["id"]


class ResultLine(models.Model):
    """A bank's final word on one payment: paid or failed, once for each."""

    class Outcome(models.TextChoices):
        PAID = "paid", "成功"
        FAILED = "failed", "失败"

    result = models.ForeignKey(ResultFile, on_delete=models.PROTECT, related_name="lines")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="result")
    number = models.PositiveIntegerField("批内序号")
    amount_fen = models.BigIntegerField("金额（分）")
    outcome = models.CharField("结果", max_length=8, choices=Outcome)
    code = models.CharField("返回码", max_length=10, blank=True)
    reason = models.CharField("失败原因", max_length=4, blank=True)
    message = models.CharField("返回信息", max_length=200, blank=True)
    bank_reference = models.CharField("银行流水号", max_length=60, blank=True)
    settled_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "结果明细"
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="disbursement_result_once")]


class BankOutbox(models.Model):
    """A file to be handed to a bank after the release committed; the connector sends it, and says so here."""

    class State(models.TextChoices):
        WAITING = "waiting", "待传送"
        SENT = "sent", "已传送"
        FAILED = "failed", "传送失败"

    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, related_name="outbox")
    file_name = models.CharField("文件名", max_length=100)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    error = models.CharField("错误", max_length=300, blank=True)
    made_at = models.DateTimeField("生成时间")
    sent_at = models.DateTimeField("传送时间", null=True)
