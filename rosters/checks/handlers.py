"""Who receives for many others, and who stands in what the person makes: those whom a reviewer would ask (优亲厚友)."""

from typing import Any

from rosters import payees
from rosters.checks.rule import ERROR, WARNING, Row, Rule, Severity, kept, line_sql, plain
from rosters.models import Roster

OWN, MOST = "handling.own", "delegation.most"
# From so many on where the roster's rules were kept before there was such a value.
_MOST = 3

# For how many others the payee receives today by approved papers, in the whole county.
_FOR_OTHERS = """(SELECT count(*) FROM households_delegation k
          WHERE k.delegate_id = l.payee_id AND k.state = 'approved' AND r.today BETWEEN k.valid_from AND k.valid_to)"""
# Whether the payee holds a post in the portal: village clerks and officials.
_IN_OFFICE = """EXISTS (SELECT FROM accounts_naturalperson np JOIN accounts_post po ON po.person_id = np.id
          WHERE np.id_digest = y.id_digest AND po.term @> r.today)"""
_DELEGATED = "dg.id IS NOT NULL AND dg.delegate_id = l.payee_id"


def _most(roster: Roster) -> dict[str, Any]:
    return {"delegation_most": int(kept(roster, MOST, _MOST))}


def own_refused(roster: Roster) -> bool:
    """Whether nobody may handle a roster in which the person stands."""
    return bool(kept(roster, OWN, "explain") == "refuse")


def _own_severity(roster: Roster) -> Severity:
    return ERROR if own_refused(roster) else WARNING


def _own(roster: Roster, row: Row) -> str:
    whom = "享受人" if row[2] else "收款人"
    if own_refused(roster):
        return f"{whom}是本清册经办人本人，按规定应当回避。请删除本行，由其他经办人另行编制清册列入。"
    return f"{whom}是本清册经办人本人，请说明情况，并由审核人重点核对。"


RULES: tuple[Rule, ...] = (
    Rule(
        "handler.own",
        "经办人本人列入清册",
        WARNING,
        "享受人",
        line_sql(
            "b.id_digest = mk.id_digest OR coalesce(y.id_digest = mk.id_digest, false)",
            "b.id_digest = mk.id_digest",
            joins="JOIN accounts_naturalperson mk ON mk.id = r.made_by_person_id",
        ),
        _own,
        hardness=_own_severity,
    ),
    Rule(
        "delegate.many",
        "一人代领多户",
        WARNING,
        "收款人",
        line_sql(
            f"{_DELEGATED} AND {_FOR_OTHERS} >= %(delegation_most)s",
            _FOR_OTHERS,
            joins=payees.INSTEAD,
        ),
        lambda roster, row: f"收款人现为{row[2]}户（人）代领补贴，请核实卡折由谁保管、钱款是否交到本人，并说明。",
        source="CQ§24",
        params=_most,
    ),
    Rule(
        "delegate.office",
        "工作人员代领",
        WARNING,
        "收款人",
        line_sql(f"{_DELEGATED} AND {_IN_OFFICE}", joins=payees.INSTEAD),
        plain("代领人在本系统任职（村级或机关工作人员），请核实代领是否出于本人意愿，并说明。"),
        source="CQ§24",
    ),
)
