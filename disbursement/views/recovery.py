"""The page of what must be paid back."""

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from disbursement.recovery_selectors import visible_cases


def cases(request: HttpRequest) -> HttpResponse:
    """Recovery cases in scope, with the sum that is still asked back."""
    assert isinstance(request.user, User)  # noqa: S101  (SignInRequiredMiddleware)
    found = visible_cases(request.user).order_by("-id")
    total = found.order_by().aggregate(fen=Sum("amount_fen"))["fen"] or 0
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    return render(request, "disbursement/recovery.html", {"page": page, "total_fen": total, "sizes": [50]})
