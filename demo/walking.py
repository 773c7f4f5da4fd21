"""Walking rosters along the chain as their people would, one signature after the other.

The chain is the roster's own: whoever holds the post of the next step signs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q

from accounts.models import Organisation, Post, User
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
ASKING = "请审核。"


@dataclass(frozen=True)
class Hands:
    """Who makes a unit's rosters: a township's clerk, or a school's."""

    clerk: User
    number: int
    organisation: Organisation


def hands(staff: Staff, number: int) -> Hands:
    """The clerk of the township with this number in the order of codes."""
    return _hands(staff[f"clerk{number:02d}"], number)


def school_hands(staff: Staff, number: int) -> Hands:
    return _hands(staff[f"school_clerk{number:02d}"], number)


def _hands(clerk: User, number: int) -> Hands:
    return Hands(clerk, number, Post.objects.select_related("organisation").get(user=clerk).organisation)


def on(day: date, hour: int = 9, minute: int = 0) -> None:
    """Time passes until this moment in Shanghai, and whatever falls due on the way fires."""
    moment = datetime.combine(day, time(hour, minute), clock.SHANGHAI)
    if moment > clock.now():
        clock.move_to(moment, by=None)
    deadlines.sweep()
    work_off()


def let_notice_pass() -> None:
    """A week goes by, which is longer than any county keeps a notice up."""
    on(clock.today() + timedelta(days=7))


def work_off() -> None:
    """Runs the jobs that wait, as a worker would."""
    for job_id in jobs.waiting():
        jobs.run(job_id)


def begin(
    who: Hands,
    policy: Policy,
    quota: Quota,
    period: tuple[date, date],
    fill: Callable[[User, Roster], object],
    *,
    method: str = Roster.Method.ACCOUNT,
) -> Roster:
    """A roster made and filled by the unit's clerk, with its warnings explained."""
    roster = rosters.create_roster(
        by=who.clerk, policy=policy, quota=quota, period_start=period[0], period_end=period[1], method=method
    )
    fill(who.clerk, roster)
    return check(who, roster)


def check(who: Hands, roster: Roster) -> Roster:
    """The checks are run, and every warning is explained."""
    rosters.run_checks(by=who.clerk, roster=roster)
    warned = Finding.objects.filter(roster=roster, severity=Finding.Severity.WARNING, explanation="")
    for rule in warned.order_by("rule").values_list("rule", flat=True).distinct():
        rosters.explain_rule(by=who.clerk, roster=roster, rule=rule, text=EXPLANATION)
    return fresh(roster)


def fresh(roster: Roster) -> Roster:
    return Roster.objects.select_related("policy__department", "organisation").get(pk=roster.pk)


def send(who: Hands, roster: Roster) -> None:
    rosters.send_roster(by=who.clerk, roster=roster, opinion=ASKING)


def post(who: Hands, roster: Roster) -> None:
    publicity.post_notice(by=who.clerk, roster=fresh(roster))


def to_the_board(who: Hands, roster: Roster) -> None:
    """Sent, signed at the desks before the notice, and posted."""
    send(who, roster)
    while fresh(roster).status == Roster.Status.REVIEW:
        sign(roster)
    post(who, roster)


def desks_after_notice(roster: Roster) -> int:
    """How many signatures a roster needs once its notice is over."""
    keys = [step.notice for step in chain.steps(roster)]
    return len(keys) - 1 - keys.index(True)


def sign(roster: Roster, opinion: str = OPINION) -> None:
    """The one signature for which the roster waits now, by whoever holds the post."""
    current = fresh(roster)
    rosters.sign(by=signer(current), roster=current, fingerprint=bytes(current.fingerprint or b""), opinion=opinion)


def signer(roster: Roster) -> User:
    """Who holds the post for which the roster waits, or stands in: of its unit, its policy's department, the bureau."""
    step = chain.acting_step(roster)
    if step is None:
        raise LookupError(f"{roster} waits for nobody")
    held = Post.objects.select_related("user__person").filter(role=step.post, term__contains=clock.today())
    # Where somebody stands in, the holder is away.
    return held.filter(_where(roster, step.scope)).order_by(F("deputation").asc(nulls_last=True), "id")[0].user


def _where(roster: Roster, scope: str) -> Q:
    kinds = Organisation.Kind
    if scope == chain.UNIT:
        own: dict[str, Any] = {"organisation": roster.organisation}
        if roster.organisation.kind == kinds.SCHOOL:
            return Q(**own)
        office = Q(organisation__kind=kinds.FINANCE_STATION, organisation__division=roster.division)
        return Q(**own) | office
    if scope == chain.DEPARTMENT:
        return Q(organisation=roster.policy.department)
    return Q(organisation__kind=kinds.FINANCE_BUREAU)
