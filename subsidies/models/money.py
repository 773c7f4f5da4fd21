from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, User
from subsidies.models.policies import Policy


class Quota(models.Model):
    """A quota document (指标): so much money of one level for one policy and year (FND-1)."""

    class Level(models.TextChoices):
        CENTRAL = "central", "中央"
        REGION = "region", "省（自治区、直辖市）"
        LEAGUE = "league", "市（地、州、盟）"
        COUNTY = "county", "县（区、旗）"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="quotas", verbose_name="政策")
    year = models.PositiveSmallIntegerField("年度")
    level = models.CharField("资金级次", max_length=10, choices=Level)
    document_number = models.CharField("指标文号", max_length=60, unique=True)
    amount_fen = models.BigIntegerField("金额（分）")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="录入人")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        verbose_name = verbose_name_plural = "资金指标"
        ordering = ["-year", "document_number"]
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="subsidies_quota_positive")]

    def __str__(self) -> str:
        return self.document_number


class LedgerAccount(models.Model):
    """A place where a quota's money is. `source` opens with the whole quota, all others with nothing.

    The balance is written by the trigger of `Transfer` only and never passes below zero, so that the sum over the
    accounts of a quota is the quota at every moment (FND-3).
    """

    class Kind(models.TextChoices):
        SOURCE = "source", "指标来源"
        AVAILABLE = "available", "可用"
        RESERVED = "reserved", "清册占用"
        IN_TRANSIT = "in_transit", "银行在途"
        PAID = "paid", "已发放"
        RETURNED = "returned", "发放失败退回"
        RECOVERED = "recovered", "已追回"
        SURPLUS = "surplus", "结余上缴"

    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, related_name="accounts", verbose_name="指标")
    kind = models.CharField("科目", max_length=12, choices=Kind)
    opening_fen = models.BigIntegerField("期初（分）", default=0)
    balance_fen = models.BigIntegerField("余额（分）", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "资金科目"
        constraints = [
            models.UniqueConstraint(fields=["quota", "kind"], name="subsidies_account_once"),
            models.CheckConstraint(condition=Q(balance_fen__gte=0), name="subsidies_account_floor"),
            models.CheckConstraint(condition=Q(opening_fen=0) | Q(kind="source"), name="subsidies_account_opening"),
        ]

    def __str__(self) -> str:
        return f"{self.quota} {self.get_kind_display()}"


class Transfer(models.Model):
    """One positive amount from one account of a quota to another: append-only, once per key (truth 1)."""

    key = models.CharField("幂等键", max_length=120, unique=True)
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="outgoing", verbose_name="转出")
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="incoming", verbose_name="转入")
    amount_fen = models.BigIntegerField("金额（分）")
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.BigIntegerField("对象编号")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经手人")
    person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "资金划转"
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="subsidies_transfer_subject")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="subsidies_transfer_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="subsidies_transfer_two_accounts"),
        ]

    def __str__(self) -> str:
        return self.key
