from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from households.models import AccountChange, Person
from jobs.models import Job, StoredFile
from rosters.models import Roster, RosterLine
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


class Batch(models.Model):
    """What is sent to the bank at once: made by one finance officer, released by another (PAY-1)."""

    class Kind(models.TextChoices):
        FIRST = "first", "首次发放"
        REISSUE = "reissue", "补发"

    class Status(models.TextChoices):
        DRAFT = "draft", "待复核放行"
        RELEASED = "released", "已放行待传送"
        SENT = "sent", "银行发放中"
        ANSWERED = "answered", "已反馈"
        CANCELLED = "cancelled", "已撤销"

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.DRAFT: frozenset({Status.RELEASED, Status.CANCELLED}),
        Status.RELEASED: frozenset({Status.SENT}),
        Status.SENT: frozenset({Status.ANSWERED}),
        Status.ANSWERED: frozenset(),
        Status.CANCELLED: frozenset(),
    }

    class Method(models.TextChoices):
        ACCOUNT = "account", "打卡"
        CASH = "cash", "现金"

    number = models.CharField("批次号", max_length=30, unique=True)
    kind = models.CharField("类别", max_length=8, choices=Kind)
    method = models.CharField("发放方式", max_length=8, choices=Method, default=Method.ACCOUNT)
    # The rules of its rosters, which are alike in all that concerns the bank (PRO-1: what is under way keeps them).
    rules = models.JSONField("适用规则", default=dict)
    # Who pays and sends the data: the finance bureau or the department in charge (dispatch.by).
    payer = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="batches_paid", verbose_name="发放单位"
    )
    # True where data goes before money: the batch is with the bank before its money arrived.
    data_first = models.BooleanField("先数据后资金", default=False)
    arrival = models.ForeignKey(
        Arrival, null=True, on_delete=models.PROTECT, related_name="batches", verbose_name="到账"
    )
    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, related_name="+", verbose_name="资金指标")
    agent_account = models.ForeignKey(AgentAccount, on_delete=models.PROTECT, related_name="batches")
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="batches", verbose_name="代理银行")
    rosters = models.ManyToManyField(Roster, through="BatchRoster", related_name="batches")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    payment_count = models.PositiveIntegerField("笔数", default=0)
    total_fen = models.BigIntegerField("金额合计（分）", default=0)
    paid_count = models.PositiveIntegerField("成功笔数", default=0)
    paid_fen = models.BigIntegerField("成功金额（分）", default=0)
    failed_count = models.PositiveIntegerField("失败笔数", default=0)
    failed_fen = models.BigIntegerField("失败金额（分）", default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="制单人")
    made_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("制单时间")
    released_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="放行人")
    released_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField("放行时间", null=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="代发文件")
    sent_at = models.DateTimeField("送达银行时间", null=True)
    # The bank has compared money and data (bank.verify), or says what does not agree; then it has paid out.
    verified_at = models.DateTimeField("银行核对无误时间", null=True)
    verified_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核对人")
    discrepancy = models.CharField("银行核对不符", max_length=300, blank=True)
    finished_at = models.DateTimeField("银行发放结束时间", null=True)
    answered_at = models.DateTimeField("反馈时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "发放批次"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by_person__isnull=True) | ~Q(released_by_person=F("made_by_person")),
                name="disbursement_batch_two_people",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"])
                | Q(released_by_person__isnull=False, payment_count__gt=0, total_fen__gt=0),
                name="disbursement_batch_released",
            ),
            # Nobody is paid before the money is there: only data that goes first may be without it, until paid.
            models.CheckConstraint(
                condition=Q(arrival__isnull=False)
                | Q(data_first=True, status__in=["draft", "released", "sent", "cancelled"], finished_at__isnull=True),
                name="disbursement_batch_money",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BatchRoster(models.Model):
    """A roster in a batch, with the fingerprint that was signed."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="parts")
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="parts")
    fingerprint = models.BinaryField("指纹")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "roster"], name="disbursement_batch_roster_once")]


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
        Status.PAID: frozenset(),
        Status.FAILED: frozenset(),
        Status.CANCELLED: frozenset(),
    }

    class Disposal(models.TextChoices):
        OPEN = "open", "待处理"
        MENDED = "mended", "账户已更正，待补发"
        REISSUED = "reissued", "已补发"
        RETURNED = "returned", "已退回申报"
        TAKEN_OUT = "taken_out", "已移出清册"

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
        return f"{self.batch_id}-{self.number}"


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
