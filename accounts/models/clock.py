from datetime import timedelta

from django.db import models
from django.db.models import Q


class PortalClock(models.Model):
    """How far the portal's time is from the database's: one row, zero outside practice installations.

    `portal_now()` in the database and `rulebook.clock.now()` in Python read it. A trigger refuses to turn practice on
    once the trail has begun, and to move the clock of a practice installation back.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    practice = models.BooleanField("演练环境", default=False)
    shift = models.DurationField("与真实时间之差", default=timedelta(0))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="accounts_clock_single"),
            models.CheckConstraint(condition=Q(practice=True) | Q(shift=timedelta(0)), name="accounts_clock_real"),
        ]
