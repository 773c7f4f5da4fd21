"""Reads that pages share: the clocks that a person may see."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from rulebook import deadlines as clocks
from rulebook import parties, supervision
from rulebook.models import Deadline

State = Deadline.State
# Tabs of the list of clocks. Those that near are among the running ones. A clock that has run out is either overdue
# (`passed`: something had to be done by then) or was kept by lasting (`ended`: a notice hung until then).
TAB_TITLES = {
    "running": "计时中", "near": "临近到期", "passed": "逾期未办结", "done": "已办结", "ended": "已期满",
    "blocked": "日历缺失", "cancelled": "已撤销",
}  # fmt: skip
TAB_WORDS = {
    "near": "快到期、还没有办结的事项，请先办。",
    "passed": "这些事项过了时限还没有办结，已记入责任单位的逾期记录，请尽快办理。",
    "ended": "公示期这一类期限，到期即为期满，是按规定走完的，不算逾期，不需要办理。",
    "blocked": "到期日落在还没有放假安排的年份，不能推算。系统管理员导入该年放假安排后，自动算出到期时间。",
}
STATES: dict[str, tuple[str, ...]] = {
    "running": (State.ARMED,),
    "done": (State.MET, State.LATE),
    "blocked": (State.BLOCKED,),
    "cancelled": (State.CANCELLED,),
}


def deadlines_visible_to(user: User) -> QuerySet[Deadline]:
    """The clocks that a person's posts answer for or supervise (`rulebook.supervision`)."""
    return Deadline.objects.select_related("responsible").filter(supervision.clocks_of(user))


def of_tab(deadlines: QuerySet[Deadline], tab: str) -> QuerySet[Deadline]:
    return deadlines.filter(_tab(tab))


def _tab(tab: str) -> Q:
    if tab in ("passed", "ended"):
        lasting = Q(kind__in=clocks.kinds_with_effect())
        return Q(state=State.FIRED) & (lasting if tab == "ended" else ~lasting)
    return parties.near() if tab == "near" else Q(state__in=STATES[tab])


def counts_by_tab(deadlines: QuerySet[Deadline]) -> dict[str, int]:
    counted = {tab: Count("pk", filter=_tab(tab)) for tab in TAB_TITLES}
    return deadlines.order_by().select_related(None).aggregate(**counted)


def next_due() -> Deadline | None:
    return Deadline.objects.filter(state=State.ARMED).order_by("due_at", "id").first()


def filtered(deadlines: QuerySet[Deadline], filters: dict[str, Any]) -> QuerySet[Deadline]:
    if filters.get("responsible"):
        deadlines = deadlines.filter(responsible=filters["responsible"])
    if filters.get("kind"):
        deadlines = deadlines.filter(kind=filters["kind"])
    if filters.get("party"):
        deadlines = deadlines.filter(parties.of_party(filters["party"]))
    return deadlines
