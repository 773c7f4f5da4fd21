"""What failed is declared again: a correction roster for the same people, and the reopening of a closed roster."""

from collections.abc import Sequence

from django.db import connection, transaction

from accounts.models import User
from accounts.trail import record
from lib.errors import Conflict
from rosters import chain
from rosters.models import Roster, RosterLine
from rosters.services.making import next_number
from rosters.services.moving import _move, facts_of, locked, retotal
from rulebook import clock, rules

Status = Roster.Status

# Everything of a line is copied but its place and its life; the register's news are taken over by the clerk.
_OWN = {
    "roster_id": "%(target)s",
    "number": "%(after)s + row_number() OVER (ORDER BY l.number)",
    "salt": "uuid_send(gen_random_uuid())",
    "living": "false",
    "taken_out": "false",
    "corrects_id": "l.id",
}


def _copy_sql() -> str:
    columns = [str(field.column) for field in RosterLine._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(_OWN.get(column, f'l."{column}"') for column in columns)
    return (
        f"INSERT INTO rosters_rosterline ({names}) SELECT {values} FROM rosters_rosterline l"  # noqa: S608
        " WHERE l.id = ANY(%(lines)s) AND l.roster_id = %(source)s"
    )


@transaction.atomic
def make_correction(*, by: User | None, roster: Roster, line_ids: Sequence[int]) -> Roster:
    """Takes lines whose payment failed out of their roster, and lays them before its unit to be declared again.

    The same policy, version, period, quota and people, for at most the same amounts; it goes the whole chain again.
    What fails later joins the same correction while the unit has not sent it. Called by the room that knows of the
    failure (disbursement), which has authorised `by`; the money of the lines is the caller's.
    """
    current = locked(roster)
    if current.status != Status.PAYING:
        raise Conflict("清册不在发放中，没有可退回申报的明细。", code="rosters.not_paying")
    wanted = sorted(set(line_ids))
    taken = RosterLine.objects.filter(pk__in=wanted, roster=current, taken_out=False).update(taken_out=True)
    if not wanted or taken != len(wanted):
        raise Conflict("有明细已经移出清册或退回申报，请刷新页面后再看。", code="rosters.taken_out_before")
    waiting = Roster.objects.filter(corrects=current, status__in=Roster.EDITABLE).order_by("-id").first()
    target = locked(waiting) if waiting is not None else _begin(current)
    if target.status not in Roster.EDITABLE:
        target = _begin(current)
    last = target.lines.order_by("-number").values_list("number", flat=True).first() or 0
    with connection.cursor() as cursor:
        cursor.execute(_copy_sql(), {"target": target.pk, "after": last, "lines": wanted, "source": current.pk})
    retotal(target)
    facts = {**facts_of(target), "corrects": current.pk, "added": len(wanted)}
    record(by=by, verb="roster.correct", subject=target, facts=facts)
    return target


def _begin(source: Roster) -> Roster:
    moment = clock.now()
    return Roster.objects.create(
        number=next_number(source.division, moment.date()),
        kind=Roster.Kind.CORRECTION,
        method=source.method,
        corrects=source,
        title=f"{source.title.removesuffix('（更正）')}（更正）"[:200],
        policy=source.policy,
        version=source.version,
        quota=source.quota,
        organisation=source.organisation,
        division=source.division,
        period_start=source.period_start,
        period_end=source.period_end,
        rules=chain.resolved(rules.snapshot(policy_code=source.policy.code), source.organisation),
        made_by=source.made_by,
        made_by_person_id=source.made_by_person_id,
        made_at=moment,
        moved_at=moment,
    )


@transaction.atomic
def reopen_roster(*, by: User | None, roster: Roster) -> Roster:
    """Money of a closed roster came back: it is being paid again. The database asks for the notice of the return."""
    current = locked(roster)
    if current.status == Status.CLOSED:
        _move(current, Status.PAYING, step="", by=by, verb="roster.reopen")
    return current
