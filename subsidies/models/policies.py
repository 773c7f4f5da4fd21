from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from jobs.models import StoredFile
from subsidies.models.templates import ColumnTemplate


class Document(models.Model):
    """A document with which something is founded: title, number, date and, where it was handed in, its file."""

    title = models.CharField("文件名称", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issued_on = models.DateField("发文日期", null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件"
    )

    class Meta:
        abstract = True


class PublishedItem(models.Model):
    """An item of the list that the region (or centre, or city) has published, as published (POL-2, ZLT§6).

    A prescribed policy of the county maps to one of them, and no two policies map to the same.
    """

    class Level(models.TextChoices):
        CENTRAL = "central", "中央"
        REGION = "region", "省（自治区、直辖市）"
        MUNICIPAL = "municipal", "市（地、州、盟）"

    code = models.CharField("清单代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    level = models.CharField("级次", max_length=10, choices=Level)
    source_title = models.CharField("公布文件", max_length=200)
    source_number = models.CharField("文号", max_length=60, blank=True)
    source_on = models.DateField("发文日期", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    active_from = models.DateField("列入清单", null=True, blank=True)
    active_to = models.DateField("移出清单", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "上级清单项目"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Policy(models.Model):
    """A subsidy policy of the county's list (补贴政策清单, POL-1). What it pays stands in its versions."""

    class Funding(models.TextChoices):
        CENTRAL = "central", "中央"
        PROVINCIAL = "provincial", "省（自治区、直辖市）"
        MUNICIPAL = "municipal", "市（地、州、盟）"
        COUNTY = "county", "县（市、区）"

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

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.PROPOSED: frozenset({Status.IN_FORCE}),
        Status.IN_FORCE: frozenset({Status.STOPPED}),
        Status.STOPPED: frozenset(),
    }

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
    contact_person = models.CharField("联系人", max_length=50, blank=True)
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
    """What a policy says from a date on; a change is a new version (POL-3). Paid under only once it is public."""

    class Method(models.TextChoices):
        ACCOUNT = "account", "打卡"
        CASH = "cash", "现金"

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions", verbose_name="政策")
    number = models.PositiveSmallIntegerField("版本")
    effective_from = models.DateField("生效日期")
    eligibility = models.TextField("补贴对象与条件")
    guide = models.TextField("申报指南", blank=True)
    periods = models.CharField("计发期间", max_length=200, blank=True)
    payout_methods = models.JSONField("发放方式", default=list)
    # The columns of its rosters; none: those that every roster has.
    template = models.ForeignKey(
        ColumnTemplate, null=True, on_delete=models.PROTECT, related_name="versions", verbose_name="造册模板"
    )
    published_at = models.DateTimeField("公开时间", null=True)
    change = models.OneToOneField(
        "subsidies.PolicyChange", null=True, on_delete=models.PROTECT, related_name="version", verbose_name="政策变更"
    )

    class Meta:
        verbose_name = verbose_name_plural = "政策版本"
        ordering = ["policy", "number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="subsidies_version_number"),
            models.UniqueConstraint(fields=["policy", "effective_from"], name="subsidies_version_date"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} 第{self.number}版"

    @property
    def methods(self) -> list[str]:
        """The ways of paying in words."""
        return [label for value, label in self.Method.choices if value in self.payout_methods]


class BasisDocument(Document):
    """A document on which a version stands (依据文件)."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="basis", verbose_name="版本")

    class Meta:
        verbose_name = verbose_name_plural = "依据文件"
        ordering = ["version", "id"]

    def __str__(self) -> str:
        return f"《{self.title}》" + (f"（{self.number}）" if self.number else "")


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
