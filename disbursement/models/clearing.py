"""The end of a policy's year: figures that all parties confirm, what is left handed back, the quotas closed."""

from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from disbursement.models.payments import Payment
from rulebook.catalogue import PARTIES
from subsidies.models import Policy, Quota


class Clearing(models.Model):
    """The clearing (清算) of one policy's year or execution period (REC-2).

    It falls due when the period ended, is sealed with its figures when nothing is unfinished, confirmed by the parties
    whom the rules name, and ends with everything of its quotas paid, recovered or handed back.
    """

    class Status(models.TextChoices):
        DUE = "due", "待清算"
        CONFIRMING = "confirming", "待各方确认"
        CLEARED = "cleared", "已清算"

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.DUE: frozenset({Status.CONFIRMING}),
        Status.CONFIRMING: frozenset({Status.DUE, Status.CLEARED}),
        Status.CLEARED: frozenset(),
    }

    number = models.CharField("清算编号", max_length=40, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="clearings", verbose_name="政策")
    year = models.PositiveSmallIntegerField("年度")
    period_end = models.DateField("清算截止日")
    # The rules with which it began: until when, and who confirms.
    rules = models.JSONField("适用规则")
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.DUE)
    opened_at = models.DateTimeField("列入时间")
    begun_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    begun_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField("送确认时间", null=True)
    round = models.PositiveSmallIntegerField("第几次送确认", default=0)
    digest = models.BinaryField("数字摘要", null=True)
    dispute = models.CharField("退回原因", max_length=300, blank=True)
    surplus_fen = models.BigIntegerField("结余（分）", default=0)
    # What is left in the agent account goes back to the treasury.
    left_fen = models.BigIntegerField("代发户余额（分）", default=0)
    handback_reference = models.CharField("缴回凭证号", max_length=60, blank=True)
    handback_at = models.DateTimeField("缴回时间", null=True)
    cleared_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    cleared_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "清算"
        ordering = ["-year", "policy__code", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "year"], condition=~Q(status="cleared"), name="disbursement_clearing_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status="due") | Q(digest__isnull=False, begun_by_person__isnull=False),
                name="disbursement_clearing_sealed",
            ),
            models.CheckConstraint(
                condition=~Q(status="cleared")
                | (
                    Q(cleared_by__isnull=False, cleared_at__isnull=False)
                    & (Q(left_fen=0) | (Q(handback_at__isnull=False) & ~Q(handback_reference="")))
                ),
                name="disbursement_clearing_handed_back",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ClearingQuota(models.Model):
    """One quota in a clearing, with its figures as they were sealed. A quota is cleared once."""

    clearing = models.ForeignKey(Clearing, on_delete=models.PROTECT, related_name="parts", verbose_name="清算")
    quota = models.OneToOneField(Quota, on_delete=models.PROTECT, related_name="clearing_part", verbose_name="指标")
    amount_fen = models.BigIntegerField("指标金额（分）", default=0)
    paid_fen = models.BigIntegerField("已发放（分）", default=0)
    recovered_fen = models.BigIntegerField("已追回（分）", default=0)
    returned_fen = models.BigIntegerField("发放失败退回（分）", default=0)
    unused_fen = models.BigIntegerField("未使用指标（分）", default=0)
    handed_back_fen = models.BigIntegerField("已上缴结余（分）", default=0)
    arrived_fen = models.BigIntegerField("到账（分）", default=0)
    left_fen = models.BigIntegerField("代发户余额（分）", default=0)
    payments = models.PositiveIntegerField("成功笔数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "清算指标"
        ordering = ["quota__document_number"]

    def __str__(self) -> str:
        return f"{self.clearing_id}-{self.quota_id}"


class ClearingConfirmation(models.Model):
    """A party's word that the figures are right: each by another human being, for the digest that was seen."""

    clearing = models.ForeignKey(Clearing, on_delete=models.PROTECT, related_name="confirmations", verbose_name="清算")
    round = models.PositiveSmallIntegerField("第几次送确认")
    party = models.CharField("参加方", max_length=12, choices=list(PARTIES.items()))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    maker_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField("数字摘要")
    opinion = models.CharField("意见", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "清算确认"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clearing", "round", "organisation"], name="disbursement_clearing_once_an_office"
            ),
            models.UniqueConstraint(
                fields=["clearing", "round", "by_person"], name="disbursement_clearing_other_people"
            ),
            models.CheckConstraint(
                condition=~Q(by_person=F("maker_person")), name="disbursement_clearing_maker_is_not_checker"
            ),
        ]


class WriteOff(models.Model):
    """A failed payment that will not be tried again: its money becomes surplus, for a reason that stays on record."""

    clearing = models.ForeignKey(Clearing, on_delete=models.PROTECT, related_name="write_offs", verbose_name="清算")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="write_off", verbose_name="支付")
    amount_fen = models.BigIntegerField("金额（分）")
    reason = models.CharField("原因", max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "转作结余"
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="disbursement_write_off_reason")]
