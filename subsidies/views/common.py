from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZES = [50, 100, 200]


def page_of(request: HttpRequest, found: QuerySet[Any]) -> Page[Any]:
    size = request.GET.get("size", "")
    per_page = int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0]
    return Paginator(found, per_page).get_page(request.GET.get("page"))
