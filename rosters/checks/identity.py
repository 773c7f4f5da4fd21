"""What the police register says of the beneficiaries (公安联网核查): asked, confirmed, contradicted, or reported dead.

The county's rule says whether a roster waits for it (`identity.verified`). A reported death stops nobody by itself: the
township registers it, or keeps the paper that the person lives, and then a reviewer is told so.
"""

from datetime import date
from typing import Any

from households.models import IdentityCheck
from households.verification.people import BLOCK, FOR_EVER, VALID, VERIFIED, valid_since
from lib.templatetags.portal import cn_date
from rosters.checks.rule import ERROR, WARNING, Row, Rule, Severity, kept, line_sql, plain
from rosters.models import Roster
from rulebook import clock

# The newest answer about the beneficiary as the register has the person today, and what the township found itself.
_SAID = """
  LEFT JOIN households_identitycheck ic
         ON ic.person_id = b.id AND ic.current AND ic.id_digest = b.id_digest AND ic.name = b.name
  LEFT JOIN households_deathrefutation rf ON rf.answer_id = ic.id"""
_HERE = "b.state IN ('alive', 'missing')"
_GONE = f"{_HERE} AND ic.outcome IN ('dead', 'cancelled')"


def blocks(roster: Roster) -> bool:
    """Whether the roster waits until everybody in it is confirmed; rosters from before the rule only ask."""
    return bool(kept(roster, VERIFIED, "warn") == BLOCK)


def _hardness(roster: Roster) -> Severity:
    return ERROR if blocks(roster) else WARNING


def _since(roster: Roster) -> dict[str, Any]:
    return {"identity_since": valid_since(kept(roster, VALID, FOR_EVER), clock.now())}


def _otherwise(roster: Roster, words: str) -> str:
    return words + ("" if blocks(roster) else "，或说明情况")


def _unverified(roster: Roster, row: Row) -> str:
    if row[2] == "asked":
        return f"{_otherwise(roster, '享受人正在公安联网核查，请等结果返回')}。"
    if row[2] == "overdue":
        return f"{_otherwise(roster, '享受人的公安核查已过有效期，请在“公安核查”再次核查')}。"
    return f"{_otherwise(roster, '享受人身份尚未经公安联网核查，请在“公安核查”发起核查')}。"


def _mismatch(roster: Roster, row: Row) -> str:
    if row[2] == IdentityCheck.Outcome.UNKNOWN:
        what = "公安核查查无此人"
    else:
        items = "、".join(IdentityCheck.Item(item).label for item in row[3])
        what = f"公安核查{items or '身份信息'}不一致"
    return f"{_otherwise(roster, f'{what}，请按身份证原件在底册申请更正后再次核查')}。"


def _dead(roster: Roster, row: Row) -> str:
    on: date | None = row[3]
    what = "死亡" if row[2] == IdentityCheck.Outcome.DEAD else "户口注销"
    when = f"（{cn_date(on)}）" if on else ""
    return (
        _otherwise(roster, f"公安核查反馈享受人{what}{when}。请核实后登记死亡；本人在世的，附证明登记“核实在世”") + "。"
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "person.police_dead",
        "公安反馈死亡、注销",
        WARNING,
        "享受人",
        line_sql(f"{_GONE} AND rf.id IS NULL", "ic.outcome", "ic.died_on", joins=_SAID),
        _dead,
        source="ZLT§19",
        hardness=_hardness,
    ),
    Rule(
        "person.police_refuted",
        "公安反馈死亡，乡镇核实在世",
        WARNING,
        "享受人",
        line_sql(f"{_GONE} AND rf.id IS NOT NULL", joins=_SAID),
        plain("公安核查反馈享受人死亡或注销，乡镇已附证明登记核实在世，请核对证明并说明。"),
        source="ZLT§19",
    ),
    Rule(
        "person.mismatch",
        "公安核查不一致",
        WARNING,
        "享受人",
        line_sql(f"{_HERE} AND ic.outcome IN ('mismatch', 'unknown')", "ic.outcome", "ic.items", joins=_SAID),
        _mismatch,
        source="ZLT§19",
        hardness=_hardness,
    ),
    Rule(
        "person.unverified",
        "身份未经公安核查",
        WARNING,
        "享受人",
        line_sql(
            "b.state = 'alive' AND (ic.id IS NULL OR ic.outcome = 'match'"
            " AND ic.answered_at < %(identity_since)s::timestamptz)",
            "CASE WHEN ic.id IS NOT NULL THEN 'overdue' WHEN EXISTS (SELECT FROM households_identitycheck w"
            " WHERE w.person_id = b.id AND w.waiting) THEN 'asked' ELSE 'never' END",
            joins=_SAID,
        ),
        _unverified,
        source="ZLT§18",
        hardness=_hardness,
        params=_since,
    ),
)
