"""What is missing in the calendar, before it hurts: next year's days off, and the clocks that cannot run without them.

The State Council's notice for the next year comes in October or November; whoever has not entered it by December has
clocks of the turn of the year standing still. Where the region has days off of its own (肉孜节), their dates are
announced anew each year and cannot be worked out beforehand: they are asked for as soon as the nation's year is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import Scope, scope_of
from accounts.workbench import Todo
from lib.templatetags.portal import cn_date
from rulebook import clock
from rulebook.models import CalendarDay, CalendarNotice, CalendarYear
from rulebook.recount import blocked

ASK_FROM, URGE_FROM = 10, 12  # months


@dataclass(frozen=True)
class Alert:
    title: str
    words: str
    tone: str
    url: str
    count: int = 1


def missing_years(today: date) -> list[int]:
    """Years that should be known by now: this one, and from October on the next."""
    due = [today.year, today.year + 1] if today.month >= ASK_FROM else [today.year]
    known = set(CalendarYear.objects.filter(year__in=due).values_list("year", flat=True))
    return [year for year in due if year not in known]


def missing_local_years(today: date) -> list[int]:
    """Years that have the nation's days but not the region's, where the year before had some."""
    due = [today.year, today.year + 1] if today.month >= ASK_FROM else [today.year]
    known = set(CalendarYear.objects.filter(year__in=due).values_list("year", flat=True))
    told = set(CalendarNotice.objects.filter(year__in=due, local=True).values_list("year", flat=True))
    before = set(CalendarDay.objects.filter(local=True).values_list("day__year", flat=True).distinct())
    return [year for year in due if year in known and year not in told and year - 1 in before]


def alerts() -> list[Alert]:
    return list(_alerts(clock.today()))


def _alerts(today: date) -> Iterator[Alert]:
    for year in missing_years(today):
        late = year == today.year or today.month >= URGE_FROM
        yield Alert(
            f"{year}年放假安排尚未导入",
            f"国务院办公厅公布{year}年放假通知后请及时导入；导入前，到期日落在{year}年的工作日时限不能计时。",
            "bad" if late else "warn",
            f"{reverse('rulebook:calendar_import')}?year={year}",
        )
    for year in missing_local_years(today):
        yield Alert(
            f"{year}年地方假日尚未录入",
            f"上一年有地方假日。{year}年的日期每年另行通知，不能推算；收到通知后请及时录入，录入前按没有地方假日计算。",
            "bad" if year == today.year else "warn",
            f"{reverse('rulebook:calendar_local')}?year={year}",
        )
    waiting = blocked().order_by().aggregate(count=Count("pk"), since=Min("started_at"))
    if waiting["count"]:
        since = cn_date(waiting["since"])
        yield Alert(
            "缺少放假安排、不能计时的时限",
            f"最早的一个从{since}起算。导入所缺年份的放假安排后自动算出到期时间。",
            "bad",
            f"{reverse('rulebook:calendar')}#clocks",
            waiting["count"],
        )


def may_mend(user: User) -> bool:
    return Role.ADMINISTRATOR in scope_of(user).roles


def todos(user: User, scope: Scope) -> list[Todo]:
    """Cards for those who can mend it."""
    if not may_mend(user):
        return []
    return [Todo(alert.title, alert.count, alert.url, note=alert.words, tone=alert.tone, order=3) for alert in alerts()]
