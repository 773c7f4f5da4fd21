"""That the rest of a standard from "money ÷ quantity" was handed out over a roster's lines, fen by fen."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from rosters.models import Roster


class RestShare(models.Model):
    """How the rest was handed out: of which money, and what it was. Which line got how much follows from its amount."""

    roster = models.OneToOneField(Roster, on_delete=models.PROTECT, related_name="rest", verbose_name="清册")
    total_fen = models.BigIntegerField("资金总额（分）")
    rest_fen = models.BigIntegerField("余额（分）")
    lines = models.PositiveIntegerField("分到余额的明细")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "余额分配"
        constraints = [
            models.CheckConstraint(
                condition=Q(rest_fen__gt=0) & Q(lines__gt=0) & Q(total_fen__gt=F("rest_fen")),
                name="rosters_rest_is_some",
            )
        ]
