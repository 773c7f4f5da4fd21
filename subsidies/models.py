from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User


class Policy(models.Model):
    """A subsidy policy of the county's list (补贴政策清单, POL-1). What it pays stands in its versions."""

    class Kind(models.TextChoices):
        PRESCRIBED = "prescribed", "规定清单"
        COUNTY = "county", "自定清单"

    class Unit(models.TextChoices):
        HOUSEHOLD = "household", "按户"
        PERSON = "person", "按人"

    class Category(models.TextChoices):
        PRODUCTION = "production", "生产资料类"
        IDENTITY = "identity", "身份类"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "拟设"
        IN_FORCE = "in_force", "执行中"
        STOPPED = "stopped", "已停止"

    class Frequency(models.TextChoices):
        MONTHLY = "monthly", "按月"
        QUARTERLY = "quarterly", "按季"
        YEARLY = "yearly", "按年"
        ONCE = "once", "一次性"

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=7, help_text="不超过7个字，用作银行摘要")
    kind = models.CharField("清单类别", max_length=12, choices=Kind)
    published_code = models.CharField("上级公布清单代码", max_length=20, blank=True)
    department = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="policies", verbose_name="主管部门"
    )
    unit = models.CharField("计发对象", max_length=10, choices=Unit)
    category = models.CharField("补贴性质", max_length=10, choices=Category)
    frequency = models.CharField("发放周期", max_length=10, choices=Frequency)
    funding_levels = models.JSONField("资金来源", default=list)
    consult_phone = models.CharField("咨询电话", max_length=20)
    supervise_phone = models.CharField("监督电话", max_length=20)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PROPOSED)
    in_force_from = models.DateField("执行起始", null=True)
    in_force_to = models.DateField("执行截止", null=True)
    published_at = models.DateTimeField("公开时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "补贴政策"
        ordering = ["code"]
        constraints = [
            # ZLT§6: central and regional money only for what the higher list publishes.
            models.CheckConstraint(
                condition=~Q(kind="prescribed") | ~Q(published_code=""), name="subsidies_policy_prescribed_mapped"
            ),
            models.UniqueConstraint(
                fields=["published_code"], condition=~Q(published_code=""), name="subsidies_policy_published_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """What a policy says from a date on; a change is a new version (POL-3)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions", verbose_name="政策")
    number = models.PositiveSmallIntegerField("版本")
    effective_from = models.DateField("生效日期")
    eligibility = models.TextField("补贴对象与条件")
    guide = models.TextField("申报指南", blank=True)
    basis = models.JSONField("依据文件", default=list, help_text="[{title, number, date}]")

    class Meta:
        verbose_name = verbose_name_plural = "政策版本"
        ordering = ["policy", "number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="subsidies_version_number"),
            models.UniqueConstraint(fields=["policy", "effective_from"], name="subsidies_version_date"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} 第{self.number}版"


class Standard(models.Model):
    """A tier of a version: fen for one unit (亩, 人·月, 台 …), bounds of the quantity and of the age."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="standards", verbose_name="版本")
    code = models.CharField("档次代码", max_length=20)
    name = models.CharField("档次", max_length=60)
    amount_fen = models.BigIntegerField("标准（分）")
    per = models.CharField("计量单位", max_length=10)
    max_quantity = models.DecimalField("数量上限", max_digits=12, decimal_places=2, null=True, blank=True)
    age_from = models.PositiveSmallIntegerField("年龄下限", null=True, blank=True)
    age_to = models.PositiveSmallIntegerField("年龄上限", null=True, blank=True)
    source = models.CharField("标准依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "补贴标准"
        ordering = ["version", "code"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="subsidies_standard_code"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="subsidies_standard_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class Quota(models.Model):
    """A quota document (指标): so much money of one level for one policy and year (FND-1)."""

    class Level(models.TextChoices):
        CENTRAL = "central", "中央"
        REGION = "region", "自治区（省、市）"
        LEAGUE = "league", "盟（地、市）"
        COUNTY = "county", "旗（县、区）"

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
