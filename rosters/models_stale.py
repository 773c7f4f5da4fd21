"""That a roster's checks are behind the register."""

from django.db import models

from rosters.models import Roster


class StaleCheck(models.Model):
    """The register says something else of somebody in the roster since it was checked; the next check takes it away.

    A row of its own, never a mark on the roster: whoever changes the register waits for no lock of a roster.
    """

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="stale_checks", verbose_name="清册")
    people = models.PositiveIntegerField("人数")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "检查已过时"
