from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from accounts.models.people import NaturalPerson, Post, User


class Deputation(models.Model):
    """Somebody acts in a reviewing post for its holder, for a term and a reason (代理).

    Asked for by the holder or an administrator, confirmed by another person; only then is there a post
    (`Post.deputation`), with the same limits as every post, and it ends by itself.
    """

    class State(models.TextChoices):
        ASKED = "asked", "待确认"
        CONFIRMED = "confirmed", "已确认"
        REFUSED = "refused", "未同意"
        ENDED = "ended", "已终止"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.ASKED: frozenset({State.CONFIRMED, State.REFUSED, State.ENDED}),
        State.CONFIRMED: frozenset({State.ENDED}),
        State.REFUSED: frozenset(),
        State.ENDED: frozenset(),
    }
    OPEN = frozenset({State.ASKED, State.CONFIRMED})

    principal = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deputations", verbose_name="岗位")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="代理人")
    deputy_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    term = DateRangeField("代理期")
    reason = models.CharField("原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    asked_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("确认时间", null=True)
    opinion = models.CharField("意见", max_length=200, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="终止人")
    ended_at = models.DateTimeField("终止时间", null=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "岗位代理"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="accounts_deputation_reason"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "ended"], decided_by_person__isnull=True)
                | Q(state__in=["confirmed", "refused", "ended"], decided_by_person__isnull=False),
                name="accounts_deputation_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True)
                | (~Q(decided_by_person=F("asked_by_person")) & ~Q(decided_by_person=F("deputy_person"))),
                name="accounts_deputation_two_people",
            ),
            ExclusionConstraint(
                name="accounts_deputation_one_at_a_time",
                expressions=[("principal", RangeOperators.EQUAL), ("term", RangeOperators.OVERLAPS)],
                condition=Q(state__in=["asked", "confirmed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy}代{self.principal.user}"
