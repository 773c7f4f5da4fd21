"""One living session for each person: signing in elsewhere ends the older one (ACL-5)."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts.models import User

ELSEWHERE = "您的账号已在别处登录，或密码已被重置，本次登录已经结束。如果不是您本人操作，请立即联系系统管理员。"


class OneSessionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.session_key != request.session.session_key:
            logout(request)
            if not request.path.startswith("/api/"):
                messages.warning(request, ELSEWHERE)
        return self.get_response(request)
