"""The portal's time, from one place: the database's clock, shown and counted in Asia/Shanghai (design §5).

A practice installation may move it forward so that a trainee or a test sees five days pass.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.models import PortalClock, User
from accounts.trail import record
from lib.errors import Conflict

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The portal's present moment, aware. Never behind the newest entry of the trail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(SHANGHAI)


def today() -> date:
    """The portal's date in Shanghai."""
    return now().date()


def practising() -> bool:
    return PortalClock.objects.filter(pk=1, practice=True).exists()


def begin_practice(*, at: datetime) -> None:
    """Makes this a practice installation whose time begins at `at`. Only possible before the trail's first entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_portalclock SET practice = true, shift = %s - clock_timestamp() WHERE id = 1", [at]
        )


@transaction.atomic
def move_to(moment: datetime, *, by: User | None) -> datetime:
    """Moves a practice installation's time forward to `moment`. Refused elsewhere, and never back."""
    if not practising():
        raise Conflict("只有演练环境可以调整时钟。", code="clock.real")
    if moment < now():
        raise Conflict("演练时钟只能向前调整。", code="clock.back")
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_portalclock SET shift = %s - clock_timestamp() WHERE id = 1", [moment])
    record(by=by, verb="clock.move", subject=("accounts.portalclock", "1"), facts={"from": before, "to": moment})
    return now()


def move_by(span: timedelta, *, by: User | None) -> datetime:
    return move_to(now() + span, by=by)


def end_of_day(day: date) -> datetime:
    """24:00 of a day in Shanghai, which is 0:00 of the next."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)
