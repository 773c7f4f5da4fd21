"""What is sent to the bank at once."""

from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from disbursement.models.money import AgentAccount, Arrival
from jobs.models import StoredFile
from rosters.models import Roster
from subsidies.models import Quota


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
