"""Who may come in at all: every route is public by an explicit mark, or asks for a sign-in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase, JsonResponse

View = Callable[..., HttpResponseBase]


def public(view: View) -> View:
    """Marks a view that villagers and anybody else may open without signing in."""
    return login_not_required(view)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends the anonymous to the sign-in page; a program that calls the API gets 401 with a reason."""

    def get_login_url(self, view_func: View) -> str:
        """There is one way in; Django's admin would like its own."""
        return settings.LOGIN_URL

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> Any:
        if request.path.startswith("/api/"):
            body: dict[str, Any] = {"code": "not_signed_in", "message": "请先登录。", "field": None, "fields": {}}
            return JsonResponse(body, status=401, json_dumps_params={"ensure_ascii": False})
        return super().handle_no_permission(request, view_func)
