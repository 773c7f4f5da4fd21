"""Django's admin for the system administrator's tables, behind the portal's own sign-in.

Whoever does not hold the administrator's post finds nothing here. Which tables are in it, the rooms' `admin.py` say:
divisions, organisations, calendars, policies; never a villager's data.
"""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.views.sign_in import sign_out
from lib.errors import NotFound


class PortalAdminSite(AdminSite):
    site_header = "惠民惠农补贴“一卡通” · 基础数据"
    site_title = "基础数据"
    index_title = "区划、机构、日历与政策"
    site_url = "/workbench/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_active and Role.ADMINISTRATOR in scope_of(user).roles

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                raise NotFound
            return inner(request, *args, **kwargs)  # type: ignore[no-any-return]

        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("accounts:sign_in")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return sign_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("accounts:workbench")
