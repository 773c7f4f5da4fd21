"""What all public pages share: their frame, their headers, and how long a copy may be kept."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from publicity import openness
from publicity.selectors import supervision_phones

# Title, page, the names that belong to it, and the kind of information without which it is not there.
NAVIGATION = (
    ("首页", "public:home", ("home", "documents", "guides", "channels"), ""),
    ("公示", "public:notices", ("notices", "notice", "village", "line_check", "objection", "one_lists", "one_list"),
     openness.DECLARATIONS),
    ("发放", "public:payouts", ("payouts", "payout", "payout_village"), openness.PAYOUTS),
    ("政策", "public:policies", ("policies", "policy"), openness.LIST),
    ("我的补贴", "public:mine", ("mine", "mine_code", "mine_list", "apply", "apply_form", "application"), ""),
)  # fmt: skip
KEEP_SECONDS = 60


def public_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, keep: bool = True
) -> HttpResponse:
    """A page for everybody. `keep`: a copy may be kept for a minute; pages with somebody's own data are never kept."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    public = openness.kinds()
    frame = {
        "public_nav": [
            {"title": title, "url": reverse(name), "active": here in names}
            for title, name, names, kind in NAVIGATION
            if not kind or kind in public
        ],
        "public_kinds": public,
        "public_phones": supervision_phones(),
        "public_home_url": reverse("public:home"),
    }
    response = render(request, template, {**frame, **context}, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    if keep and request.method == "GET" and status == 200:
        patch_cache_control(response, public=True, max_age=KEEP_SECONDS)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response


def absolute(path: str) -> str:
    """The address that a QR code carries."""
    return f"{settings.PORTAL_BASE_URL}{path}"
