"""What the base templates show: the county, the pages of this person, the practice clock.

Every value is computed when a template asks for it and kept on the request, so that error pages, which ask for
nothing, need no database, and a page costs at most two queries: the frame, and the person's posts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import DateTimeField, Func, Subquery
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Division, Organisation, PortalClock, User
from accounts.scope import scope_of
from accounts.workbench import menu_for

SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE_LABELS = {Organisation.Kind.FINANCE_BUREAU: "财政局咨询电话", Organisation.Kind.AUDIT: "监督举报电话"}


@dataclass(frozen=True)
class NavItem:
    title: str
    url: str
    active: bool
    group: str = ""
    count: int = 0


class Frame:
    """The frame of one request's page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def _county_and_clock(self) -> tuple[str, datetime | None]:
        county = Division.objects.filter(level=Division.Level.COUNTY).order_by("code").values("name")[:1]
        row = (
            PortalClock.objects.filter(pk=1)
            .annotate(moment=Func(function="portal_now", output_field=DateTimeField()), county=Subquery(county))
            .values_list("practice", "moment", "county")
            .first()
        )
        if row is None:
            return settings.PORTAL_COUNTY, None
        practice, moment, name = row
        return name or settings.PORTAL_COUNTY, moment.astimezone(SHANGHAI) if practice else None

    def county_name(self) -> str:
        return self._county_and_clock[0]

    def practice_clock(self) -> datetime | None:
        return self._county_and_clock[1]

    @cached_property
    def _nav(self) -> list[NavItem]:
        if self.user is None:
            return []
        pages = [(item, reverse(item.url_name)) for item in menu_for(self.user)]
        here = self.request.path
        open_pages = [url for _, url in pages if here == url or here.startswith(url)]
        # Pages lie below each other (政策清单, 资金指标): the longest address wins.
        active = max(open_pages, key=len, default="")
        return [NavItem(item.title, url, url == active, item.group) for item, url in pages]

    def nav(self) -> list[NavItem]:
        return self._nav

    def person_name(self) -> str:
        return self.user.full_name if self.user else ""

    def post_titles(self) -> list[str]:
        return [str(post) for post in scope_of(self.user).posts] if self.user else []

    @cached_property
    def _public_phones(self) -> list[dict[str, str]]:
        answering = Organisation.objects.filter(kind__in=PHONE_LABELS, active=True).exclude(phone="").order_by("-kind")
        return [{"label": PHONE_LABELS[Organisation.Kind(kind)], "number": phone}
                for kind, phone in answering.values_list("kind", "phone")]  # fmt: skip

    def public_phones(self) -> list[dict[str, str]]:
        return self._public_phones


NAMES = ("county_name", "practice_clock", "nav", "person_name", "post_titles", "public_phones")


def frame(request: HttpRequest) -> dict[str, Callable[[], Any]]:
    """The context processor: names of callables, which a template calls when it comes to them."""
    built = Frame(request)
    return {name: cache(getattr(built, name)) for name in NAMES}
