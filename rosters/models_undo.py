"""What an import of lines replaced, kept while nothing depends on it, so that the import can be taken back whole."""

from django.db import models

from rosters.models import Roster, RosterImport


class RosterUndo(models.Model):
    """The last import of a roster, as long as it may still be undone; there is one for a roster at most.

    `spoilt` is set by the database as soon as any line of the roster is added, changed or removed after the import.
    """

    roster = models.OneToOneField(Roster, on_delete=models.PROTECT, related_name="undo", verbose_name="清册")
    batch = models.OneToOneField(RosterImport, on_delete=models.PROTECT, related_name="undo", verbose_name="导入")
    # Lines with a higher id came with the import.
    last_line = models.BigIntegerField("导入前的最后一条", default=0)
    lines = models.PositiveIntegerField("导入前的条数")
    total_fen = models.BigIntegerField("导入前的金额（分）")
    # The explanations that were in force: rule, holder, basis, message, explanation, by, at.
    explained = models.JSONField("导入前的情况说明", default=list)
    spoilt = models.BooleanField("之后有改动", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "可撤销的导入"


class FormerLine(models.Model):
    """A line that an import replaced, whole: numbers of people are in it as ciphertext, as they were in the line."""

    undo = models.ForeignKey(RosterUndo, on_delete=models.CASCADE, related_name="former")
    line = models.JSONField("明细")

    class Meta:
        verbose_name = verbose_name_plural = "被替换的明细"
