from django.db import models
from django.db.models import Q


class Division(models.Model):
    """A division by its 12-digit statistical code: the county, its townships, their villages."""

    class Level(models.TextChoices):
        COUNTY = "county", "县（市、区）"
        TOWNSHIP = "township", "乡镇（街道）"
        VILLAGE = "village", "村（社区）"

    code = models.CharField("区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children", verbose_name="上级"
    )

    class Meta:
        verbose_name = verbose_name_plural = "行政区划"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level="county", parent__isnull=True) | (~Q(level="county") & Q(parent__isnull=False)),
                name="accounts_division_parent",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """Who works in the portal: an office with a division; its people hold posts in it."""

    class Kind(models.TextChoices):
        FINANCE_BUREAU = "finance_bureau", "财政局"
        DEPARTMENT = "department", "主管部门"
        TOWNSHIP = "township", "乡镇人民政府"
        FINANCE_STATION = "finance_station", "乡镇财政所"
        VILLAGE = "village", "村（社区）委员会"
        SCHOOL = "school", "学校"
        BANK = "bank", "代理金融机构"
        AUDIT = "audit", "审计与纪检监察"
        OPERATIONS = "operations", "系统管理"

    kind = models.CharField("类别", max_length=16, choices=Kind)
    code = models.CharField("代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=100)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="organisations", verbose_name="区划")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="offices", verbose_name="上级机构"
    )
    phone = models.CharField("联系电话", max_length=20, blank=True)
    active = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        ordering = ["kind", "code"]

    def __str__(self) -> str:
        return self.name
