"""What of policies and quotas waits for a person, and how the money stands."""

from datetime import timedelta

from django.urls import reverse

from accounts.models import User
from accounts.scope import Scope
from accounts.workbench import Figure, Todo
from rulebook import clock, deadlines
from rulebook.models import Deadline
from subsidies import selectors
from subsidies.models import EmergencyPayout, PolicyChange
from subsidies.services.emergency import CONFIRMERS
from subsidies.services.policies import SIGNERS
from subsidies.standing import PUBLIC_BY

SOON = timedelta(days=30)


def todos(user: User, scope: Scope) -> list[Todo]:
    """Policies in force that nobody has published: nothing can be paid under them (ZLT§8)."""
    waiting = selectors.awaiting_publication()
    if not scope.roles & selectors.CHANGE_ROLES:
        return []
    if not scope.roles & selectors.PUBLISHERS:
        waiting = waiting.filter(department__in=scope.organisations(SIGNERS))
    url = reverse("subsidies:policies") + "?tab=in_force&published=no"
    return [
        Todo("政策待公开", waiting.count(), url, note="未公开的政策、标准不能发放补贴", order=60),
        *_changes(user, scope),
        *_lists(scope),
        *_emergencies(user, scope),
    ]


def _changes(user: User, scope: Scope) -> list[Todo]:
    drafts = PolicyChange.objects.filter(state=PolicyChange.State.DRAFT, proposed_by_person_id=user.person_id)
    url = reverse("subsidies:changes")
    return [
        Todo("政策变更待审", len(selectors.waiting_for(user)), f"{url}?tab=mine", order=30),
        Todo("政策变更草稿待提交", drafts.count(), f"{url}?tab=draft", order=61),
    ]


def _lists(scope: Scope) -> list[Todo]:
    """The year's list, from a month before the date by which it has to be public."""
    if not scope.roles & selectors.PUBLISHERS:
        return []
    mine = Deadline.objects.filter(kind=PUBLIC_BY, met_at__isnull=True, state__in=["armed", "fired"])
    nearest = mine.filter(due_at__lte=clock.now() + SOON).order_by("due_at").first()
    if nearest is None:
        return []
    read = deadlines.remaining(nearest)
    shown = {"due_at": read["due_at"], "remaining": read["words"], "tone": read["tone"]}
    url = reverse("subsidies:list_year", args=[nearest.subject_id])
    return [Todo(f"{nearest.subject_id}年政策清单待公布", 1, url, clock=shown, tone=read["tone"], order=5)]


def _emergencies(user: User, scope: Scope) -> list[Todo]:
    if not scope.roles & CONFIRMERS:
        return []
    waiting = EmergencyPayout.objects.filter(state=EmergencyPayout.State.ENTERED)
    waiting = waiting.exclude(entered_by_person_id=user.person_id)
    url = reverse("subsidies:emergencies") + "?tab=entered"
    return [Todo("应急救助发放待确认", waiting.count(), url, order=40)]


def figures(user: User, scope: Scope) -> list[Figure]:
    """This year's quotas and where their money is, for those who answer for it."""
    if not scope.roles & selectors.QUOTA_ROLES:
        return []
    year = clock.today().year
    sums = selectors.totals(selectors.quotas_visible_in(scope).filter(year=year))
    url = f"{reverse('subsidies:quotas')}?year={year}"
    rate = f"占指标{sums['paid'] * 100 / sums['total']:.1f}%" if sums["total"] else ""
    return [
        Figure(f"{year}年指标", url, fen=sums["total"], order=10),
        Figure("可用", url, fen=sums["available"], order=11),
        Figure("清册占用", url, fen=sums["reserved"], order=12),
        Figure("银行在途", url, fen=sums["in_transit"], order=13),
        Figure("已发放", url, fen=sums["paid"], note=rate, order=14),
        Figure("失败退回", url, fen=sums["returned"], tone="warn" if sums["returned"] else "", order=15),
    ]
