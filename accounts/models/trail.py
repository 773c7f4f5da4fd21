from django.db import models

from accounts.models.people import NaturalPerson, User


class TrailEntry(models.Model):
    """Who did what, when: append-only and hash-chained (ACL-3).

    The database writes `seq`, `at`, `previous` and `digest` when the transaction commits (`accounts_trail_chain`), so
    that the one lock which orders the chain is held for that moment only. Nobody may change or remove a row.
    """

    seq = models.BigIntegerField("序号", unique=True, null=True, editable=False)
    at = models.DateTimeField("时间", null=True, editable=False)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="用户")
    person = models.ForeignKey(
        NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="自然人"
    )
    verb = models.CharField("事项", max_length=60)
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.CharField("对象编号", max_length=60)
    facts = models.TextField("事实")
    previous = models.BinaryField("上一条摘要", null=True, editable=False)
    digest = models.BinaryField("摘要", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "轨迹"
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="accounts_trail_subject"),
            models.Index(fields=["actor", "seq"], name="accounts_trail_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.subject_type}:{self.subject_id}"


class TrailHead(models.Model):
    """The newest link of the chain: one row, written by the database only."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    digest = models.BinaryField()
