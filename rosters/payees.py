"""Who is paid in whose stead, and who of another place may stand in a roster, as the roster's kept rules have it.

By household its head is owed, by person the person (ZLT§29). The heir of a dead one (production-based subsidies,
ZLT§16) or the delegate of a living one (CQ§24) is paid instead while the paper is in force. The same conditions are the
truths `rosters_payee_of_right` and `rosters_line_of_place` of the database, asked when a roster is sealed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from households.models import Delegation, Household, Person, Succession, VirtualMember
from lib.errors import Conflict, Invalid
from rosters.models import Roster, RosterLine
from rulebook import clock
from subsidies.models import Policy

# What statements over a roster's lines need to know of it, asked once and handed to them as constants (`known`): a join
# with one row of unknown contents would be planned as if it could hold any.
_KNOWN = """
SELECT r.id AS r_id, r.policy_id AS r_policy, r.version_id AS r_version, r.division_id AS r_division,
       r.made_by_person_id AS r_maker, r.period_start AS r_start, r.period_end AS r_end, r.method AS r_method,
       p.category = 'production' AND coalesce(r.rules #>> '{death.production,value}' = 'heir', false) AS r_heirs,
       coalesce((r.rules #>> '{delegation.allowed,value}')::boolean, false) AS r_delegates,
       coalesce((r.rules #>> '{virtual_households,value}')::boolean, false) AS r_refers,
       u.kind = 'school' AS r_school, (portal_now() AT TIME ZONE 'Asia/Shanghai')::date AS r_today,
       p.unit AS pol_unit, p.code AS pol_code, p.department_id AS pol_department
  FROM rosters_roster r
  JOIN subsidies_policy p ON p.id = r.policy_id
  JOIN accounts_organisation u ON u.id = r.organisation_id
 WHERE r.id = %s"""
# The roster as r and its policy as pol in statements that are given what is `known` of it.
ROSTER = """(SELECT %(r_id)s::bigint AS id, %(r_policy)s::bigint AS policy_id, %(r_version)s::bigint AS version_id,
                    %(r_division)s::bigint AS division_id, %(r_maker)s::bigint AS made_by_person_id,
                    %(r_start)s::date AS period_start, %(r_end)s::date AS period_end, %(r_method)s::text AS method,
                    %(r_heirs)s::boolean AS heirs, %(r_delegates)s::boolean AS delegates,
                    %(r_refers)s::boolean AS refers, %(r_school)s::boolean AS of_school, %(r_today)s::date AS today)"""
POLICY = """(SELECT %(r_policy)s::bigint AS id, %(pol_unit)s::text AS unit, %(pol_code)s::text AS code,
                    %(pol_department)s::bigint AS department_id)"""
# To whom it is owed (o), and who receives in that one's stead. pol: the policy, b: beneficiary, h: the household.
# Of whom a paper speaks is looked up where there is a paper: most lines have none, and joining all people costs more.
INSTEAD = """
      CROSS JOIN LATERAL (SELECT CASE pol.unit WHEN 'household' THEN h.head_id ELSE b.id END AS id) o
      LEFT JOIN households_succession su
             ON su.deceased_id = o.id AND su.state = 'approved' AND r.heirs
            AND (SELECT p.state FROM households_person p WHERE p.id = su.deceased_id) = 'dead'
      LEFT JOIN households_delegation dg
             ON dg.beneficiary_id = o.id AND dg.state = 'approved' AND r.delegates
            AND (SELECT p.state FROM households_person p WHERE p.id = dg.beneficiary_id) = 'alive'
            AND dg.department_id = pol.department_id AND r.today BETWEEN dg.valid_from AND dg.valid_to
            AND (dg.policy_codes = '[]'::jsonb OR dg.policy_codes ? pol.code)"""
PAYEE = "coalesce(su.heir_id, dg.delegate_id, o.id)"


def person(which: str) -> str:
    """SQL: the person `which`, or a row of NULLs; mostly the beneficiary b, who is at hand and not looked up again."""
    return f"""LATERAL (SELECT b.* WHERE {which} = b.id
             UNION ALL SELECT k.* FROM households_person k WHERE k.id = {which} AND {which} <> b.id)"""  # noqa: S608


# Whether the beneficiary b of the village v may stand in the roster r.
STANDS = """(v.parent_id = r.division_id OR r.of_school OR r.refers AND EXISTS (
              SELECT FROM households_virtualmember m
               WHERE m.person_id = b.id AND m.host_id = r.division_id AND m.state = 'consented'))"""

_WITHOUT_RIGHT = """
SELECT l.number FROM rosters_rosterline l
  JOIN subsidies_policy pol ON pol.id = l.policy_id
  JOIN households_household h ON h.id = l.household_id
 WHERE l.roster_id = %(roster)s AND NOT l.taken_out
   AND (%(lines)s::bigint[] IS NULL OR l.id = ANY(%(lines)s::bigint[]))
   AND l.payee_id IS DISTINCT FROM CASE pol.unit WHEN 'household' THEN h.head_id ELSE l.beneficiary_id END
   AND NOT coalesce(rosters_may_receive(l.payee_id,
           CASE pol.unit WHEN 'household' THEN h.head_id ELSE l.beneficiary_id END, l.roster_id), false)
 ORDER BY l.number"""


def known(roster: Roster) -> dict[str, Any]:
    """What `ROSTER` and `POLICY` are given, as the database has it now, and %(roster)s itself."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [roster.pk])
        names = [column.name for column in cursor.description]
        return {"roster": roster.pk, **dict(zip(names, cursor.fetchone(), strict=True))}


def of_school(roster: Roster) -> bool:
    return roster.organisation.kind == roster.organisation.Kind.SCHOOL


def stands_in(roster: Roster, person: Person) -> bool:
    """Whether the person may be entered in this roster: own township, a school's roster, or referred to."""
    if person.household.village.parent_id == roster.division_id or of_school(roster):
        return True
    if not roster.rules["virtual_households"]["value"]:
        return False
    consented = VirtualMember.objects.filter(person=person, host=roster.division_id)
    return consented.filter(state=VirtualMember.State.CONSENTED).exists()


def instead_of(roster: Roster, owed: Person) -> Person:
    """Who is paid for whom it is owed to: an heir, a delegate, or the one oneself."""
    if owed.state == Person.State.DEAD:
        heirs = (
            roster.policy.category == Policy.Category.PRODUCTION and roster.rules["death.production"]["value"] == "heir"
        )
        wanted = Succession.objects.filter(deceased=owed, state=Succession.State.APPROVED).select_related("heir")
        succession = wanted.first() if heirs else None
        return succession.heir if succession else owed
    if not roster.rules["delegation.allowed"]["value"]:
        return owed
    today = clock.today()
    covering = Delegation.objects.filter(
        Q(policy_codes=[]) | Q(policy_codes__contains=[roster.policy.code]),
        beneficiary=owed,
        state=Delegation.State.APPROVED,
        department=roster.policy.department_id,
        valid_from__lte=today,
        valid_to__gte=today,
    )
    delegation = covering.select_related("delegate").first()
    return delegation.delegate if delegation else owed


def owed_to(roster: Roster, beneficiary: Person) -> Person:
    """To whom it is owed (ZLT§29): by household its head, by person the person."""
    if roster.policy.unit == Policy.Unit.PERSON:
        return beneficiary
    head = beneficiary.household.head
    if head is None:
        raise Invalid(
            "该户没有户主档案，不能列入按户发放的清册，也不能改发给家庭成员。请财政所先在补贴对象信息库补建户主。",
            code="rosters.no_head",
            field="beneficiary",
        )
    return head


def payee_of(roster: Roster, beneficiary: Person) -> Person:
    """Whose account is credited: the one to whom it is owed, or that one's approved heir or delegate."""
    return instead_of(roster, owed_to(roster, beneficiary))


def check_beneficiary(roster: Roster, beneficiary: Person, payee: Person | None) -> None:
    """Refuses whom the roster may not hold, and a payee who has no right to what is owed."""
    if not stands_in(roster, beneficiary):
        raise Invalid(
            "该人员的户不在本乡镇，不能列入本清册。确需由本乡镇发放的，先办理跨区划引用，对方财政所同意后再列入。",
            code="rosters.other_township",
            field="beneficiary",
            rule="virtual_households",
        )
    if beneficiary.household.state != Household.State.LIVING or beneficiary.state == Person.State.MOVED:
        raise Invalid("该人员已迁出或所在户已注销，不能列入清册。", code="rosters.moved_away", field="beneficiary")
    right = payee_of(roster, beneficiary)
    if payee is not None and payee.pk != right.pk:
        raise Invalid(
            "按户发放的补贴只能发给户主，按人发放的只能发给享受人本人；由他人领取的，须有经批准的代领或继承转录。",
            code="rosters.payee",
            field="payee",
            rule="delegation.allowed",
        )


def without_right(roster: Roster, lines: Sequence[int] | None = None) -> list[int]:
    """Numbers of the lines whose payee has lost the right to them since: a delegation ended, a head changed."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_RIGHT, {"roster": roster.pk, "lines": list(lines) if lines is not None else None})
        return [number for (number,) in cursor]


def refuse_without_right(roster: Roster, lines: Sequence[int] | None = None) -> None:
    """Asked again before the bank, of all lines or of those named (PAY-8): the papers must still be in force."""
    numbers = without_right(roster, lines)
    if not numbers:
        return
    told = "、".join(f"第{number}号" for number in numbers[:8]) + ("等" if len(numbers) > 8 else "")
    how = "请移出清册，另行造册发放。" if lines is not None else "请退回清册，由编制单位按底册更新后重新送审。"
    raise Conflict(
        f"“{roster.title}”{told}的收款人已不是户主、享受人本人或仍在期限内的代领人，不能付款。{how}",
        code="rosters.payee",
        rule="delegation.allowed",
    )


def notes(lines: Iterable[RosterLine]) -> dict[int, str]:
    """In whose stead the payee of a line receives, by the line's id; lines that are paid to their own are left out."""
    others = [(line, line.payee_id) for line in lines if line.payee_id not in (None, line.beneficiary_id)]
    if not others:
        return {}
    payees = {payee for _, payee in others}
    heirs = Succession.objects.filter(heir__in=payees, checked_at__isnull=False).exclude(state="refused")
    delegates = Delegation.objects.filter(delegate__in=payees, approved_at__isnull=False).exclude(state="refused")
    inherited = {(one.heir_id, one.deceased_id): one for one in heirs.select_related("deceased")}
    delegated = {(one.delegate_id, one.beneficiary_id): one for one in delegates.select_related("beneficiary")}
    found = {}
    for line, payee in others:
        for owed in (line.beneficiary_id, line.household.head_id):
            if owed is None or payee is None or owed == payee:
                continue
            if succession := inherited.get((payee, owed)):
                found[line.pk] = f"继承{succession.deceased.name}"
            elif delegation := delegated.get((payee, owed)):
                found[line.pk] = f"代{delegation.beneficiary.name}领取"
    return found
