"""What a death or a missing person means for rosters under way (REG-9, ZLT§16, §20(3)).

The person's lines stand in sealed rosters: nothing there changes, but the finding is written beside them, nobody signs
over it, and the unit sees that the roster must come back. What was already in a bank batch is the bank's to fail or to
pay; what was paid for the time after the death becomes a recovery case in the room above.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.trail import record
from households.models import Person
from lib.errors import Conflict
from rosters.models import Finding, Roster, RosterLine

Status = Roster.Status
STOPPABLE = (Status.REVIEW, Status.NOTICE, Status.APPROVED)
RULES = {"dead": "person.dead", "missing": "person.missing"}
LINES_TOLD = 8


def person_gone(person: Person, by: User) -> None:
    """Hears from households of a death or a missing person: writes a finding beside every line still to be paid."""
    mine = RosterLine.objects.filter(
        Q(beneficiary=person) | Q(payee=person), roster__status__in=STOPPABLE, taken_out=False
    ).select_related("roster")
    for line in mine.order_by("roster_id", "number"):
        whose = "享受人" if line.beneficiary_id == person.pk else "收款人"
        Finding.objects.get_or_create(
            roster=line.roster,
            line=line,
            rule=RULES[person.state],
            defaults={
                "number": line.number,
                "severity": Finding.Severity.ERROR,
                "field": whose,
                "message": f"送审之后登记：{whose}{_what(person)}。"
                "须立即停止发放，请退回清册，由编制单位移出或更正后再送审。",
            },
        )
        record(by=by, verb="roster.stop_line", subject=line.roster, facts={"line": line.pk, "person": person.pk})


def _what(person: Person) -> str:
    if person.died_on is None:
        return "失踪"
    return f"已于{person.died_on.year}年{person.died_on.month}月{person.died_on.day}日死亡"


def stopped() -> QuerySet[Roster]:
    """Rosters under way with somebody who died or is missing since they were sealed."""
    found = Finding.objects.filter(roster=OuterRef("pk"), severity=Finding.Severity.ERROR)
    return Roster.objects.filter(Exists(found), status__in=STOPPABLE)


def refuse_stopped(roster: Roster) -> None:
    """A sealed roster has no errors but those that came after it was sealed; nobody signs or pays over them."""
    found = Finding.objects.filter(roster=roster, severity=Finding.Severity.ERROR).order_by("number")
    numbers = list(found.values_list("number", flat=True)[: LINES_TOLD + 1])
    if not numbers:
        return
    told = "、".join(f"第{number}号" for number in numbers[:LINES_TOLD]) + ("等" if len(numbers) > LINES_TOLD else "")
    raise Conflict(
        f"{told}在送审之后登记为死亡或失踪，须立即停止发放。请退回清册，由编制单位移出或更正后重新送审。",
        code="rosters.stopped",
        rule="death.identity",
    )
