"""A roster from that of the last period: its lines with today's register, and what changed, worked through (ROS-2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.trail import record
from lib.errors import Conflict
from rosters import backpay, changes, checks, lines, payees, shapes
from rosters.models import Roster
from rosters.services.making import refuse_new_lines
from rosters.services.moving import editable, facts_of, recompute
from rulebook import clock

REASONS = {
    "back": "上期补发以前月份的",
    "taken_out": "上期发放失败，已移出清册",
    "household": "农户已注销或合并",
    "no_head": "农户没有户主档案",
    "moved": "享受人已迁出",
    "dead": "享受人已死亡",
    "missing": "享受人登记为失踪",
    "place": "不在本单位造册范围",
    "standard": "原档次在现行标准中没有，也不能按年龄确定",
    "there": "已在本清册中",
}

# The last period's lines as they would be now, but for back-pay, which was for once. By household whoever is its head
# today, if it was the head's line; the registered area where the household has one line by area; the same tier, or the
# one that the age has come to.
_THEN = f"""
SELECT b.id AS person_id, s.id AS standard_id,
       CASE WHEN pol.unit = 'household' AND s.per = '亩' AND l.basis = '' AND h.subsidised_mu > 0
                 AND count(*) OVER (PARTITION BY l.household_id) = 1
            THEN round(h.subsidised_mu, 2)
            WHEN s.per = '月' AND l.quantity = %(months_then)s THEN %(months_now)s ELSE l.quantity END AS quantity,
       l.basis, l.remark, l.number AS entry, l.quantity AS former, l.extra - %(dropped)s::text[] AS extra,
       l.extra_ciphers - %(dropped)s::text[] AS extra_ciphers,
       CASE WHEN left(l.basis, 2) = '补发' THEN 'back'
            WHEN l.taken_out THEN 'taken_out'
            WHEN h.state <> 'living' THEN 'household'
            WHEN pol.unit = 'household' AND h.head_id IS NULL THEN 'no_head'
            WHEN b.state = 'moved' OR pol.unit = 'household' AND b.household_id <> h.id THEN 'moved'
            WHEN b.state = 'dead' AND NOT (su.id IS NOT NULL AND o.id = b.id) THEN 'dead'
            WHEN b.state = 'missing' THEN 'missing'
            WHEN NOT {payees.STANDS} THEN 'place'
            WHEN s.id IS NULL THEN 'standard'
            WHEN EXISTS (SELECT FROM rosters_rosterline x
                          WHERE x.roster_id = r.id AND x.basis = l.basis
                            AND x.holder = CASE pol.unit WHEN 'household' THEN 'H' || h.id ELSE 'P' || b.id END)
            THEN 'there' ELSE '' END AS reason
  FROM {payees.ROSTER} r
  JOIN {payees.POLICY} pol ON true
  JOIN rosters_rosterline l ON l.roster_id = %(previous)s
  JOIN subsidies_standard old ON old.id = l.standard_id
  JOIN households_household w ON w.id = l.household_id
  JOIN households_person b ON b.id = CASE
       WHEN pol.unit = 'household' AND l.beneficiary_name = l.head_name THEN coalesce(w.head_id, l.beneficiary_id)
       ELSE l.beneficiary_id END
  JOIN households_household h ON h.id = CASE pol.unit WHEN 'household' THEN w.id ELSE b.household_id END
  JOIN accounts_division v ON v.id = h.village_id
  {payees.INSTEAD}
  LEFT JOIN subsidies_standard s ON s.id = (
       SELECT coalesce(min(c.id) FILTER (WHERE c.code = old.code), CASE WHEN count(*) = 1 THEN min(c.id) END)
         FROM subsidies_standard c
        WHERE c.version_id = r.version_id
          AND extract(year FROM age(r.period_end, b.birth_date))
              BETWEEN coalesce(c.age_from, 0) AND coalesce(c.age_to, 999))
"""  # noqa: S608  (built from constants)
_LEFT_OUT = f"SELECT t.reason, count(*) FROM ({_THEN}) t WHERE t.reason <> '' GROUP BY t.reason"  # noqa: S608
_PICKS = f"""
SELECT t.person_id, t.standard_id, t.quantity, t.basis, t.remark, t.entry,
       CASE WHEN t.quantity = t.former THEN t.extra ELSE t.extra - %(operands)s::text[] END, t.extra_ciphers
  FROM ({_THEN}) t WHERE t.reason = ''"""  # noqa: S608


@dataclass(frozen=True)
class Carried:
    """What the last period brought: lines, and how many of it stay out, by reason (keys of REASONS)."""

    previous: Roster
    added: int
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """Why lines stay out, in words; what is in the roster already goes without saying."""
        return "、".join(
            f"{REASONS[reason]}{self.left_out[reason]}条"
            for reason in REASONS
            if reason != "there" and self.left_out.get(reason)
        )


@transaction.atomic
def fill_from_last(*, by: User, roster: Roster) -> Carried:
    """Copies the lines of the last period's roster that are not here yet, as the register has them today.

    Who is gone stays out and is told with the reason, here by number and in the list of changes by name.
    """
    current = editable(by, roster)
    refuse_new_lines(current)
    previous = checks.previous_roster(current)
    if previous is None:
        raise Conflict(
            "本单位这项政策没有上一期送审过的清册，请用在线表格、文件或底册生成明细。", code="rosters.no_last"
        )
    params: dict[str, Any] = {"previous": previous.pk, **payees.known(current), **_months(previous, current)}
    params |= _columns(previous, current)
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_OUT, params)
        left_out = dict(cursor.fetchall())
    added = lines.insert(current, _PICKS, params, extras=True)
    recompute(current)
    facts: dict[str, Any] = {"previous": previous.pk, "added": added, "left_out": sum(left_out.values())}
    record(by=by, verb="roster.fill_last", subject=current, facts={**facts_of(current), **facts})
    return Carried(previous, added, left_out)


def _columns(previous: Roster, roster: Roster) -> dict[str, list[str]]:
    """Columns that the template no longer has, or has otherwise; and those from which the quantity follows, which go
    when it is another."""
    old, new = shapes.of(previous).template, shapes.of(roster).template
    operands = list(new.of_quantity.names) if new.of_quantity else []
    return {"dropped": shapes.dropped(old, new), "operands": operands}


def _months(previous: Roster, roster: Roster) -> dict[str, int | None]:
    """Who had every month of the last period gets every month of this one."""
    then = backpay.whole_months(previous.period_start, previous.period_end)
    now = backpay.whole_months(roster.period_start, roster.period_end)
    return {"months_then": then if now else None, "months_now": now}


@transaction.atomic
def mark_changes_seen(*, by: User, roster: Roster, kind: str = "", keys: Sequence[str] | None = None) -> int:
    """The clerk has looked at these changes: all of a kind, or those named. Returns how many were open."""
    current = editable(by, roster)
    if kind not in {"", *changes.KINDS} or (not kind and not keys):
        raise Conflict("请勾选要标为已核对的变动。", code="rosters.changes_none")
    count = changes.keep_seen(current, by.pk, clock.now(), kind=kind, keys=keys)
    if not count:
        raise Conflict("所选的变动都已核对过，请刷新页面。", code="rosters.changes_none")
    record(by=by, verb="roster.changes_seen", subject=current, facts={"count": count, "revision": current.revision})
    return count
