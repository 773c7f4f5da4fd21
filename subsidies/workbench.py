"""What of policies and quotas waits for a person, and how the money stands."""

from django.urls import reverse

from accounts.models import User
from accounts.scope import Scope
from accounts.workbench import Figure, Todo
from rulebook import clock
from subsidies import selectors
from subsidies.models import Policy


def todos(user: User, scope: Scope) -> list[Todo]:
    """Policies in force that nobody has published: nothing can be paid under them (ZLT§8)."""
    waiting = Policy.objects.filter(status=Policy.Status.IN_FORCE, published_at__isnull=True)
    if not scope.roles & selectors.PUBLISHERS:
        if not scope.department_ids:
            return []
        waiting = waiting.filter(department_id__in=scope.department_ids)
    url = reverse("subsidies:policies") + "?status=in_force&published=no"
    return [Todo("政策待公开", waiting.count(), url, note="未公开的政策不能发放补贴", order=60)]


def figures(user: User, scope: Scope) -> list[Figure]:
    """This year's quotas and where their money is, for those who answer for it."""
    if not scope.roles & selectors.QUOTA_ROLES:
        return []
    year = clock.today().year
    sums = selectors.totals(selectors.quotas_visible_in(scope).filter(year=year))
    url = f"{reverse('subsidies:quotas')}?year={year}"
    rate = f"占指标{sums['paid'] * 100 // sums['total']}%" if sums["total"] else ""
    return [
        Figure(f"{year}年指标", url, fen=sums["total"], order=10),
        Figure("可用", url, fen=sums["available"], order=11),
        Figure("清册占用", url, fen=sums["reserved"], order=12),
        Figure("银行在途", url, fen=sums["in_transit"], order=13),
        Figure("已发放", url, fen=sums["paid"], note=rate, order=14),
        Figure("失败退回", url, fen=sums["returned"], tone="warn" if sums["returned"] else "", order=15),
    ]
