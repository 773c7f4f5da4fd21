from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from subsidies.models.policies import Policy


class ExclusionGroup(models.Model):
    """Policies of which a person (or a household) may have only one at a time (ROS-4): who is in one roster on its way
    stops, or must be explained, in a roster of another of them whose period overlaps, anywhere in the county."""

    class Per(models.TextChoices):
        PERSON = "person", "同一人"
        HOUSEHOLD = "household", "同一户"

    class Severity(models.TextChoices):
        ERROR = "error", "不能同时享受"
        WARNING = "warning", "须说明情况"

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    per = models.CharField("范围", max_length=10, choices=Per, default=Per.PERSON)
    severity = models.CharField("处理", max_length=8, choices=Severity, default=Severity.WARNING)
    source = models.CharField("依据", max_length=200, help_text="文件名称和文号；由主管部门提出的，写明主管部门和日期")
    policies = models.ManyToManyField(
        Policy, related_name="exclusion_groups", verbose_name="政策", help_text="至少两项"
    )
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "互斥政策组"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(source=""), name="subsidies_exclusion_source"),
        ]

    def __str__(self) -> str:
        return self.name


def check_members(count: int) -> None:
    """A policy excludes another one, never itself."""
    if count < 2:
        raise ValidationError("互斥政策组至少要有两项政策。")
