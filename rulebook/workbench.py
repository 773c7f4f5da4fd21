"""Clocks of the own organisation that run out soon or have run out."""

from datetime import timedelta

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import Scope
from accounts.workbench import Todo
from rulebook import clock, deadlines
from rulebook.models import Deadline

SOON = timedelta(hours=24)
# Who reads everything and acts on nothing has no clocks.
ONLOOKERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


def todos(user: User, scope: Scope) -> list[Todo]:
    own = [post.organisation_id for post in scope.posts if post.role not in ONLOOKERS]
    if not own:
        return []
    mine = Deadline.objects.filter(responsible_id__in=own).order_by("due_at", "id")
    page = reverse("rulebook:clocks")
    soon = list(mine.filter(state=Deadline.State.ARMED, due_at__lte=clock.now() + SOON)[:100])
    late = mine.filter(state=Deadline.State.FIRED, met_at__isnull=True).exclude(kind__in=deadlines.kinds_with_effect())
    nearest = deadlines.remaining(soon[0]) if soon else None
    return [
        Todo("已过时限未办结", late.count(), f"{page}?state=passed", note="请尽快办理并说明原因", tone="bad", order=1),
        Todo(
            "24小时内到期的时限",
            len(soon),
            page,
            clock={"due_at": nearest["due_at"], "remaining": nearest["words"], "tone": nearest["tone"]}
            if nearest
            else None,
            tone="warn",
            order=2,
        ),
    ]
