"""一张单公示 (publicity.one_list): every subsidy of a village in a year on one list, a person's each in its column.

It adds up what was posted and still stands, from the same frozen lines as the notices and the payouts; lines that were
taken out after a failed payment are not on it. What a notice may not tell, the list tells only once it is paid out.
What schools post is not a village's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet, Sum

from accounts.models import Division, Organisation
from lib.errors import NotFound
from publicity import contents
from publicity.models import Notice, NoticeLine
from publicity.selectors import PAID_OUT
from rosters.models import Roster
from rulebook import clock
from subsidies.models import Policy


@dataclass(frozen=True)
class Column:
    """A subsidy with its sum over the village."""

    policy: Policy
    fen: int


@dataclass(frozen=True)
class Cell:
    title: str
    fen: int


@dataclass(frozen=True)
class Row:
    """A person of the village: what each subsidy brings, in the order of the columns."""

    number: int
    group: str
    masked_name: str
    cells: tuple[Cell, ...]
    fen: int


@dataclass(frozen=True)
class Part:
    """A notice from which the list is made, with its share of the village."""

    notice: Notice
    lines: int
    fen: int
    state: str
    tone: str


@dataclass(frozen=True)
class OneList:
    village: Division
    year: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    parts: tuple[Part, ...]

    @property
    def fen(self) -> int:
        return sum(column.fen for column in self.columns)


def _standing(township_id: int | None = None, year: int | None = None) -> QuerySet[Notice]:
    """Notices that were not withdrawn, of townships."""
    found = Notice.objects.exclude(state=Notice.State.WITHDRAWN)
    found = found.exclude(roster__organisation__kind=Organisation.Kind.SCHOOL)
    if township_id is not None:
        found = found.filter(roster__division_id=township_id)
    if year is not None:
        found = found.filter(roster__period_start__year=year)
    return found


def _told(notices: QuerySet[Notice]) -> list[Notice]:
    """Those whose amounts may be shown: the notice names them, or they are being or were paid out."""
    related = notices.select_related("roster__policy", "roster__organisation")
    found = related.order_by("roster__policy__code", "roster__period_start", "pk")
    return [notice for notice in found if notice.roster.status in PAID_OUT or "amount" in contents.shown(notice)]


def years(township: Division) -> list[int]:
    """The years of which a township has lists, the newest first."""
    starts = _standing(township.pk).values_list("roster__period_start__year", flat=True)
    return sorted(set(starts.order_by()) | {clock.today().year}, reverse=True)


@dataclass(frozen=True)
class VillageSum:
    """A village with what its list of the year comes to."""

    code: str
    name: str
    people: int
    fen: int


def villages(township: Division, year: int) -> list[VillageSum]:
    """The villages of a township that have a list of the year."""
    lines = NoticeLine.objects.filter(notice__in=_told(_standing(township.pk, year)), line__taken_out=False)
    rows = (
        lines.filter(village__parent=township)
        .values("village__code", "village__name")
        .annotate(people=Count("line__beneficiary", distinct=True), fen=Sum("amount_fen"))
        .order_by("village__code")
    )
    return [VillageSum(row["village__code"], row["village__name"], row["people"], row["fen"]) for row in rows]


def village_by(code: str) -> Division:
    found = Division.objects.select_related("parent").filter(code=code, level=Division.Level.VILLAGE).first()
    if found is None:
        raise NotFound
    return found


def one_list(village: Division, year: int) -> OneList:
    """The village's list of a year; `NotFound` where nothing was posted."""
    notices = _told(_standing(village.parent_id, year))
    lines = NoticeLine.objects.filter(notice__in=notices, village=village, line__taken_out=False).order_by()
    parts = _parts(lines, notices)
    if not parts:
        raise NotFound
    policies = {part.notice.roster.policy_id: part.notice.roster.policy for part in parts}
    columns = tuple(Column(policy, _sum_of(parts, pk)) for pk, policy in policies.items())
    return OneList(village, year, columns, _rows(lines, columns), parts)


def _sum_of(parts: Iterable[Part], policy_id: int) -> int:
    return sum(part.fen for part in parts if part.notice.roster.policy_id == policy_id)


def _parts(lines: QuerySet[NoticeLine], notices: list[Notice]) -> tuple[Part, ...]:
    sums = {row["notice"]: row for row in lines.values("notice").annotate(count=Count("pk"), fen=Sum("amount_fen"))}
    return tuple(
        Part(notice, sums[notice.pk]["count"], sums[notice.pk]["fen"], *_state(notice))
        for notice in notices
        if notice.pk in sums
    )


def _state(notice: Notice) -> tuple[str, str]:
    status = notice.roster.status
    if status == Roster.Status.CLOSED:
        return "已发放", "good"
    if status == Roster.Status.PAYING:
        return "发放中", "info"
    return ("公示中", "info") if clock.now() < notice.ends_at else ("公示期满", "neutral")


def _rows(lines: QuerySet[NoticeLine], columns: tuple[Column, ...]) -> tuple[Row, ...]:
    """A row for each person, the members of a household together."""
    found = lines.values("line__household", "line__beneficiary", "notice__roster__policy").annotate(
        fen=Sum("amount_fen"), name=Max("masked_name"), place=Max("group")
    )
    people: dict[tuple[str, int, int], tuple[str, dict[int, int]]] = {}
    where: dict[int, tuple[str, int, int]] = {}
    for row in sorted(found, key=lambda row: (row["place"], row["line__household"], row["line__beneficiary"])):
        # Somebody who moved to another group stands once, where he came first.
        key = where.setdefault(
            row["line__beneficiary"], (row["place"], row["line__household"], row["line__beneficiary"])
        )
        sums = people.setdefault(key, (row["name"], {}))[1]
        policy = row["notice__roster__policy"]
        sums[policy] = sums.get(policy, 0) + row["fen"]
    return tuple(
        Row(
            number,
            key[0],
            name,
            tuple(Cell(column.policy.short_name, sums.get(column.policy.pk, 0)) for column in columns),
            sum(sums.values()),
        )
        for number, (key, (name, sums)) in enumerate(people.items(), start=1)
    )
