"""What every template may show."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, object]:
    return {"county": settings.PORTAL_COUNTY, "practice": settings.PORTAL_PRACTICE}
