"""What a household farms and keeps (家庭生产资料, REG-1): land by plot, grassland, livestock, machines by number."""

from django.db import models
from django.db.models import Q

from households.models.register import Household


class Means(models.Model):
    """One plot, pasture, herd or machine of a household, in its unit; `mark` is the plot's or the machine's number.

    The household's own areas stay the figures by which land is subsidised; plots say where the contracted land lies.
    """

    class Kind(models.TextChoices):
        CONTRACTED = "contracted", "承包地"
        PLANTED = "planted", "种植面积"
        GRASSLAND = "grassland", "草场"
        FOREST = "forest", "林地"
        LIVESTOCK = "livestock", "牲畜"
        MACHINE = "machine", "农机"

    UNITS = {
        Kind.CONTRACTED: ("亩",),
        Kind.PLANTED: ("亩",),
        Kind.GRASSLAND: ("亩",),
        Kind.FOREST: ("亩",),
        Kind.LIVESTOCK: ("头", "只", "匹", "口", "羽"),
        Kind.MACHINE: ("台", "套"),
    }

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="means", verbose_name="农户")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    name = models.CharField("名称（作物、畜种、机型）", max_length=40, blank=True)
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=2)
    unit = models.CharField("单位", max_length=4)
    mark = models.CharField("地块或机具编号", max_length=40, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "生产资料"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="households_means_positive"),
            models.UniqueConstraint(
                fields=["kind", "mark"],
                condition=Q(kind__in=["contracted", "machine"]) & ~Q(mark=""),
                name="households_means_of_one_household",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}".strip()
