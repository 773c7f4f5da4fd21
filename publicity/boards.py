"""The boards on which a notice hangs: one in each village of a township, one at a whole school.

What was posted is frozen (`NoticeLine`), and pages, printed copies and the one list are all made from it: the same
subsidy cannot read differently in two places (YJ七).
"""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum

from accounts.models import Division, Organisation
from lib.errors import NotFound
from publicity.models import Notice, NoticeLine

TOTALS_KEPT_SECONDS = 3600
# The code of the one board of a school, where villages have their own.
WHOLE = "all"


@dataclass(frozen=True)
class Board:
    """What a notice says in one place."""

    code: str
    name: str
    lines: int
    fen: int


@dataclass(frozen=True)
class Place:
    """Where a board hangs; a school has no village."""

    code: str
    name: str
    village: Division | None = None


def at_school(notice: Notice) -> bool:
    return notice.roster.organisation.kind == Organisation.Kind.SCHOOL


def unit_name(notice: Notice) -> str:
    """Under whose name a notice hangs: the school's, or the township's."""
    roster = notice.roster
    return roster.organisation.name if at_school(notice) else roster.division.name


def boards_of(notice: Notice, *, paid_out: bool = False) -> list[Board]:
    """The notice by board; with `paid_out` without the lines that were taken out after a failed payment.

    What was posted never changes, so its sums are counted once and kept, by the token that is its alone.
    """
    if paid_out:
        return _boards(notice, NoticeLine.objects.filter(notice=notice, line__taken_out=False))
    key = f"boards:{notice.token}"
    kept: list[Board] | None = cache.get(key)
    if kept is None:
        kept = _boards(notice, NoticeLine.objects.filter(notice=notice))
        cache.set(key, kept, timeout=TOTALS_KEPT_SECONDS)
    return kept


def _boards(notice: Notice, lines: QuerySet[NoticeLine]) -> list[Board]:
    if at_school(notice):
        whole = lines.aggregate(count=Count("id"), fen=Sum("amount_fen", default=0))
        return [Board(WHOLE, unit_name(notice), whole["count"], whole["fen"])]
    rows = (
        lines.values("village__code", "village__name")
        .annotate(count=Count("id"), fen=Sum("amount_fen"))
        .order_by("village__code")
    )
    return [Board(row["village__code"], row["village__name"], row["count"], row["fen"]) for row in rows]


def place_of(notice: Notice, code: str) -> Place:
    """A village of the notice's township by its code, or the school itself."""
    if at_school(notice):
        if code != WHOLE:
            raise NotFound
        return Place(WHOLE, unit_name(notice))
    village = Division.objects.filter(code=code, parent_id=notice.roster.division_id).first()
    if village is None:
        raise NotFound
    return Place(village.code, village.name, village)


def lines_at(notice: Notice, place: Place, *, paid_out: bool = False) -> QuerySet[NoticeLine]:
    lines = NoticeLine.objects.filter(notice=notice).order_by("number")
    if place.village is not None:
        lines = lines.filter(village=place.village)
    return lines.filter(line__taken_out=False) if paid_out else lines
