"""Errors that come back in the unit's files: by village, until the clerk has settled them."""

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from lib.errors import NotFound
from rosters import recurring
from rosters.views.common import SIZES, crumbs, page_of, person


@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not recurring.offices(user):
        raise NotFound
    if request.method == "POST":
        recurring.settle(by=user, digest=request.POST.get("digest", ""), rule=request.POST.get("rule", ""))
        messages.success(request, "已标为处理完毕，再次出现时重新计数。")
        return redirect(request.get_full_path())
    found = recurring.listed(user)
    village = request.GET.get("village", "")
    villages = Counter(one.village for one in found)
    page = page_of(request, [one for one in found if not village or one.village == village])
    context = {
        "page": page,
        "sizes": SIZES,
        "village": village,
        "villages": [{"name": name, "count": count} for name, count in villages.items()],
        "crumbs": crumbs(),
    }
    return render(request, "rosters/recurring.html", context)
