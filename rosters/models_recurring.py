"""Errors of files that came back, and that a clerk has settled."""

from django.db import models

from accounts.models import Organisation, User


class RecurringSettled(models.Model):
    """The unit's clerk has seen to an error that came back: what was before is not counted any more."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="编制单位")
    person_digest = models.BinaryField()
    rule = models.CharField("规则", max_length=40)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="处理人")
    settled_at = models.DateTimeField("处理时间")

    class Meta:
        verbose_name = verbose_name_plural = "已处理的重复错误"
        indexes = [models.Index(fields=["organisation", "person_digest", "rule"], name="rosters_recurring_settled")]
