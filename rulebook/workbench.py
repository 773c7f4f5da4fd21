"""Clocks of the own organisation that run out soon or have run out."""

from datetime import timedelta

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import Scope
from accounts.workbench import Todo
from rulebook import breaches, clock, deadlines
from rulebook.models import Deadline, RuleChange

SOON = timedelta(hours=24)
RESULTS = timedelta(days=7)


def todos(user: User, scope: Scope) -> list[Todo]:
    return [*_changes(user, scope), *_clocks(user)]


def _changes(user: User, scope: Scope) -> list[Todo]:
    """What the head of finance decides, and what became of an administrator's proposals."""
    page = reverse("rulebook:changes")
    cards = []
    if scope.holds(Role.FINANCE_HEAD):
        waiting = RuleChange.objects.filter(state=RuleChange.State.PROPOSED)
        others = waiting.exclude(proposed_by_person_id=user.person_id).count()
        cards.append(Todo("规则变更待审批", others, page, note="批准后从生效日期起适用", order=30))
    if scope.holds(Role.ADMINISTRATOR):
        mine = RuleChange.objects.filter(proposed_by=user, decided_at__gte=clock.now() - RESULTS)
        for state, tab, title, tone in (
            (RuleChange.State.APPROVED, "done", "规则变更已批准（近7天）", "neutral"),
            (RuleChange.State.REFUSED, "refused", "规则变更未批准（近7天）", "warn"),
        ):
            cards.append(Todo(title, mine.filter(state=state).count(), f"{page}?tab={tab}", tone=tone, order=31))
    return cards


def _clocks(user: User) -> list[Todo]:
    own = breaches.own_organisations(user)
    if not own:
        return []
    # What ends by itself (a notice's window) asks nothing of anybody.
    acts = Deadline.objects.filter(responsible_id__in=own).exclude(kind__in=deadlines.kinds_with_effect())
    mine = acts.order_by("due_at", "id")
    page = reverse("rulebook:clocks")
    soon = list(mine.filter(state=Deadline.State.ARMED, due_at__lte=clock.now() + SOON)[:100])
    late = mine.filter(state=Deadline.State.FIRED, met_at__isnull=True)
    nearest = deadlines.remaining(soon[0]) if soon else None
    return [
        Todo("已过时限未办结", late.count(), f"{page}?state=passed", note="请尽快办理", tone="bad", order=1),
        Todo(
            "逾期待说明情况",
            breaches.unexplained(user).count(),
            f"{reverse('rulebook:breaches')}?told=no",
            note="说明为什么没有按时办结",
            tone="warn",
            order=3,
        ),
        Todo(
            "24小时内到期的时限",
            len(soon),
            page,
            clock={**nearest, "remaining": nearest["words"]} if nearest else None,
            tone="warn",
            order=2,
        ),
    ]
