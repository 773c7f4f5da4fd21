"""What of requests for data and connections waits for a person."""

from django.urls import reverse

from accounts.models import User
from accounts.scope import Scope
from accounts.workbench import Todo
from audit import access_selectors


def todos(user: User, scope: Scope) -> list[Todo]:
    if not scope.posts:
        return []
    url = reverse("audit:accesses")
    waiting = len(access_selectors.waiting_for(user))
    ready = access_selectors.unused(scope).count()
    return [
        Todo("数据与对接申请待办理", waiting, f"{url}?tab=mine", order=45),
        Todo("数据授权已同意，待使用", ready, f"{url}?tab=granted", note="下载数据或领取对接口令", order=62),
    ]
