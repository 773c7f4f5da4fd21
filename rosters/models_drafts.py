"""What a clerk has in hand and has not finished: the grid's draft, and changes that were looked at."""

from django.db import models

from accounts.models import User
from rosters.models import Roster


class GridDraft(models.Model):
    """What stands in a roster's grid and is not saved yet (ROS-3), one for a roster.

    Enciphered as a whole, for it holds ID numbers as people typed them.
    """

    roster = models.OneToOneField(Roster, on_delete=models.PROTECT, related_name="grid_draft", verbose_name="清册")
    version = models.PositiveIntegerField("版本", default=0)
    # The name that a browser gave the last change: what arrived is not sent twice after a broken line.
    change = models.CharField("最近改动", max_length=40, blank=True)
    replace = models.BooleanField("替换已有明细", default=True)
    row_count = models.PositiveIntegerField("行数", default=0)
    rows_cipher = models.BinaryField("内容（密文）")
    # The roster's lines when the draft began; lines that changed since are not overwritten in silence.
    seen = models.CharField("起草时的明细", max_length=32)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="保存人")
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "表格草稿"


class ChangeSeen(models.Model):
    """A change against the last period that the clerk has looked at (ROS-2). `what` as it was shown: if it changes
    again, it is to be looked at again."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="changes_seen", verbose_name="清册")
    holder = models.CharField("权益主体", max_length=24)
    basis = models.CharField("计发依据", max_length=60, blank=True)
    kind = models.CharField("变动", max_length=10)
    what = models.CharField("内容", max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="核对人")
    at = models.DateTimeField("核对时间")

    class Meta:
        verbose_name = verbose_name_plural = "已核对的变动"
        constraints = [
            models.UniqueConstraint(fields=["roster", "holder", "basis", "kind"], name="rosters_change_seen_once")
        ]
