"""When a job was asked for and ended, for people. Jobs run in real time, whatever the portal's clock shows.

Where a practice installation has moved its clock, a date beside it would lie in the past or in the future: there a job
says how long ago it was, and from the second day on its date is named as real.
"""

from datetime import datetime, timedelta

from django.db.models import DateTimeField, Func

from accounts.models import PortalClock
from lib.templatetags.portal import cn_datetime

_RECENT = ((timedelta(minutes=1), "刚刚", 0), (timedelta(hours=1), "分钟前", 60), (timedelta(days=1), "小时前", 3600))


def told(*moments: datetime | None) -> list[str]:
    """Each moment in words; empty for those that have not come."""
    asked = PortalClock.objects.filter(pk=1, practice=True)
    real = Func(function="clock_timestamp", output_field=DateTimeField())
    now = asked.annotate(real=real).values_list("real", flat=True).first()
    return [words(moment, now) if moment is not None else "" for moment in moments]


def words(moment: datetime, now: datetime | None) -> str:
    """`now` is the real time of a practice installation; None elsewhere."""
    if now is None:
        return cn_datetime(moment)
    for span, said, unit in _RECENT:
        if now - moment < span:
            return f"{(now - moment) // timedelta(seconds=unit)}{said}" if unit else said
    return f"{cn_datetime(moment)}（实际时间）"
