"""When a policy may be applied for: opened by its department for a period, prolonged or ended early (ROS-1)."""

from datetime import date

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rosters.applications.models import ApplicationTerm
from rulebook import clock
from subsidies import standing
from subsidies.models import Policy

OPENERS = frozenset({Role.DEPT_OFFICER, Role.DEPT_REVIEWER})


def require_opener(by: User, policy: Policy) -> None:
    """A handling or reviewing post of the policy's department."""
    held = scope_of(by).organisations(OPENERS)
    if policy.department_id not in {office.pk for office in held}:
        raise Forbidden(
            f"“{policy.name}”的申报由{policy.department.name}开放，您不在该部门或没有经办、审核岗位。",
            code="accounts.post_needed",
        )


@transaction.atomic
def open_term(
    *,
    by: User,
    policy: Policy,
    period_start: date,
    period_end: date,
    opens_on: date,
    closes_on: date,
    basis_title: str = "",
    papers: str = "",
    guide: str = "",
) -> ApplicationTerm:
    """Opens a policy in force and in public for applications of one period; one term a policy and period."""
    require_opener(by, policy)
    Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if period_start > period_end:
        raise Invalid("所属期的起始日期晚于截止日期，请改正。", code="rosters.period", field="period_end")
    if opens_on > closes_on:
        raise Invalid("受理开始日期晚于截止日期，请改正。", code="applications.term", field="closes_on")
    if closes_on < clock.today():
        raise Invalid("受理截止日期已经过去，请改为今天或以后。", code="applications.term", field="closes_on")
    standing.check_open(policy)
    standing.check_public(policy, standing.version_on(policy, period_end))
    same = ApplicationTerm.objects.filter(policy=policy, period_start__lte=period_end, period_end__gte=period_start)
    if same.exists():
        raise Conflict(
            "这项政策在所属期内已经开放过申报。需要延长或提前截止的，请在原来的受理上修改截止日期。",
            code="applications.term_double",
            field="period_start",
        )
    term = ApplicationTerm.objects.create(
        policy=policy,
        period_start=period_start,
        period_end=period_end,
        opens_on=opens_on,
        closes_on=closes_on,
        basis_title=normalise(basis_title)[:30],
        papers=sentence(papers)[:300],
        guide=sentence(guide)[:500],
        opened_by=by,
        opened_at=clock.now(),
    )
    facts = {"policy": policy.code, "period": [period_start, period_end], "window": [opens_on, closes_on]}
    record(by=by, verb="application.open", subject=term, facts=facts)
    return term


@transaction.atomic
def move_closing(*, by: User, term: ApplicationTerm, closes_on: date) -> ApplicationTerm:
    """Another last day: later, or today at the earliest."""
    require_opener(by, term.policy)
    current = ApplicationTerm.objects.select_for_update(no_key=True).get(pk=term.pk)
    if closes_on < max(current.opens_on, clock.today()):
        raise Invalid("截止日期不能早于今天，也不能早于受理开始日期。", code="applications.term", field="closes_on")
    before, current.closes_on = current.closes_on, closes_on
    current.save(update_fields=["closes_on"])
    record(
        by=by, verb="application.term_change", subject=current, facts={"closes_before": before, "closes_on": closes_on}
    )
    return current


def refuse_closed(term: ApplicationTerm) -> None:
    """Outside the term, or under a policy that has ended, nothing new is taken."""
    today = clock.today()
    if today < term.opens_on:
        raise Conflict(
            f"“{term.policy.name}”{term.opens_on:%Y年%m月%d日}开始受理申报，请到时再来。", code="applications.not_open"
        )
    if today > term.closes_on:
        raise Conflict(
            f"“{term.policy.name}”的申报已于{term.closes_on:%Y年%m月%d日}截止。确有特殊情况的，请联系"
            f"{term.policy.department.name}（{term.policy.consult_phone}）。",
            code="applications.closed",
        )
    standing.check_open(term.policy)
