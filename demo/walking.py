"""Walking rosters along the chain as their people would, one signature after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from accounts.models import Role, User
from demo.staff import Staff
from jobs import services as jobs
from publicity import services as publicity
from rosters import chain
from rosters import services as rosters
from rosters.models import Finding, Roster
from rulebook import clock, deadlines
from subsidies.models import Policy, Quota

EXPLANATION = "已由村入户核对户口簿、承包合同和银行卡原件，情况属实。"
OPINION = "已核对，同意。"


@dataclass(frozen=True)
class Hands:
    """Who acts on a township's rosters: the township's own people, the policy's department, the bureau's."""

    clerk: User
    station: User
    leader: User
    staff: Staff
    number: int


def hands(staff: Staff, number: int) -> Hands:
    return Hands(
        staff[f"clerk{number:02d}"], staff[f"station{number:02d}"], staff[f"leader{number:02d}"], staff, number
    )


def on(day: date, hour: int = 9, minute: int = 0) -> None:
    """Time passes until this moment in Shanghai, and whatever falls due on the way fires."""
    moment = datetime.combine(day, time(hour, minute), clock.SHANGHAI)
    if moment > clock.now():
        clock.move_to(moment, by=None)
    deadlines.sweep()
    work_off()


def work_off() -> None:
    """Runs the jobs that wait, as a worker would."""
    for job_id in jobs.waiting():
        jobs.run(job_id)


def begin(
    who: Hands, policy: Policy, quota: Quota, period: tuple[date, date], fill: Callable[[User, Roster], object]
) -> Roster:
    """A roster made and filled by the township's clerk, with its warnings explained."""
    roster = rosters.create_roster(
        by=who.clerk, policy=policy, quota=quota, period_start=period[0], period_end=period[1]
    )
    fill(who.clerk, roster)
    rosters.run_checks(by=who.clerk, roster=roster)
    warned = Finding.objects.filter(roster=roster, severity=Finding.Severity.WARNING, explanation="")
    for rule in warned.order_by("rule").values_list("rule", flat=True).distinct():
        rosters.explain_rule(by=who.clerk, roster=roster, rule=rule, text=EXPLANATION)
    return Roster.objects.get(pk=roster.pk)


def send(who: Hands, roster: Roster) -> None:
    rosters.send_roster(by=who.clerk, roster=roster, opinion="请审核。")


def post(who: Hands, roster: Roster) -> None:
    publicity.post_notice(by=who.clerk, roster=Roster.objects.get(pk=roster.pk))


def sign(who: Hands, roster: Roster, opinion: str = OPINION) -> None:
    """The one signature for which the roster waits now, by whoever holds the post."""
    current = Roster.objects.select_related("policy__department").get(pk=roster.pk)
    step = chain.acting_step(current)
    if step is None:
        raise LookupError(f"{current} waits for nobody")
    signer = _signer(who, current, step.post)
    rosters.sign(by=signer, roster=current, fingerprint=bytes(current.fingerprint or b""), opinion=opinion)


def _signer(who: Hands, roster: Roster, role: str) -> User:
    own = {Role.FINANCE_STATION: who.station, Role.TOWNSHIP_LEADER: who.leader}
    if role in own:
        return own[Role(role)]
    if role in {Role.DEPT_REVIEWER, Role.DEPT_HEAD}:
        key = roster.policy.department.code.removeprefix("BM-")
        return who.staff[f"{key}_{'reviewer' if role == Role.DEPT_REVIEWER else 'head'}"]
    return who.staff["finance_reviewer" if role == Role.FINANCE_REVIEWER else "finance_head"]
