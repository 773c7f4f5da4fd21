from django.db import models
from django.db.models import Q

from accounts.models import NaturalPerson, User


class PolicyListYear(models.Model):
    """A year of the county's list: the subject of the clock by which it has to be public (POL-4)."""

    year = models.PositiveSmallIntegerField("年度", primary_key=True)
    opened_at = models.DateTimeField("起算时间")

    class Meta:
        verbose_name = verbose_name_plural = "年度政策清单"
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年补贴政策清单"


class PolicyListRelease(models.Model):
    """The list as it was made public: a snapshot with its digest, never changed. Of a year the newest is the list."""

    year = models.ForeignKey(PolicyListYear, on_delete=models.PROTECT, related_name="releases", verbose_name="年度")
    number = models.PositiveSmallIntegerField("期次")
    items = models.JSONField("清单")
    count = models.PositiveIntegerField("项数")
    digest = models.BinaryField("摘要")
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="公布人")
    published_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField("公布时间")

    class Meta:
        verbose_name = verbose_name_plural = "清单公布"
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="subsidies_release_number"),
            models.CheckConstraint(condition=Q(count__gt=0), name="subsidies_release_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.year_id}年第{self.number}期"
