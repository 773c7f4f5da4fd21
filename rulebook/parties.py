"""How the parties of a county keep their clocks: finance, departments, townships, schools, banks (PAY-4, SUP-4)."""

from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from accounts.models import Organisation
from rulebook import clock, deadlines
from rulebook.models import Deadline

Kind = Organisation.Kind
State = Deadline.State
PARTY_TITLES = {
    "finance": "财政部门",
    "department": "主管部门",
    "township": "乡镇",
    "school": "学校",
    "bank": "代理金融机构",
    "none": "未定责任单位",
}
KINDS: dict[str, tuple[str, ...]] = {
    "finance": (Kind.FINANCE_BUREAU,),
    "department": (Kind.DEPARTMENT,),
    "township": (Kind.TOWNSHIP, Kind.FINANCE_STATION, Kind.VILLAGE),
    "school": (Kind.SCHOOL,),
    "bank": (Kind.BANK,),
}
_NONE = Q(responsible__isnull=True) | ~Q(responsible__kind__in=[kind for kinds in KINDS.values() for kind in kinds])


def of_party(party: str) -> Q:
    return Q(responsible__kind__in=KINDS[party]) if party in KINDS else _NONE


def near() -> Q:
    """Clocks that run and of whose end people have been told, or are about to be: not those that end by themselves."""
    return Q(state=State.ARMED, near_at__lte=clock.now()) & ~Q(kind__in=deadlines.kinds_with_effect())


def summary(visible: QuerySet[Deadline]) -> list[dict[str, Any]]:
    """Per party: running, near, passed without the act, and of those that are over the share kept in time.

    Clocks whose end is an event of its own (a notice's window) are nobody's merit or fault and count only as running.
    """
    party = Case(*[When(of_party(name), then=Value(name)) for name in KINDS], default=Value("none"),
                 output_field=CharField())  # fmt: skip
    acts = ~Q(kind__in=deadlines.kinds_with_effect())
    counted = visible.order_by().select_related(None).annotate(party=party).values("party").annotate(
        running=Count("pk", filter=Q(state=State.ARMED)),
        near=Count("pk", filter=near()),
        passed=Count("pk", filter=Q(state=State.FIRED) & acts),
        kept=Count("pk", filter=Q(state=State.MET) & acts),
        over=Count("pk", filter=Q(state__in=[State.MET, State.LATE, State.FIRED]) & acts),
    )  # fmt: skip
    found = {row["party"]: row for row in counted}
    rows: list[dict[str, Any]] = [
        {**found[name], "title": title} for name, title in PARTY_TITLES.items() if name in found
    ]
    for row in rows:
        row["rate"] = round(row["kept"] * 100 / row["over"]) if row["over"] else None
        row["rate_words"] = "" if row["rate"] is None else f"{row['rate']}%"
        row["tone"] = "" if row["rate"] is None or row["rate"] == 100 else ("warn" if row["rate"] >= 90 else "bad")
    return rows
